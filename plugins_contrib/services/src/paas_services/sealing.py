"""Encrypt backups with GnuPG, so that they can be read wherever that is, without paas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from paas import InvalidValue, PaasError, process, scratch

from .streams import Stream, filtered

SUFFIX = ".gpg"
PASSPHRASE, RECIPIENT = "backup-passphrase", "backup-recipient"
"""Where they are kept of a service."""
# A passphrase takes no agent: with a count GnuPG need not ask one how fast this machine is.
SYMMETRIC = ("--symmetric", "--cipher-algo=AES256", "--s2k-digest-algo=SHA512", "--s2k-count=65011712")


@contextmanager
def sealed(stream: Stream, kept: Mapping[str, str]) -> Iterator[Stream]:
    """A stream as it is to be stored: encrypted if the service has a passphrase or a recipient."""
    if not is_sealed(kept):
        yield stream
        return
    with _home() as home:
        words = [*_by_passphrase(home, kept[PASSPHRASE]), *SYMMETRIC] if PASSPHRASE in kept else _for(home, kept)
        with filtered(stream, [*_gpg(home), "--compress-algo=none", *words, "--output=-"], "encrypted") as made:
            yield made


@contextmanager
def opened(stream: Stream, kept: Mapping[str, str]) -> Iterator[Stream]:
    """A stream as it was before it was encrypted.

    Raises:
        PaasError: The service has no passphrase.
    """
    if PASSPHRASE not in kept:
        raise PaasError(
            "It is encrypted, and this service has no passphrase to open it with.",
            hint="Set it with backup-set-encryption, or decrypt it elsewhere and import it: gpg --decrypt FILE",
        )
    with _home() as home:
        words = [*_gpg(home), *_by_passphrase(home, kept[PASSPHRASE]), "--decrypt"]
        with filtered(stream, words, "decrypted") as made:
            yield made


def is_sealed(kept: Mapping[str, str]) -> bool:
    return PASSPHRASE in kept or RECIPIENT in kept


def checked_passphrase(passphrase: str) -> str:
    """A passphrase.

    Raises:
        InvalidValue: GnuPG would not take it as it is.
        PaasError: GnuPG isn't installed.
    """
    _require_gnupg()
    if not passphrase or any(character in passphrase for character in "\n\r\0") or len(passphrase) > 250:
        raise InvalidValue("The passphrase can't be used.", hint="Use 1 to 250 characters in one line.")
    return passphrase


def recipient(key_id: str, key: bytes) -> str:
    """A public key that is that of an id, as text.

    Args:
        key: As `gpg --export --armor` writes it.

    Raises:
        PaasError: It isn't, or is no key to encrypt with.
    """
    wanted = key_id.removeprefix("0x").upper()
    if not (len(wanted) >= 16 and all(digit in "0123456789ABCDEF" for digit in wanted)):
        raise InvalidValue(f"{key_id!r} isn't the id of a key.", hint="Give all its digits, or the last 16 of them.")
    with _home() as home:
        done = process.run([*_gpg(home), "--with-colons", "--show-keys"], input=key, check=False)
    lines = [line.split(":") for line in done.stdout.decode(errors="replace").splitlines()]
    prints = [fields[9] for fields in lines if fields[0] == "fpr"]
    if prints and not any("E" in fields[11] for fields in lines if fields[0] == "pub"):
        raise PaasError(f"Nothing can be encrypted for the key {key_id}.", hint="Give it a subkey for encryption.")
    if b"PRIVATE KEY" in key or not any(each.endswith(wanted) for each in prints):
        raise PaasError(
            f"What was given is not the public key {key_id}.",
            hint=f"Pass it on: gpg --export --armor {key_id} | ssh … backup-set-public-key-encryption SERVICE {key_id}",
        )
    return key.decode("ascii", errors="strict")


@contextmanager
def _home() -> Iterator[Path]:
    """A folder for GnuPG, which keeps nothing of ours and starts nothing that stays."""
    _require_gnupg()
    with scratch.folder("gpg") as home:
        yield home


def _require_gnupg() -> None:
    if not which("gpg"):
        raise PaasError("GnuPG isn't installed.", hint="Root can install it on the server: apt-get install gpg")


def _gpg(home: Path) -> list[str]:
    return ["gpg", f"--homedir={home}", "--batch", "--no-tty", "--quiet", "--no-autostart", "--no-permission-warning"]


def _by_passphrase(home: Path, passphrase: str) -> list[str]:
    (home / "passphrase").write_text(passphrase, encoding="utf-8")
    return ["--pinentry-mode=loopback", f"--passphrase-file={home}/passphrase"]


def _for(home: Path, kept: Mapping[str, str]) -> list[str]:
    (home / "recipient").write_text(kept[RECIPIENT], encoding="ascii")
    return ["--encrypt", "--trust-model=always", f"--recipient-file={home}/recipient"]
