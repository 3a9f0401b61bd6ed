"""The authorized_keys file: sshd reads it, so it is the store of keys. Lines that aren't ours stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from paas import InvalidValue, PaasError, files, locks, process
from paas.context import current

from . import keys
from .keys import Key

MAX_BYTES = 16 * 1024
_TYPES = {
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
}


def all() -> list[Key]:
    return [key for text in lines() if (key := keys.parse(text))]


def add(name: str, text: bytes) -> Key:
    """Let a public key in under a name.

    Raises:
        PaasError: The name or the key is there already, or the text isn't one public key.
    """
    keys.checked_name(name)
    public = checked_public(text)
    key = Key(name, fingerprint(public), public)
    with locks.exclusive("authorized-keys"):
        for other in all():
            if other.name == name:
                raise PaasError(f"Duplicate ssh key name: {name}", hint=f"Remove it with ssh-keys:remove {name}")
            if other.fingerprint == key.fingerprint:
                raise PaasError(
                    f"Duplicate ssh public key specified: {other.name} has it.",
                    hint=f"Use it as {other.name}, or remove that with ssh-keys:remove {other.name}",
                )
        there = lines()
        if any(public.split()[1] in line.split() for line in there):
            raise PaasError(
                f"Duplicate ssh public key specified: a line of {_path()} that isn't ours has it.",
                hint="sshd would go by that line. Remove it by hand.",
            )
        write([*there, keys.line(key, current().paths.executable)])
    return key


def remove(*, name: str | None = None, fingerprint: str | None = None) -> list[Key]:
    """Keep out the keys of a name or a fingerprint; those that were removed."""
    with locks.exclusive("authorized-keys"):
        gone = [key for key in all() if name == key.name or fingerprint == key.fingerprint]
        if gone:
            write([text for text in lines() if keys.parse(text) not in gone])
    return gone


def checked_public(text: bytes) -> str:
    """One public key, as a line.

    Raises:
        InvalidValue: The text is empty, holds several keys, options before the key, or a private key.
    """
    try:
        lines = [" ".join(line.split()) for line in text.decode().strip().split("\n")]
    except UnicodeDecodeError as error:
        raise InvalidValue("Invalid ssh public key", hint="It is not even text; is it the right file?") from error
    if not lines[0]:
        raise InvalidValue("Empty key was specified", hint="Pass a public key: ssh-keys:add NAME < id_ed25519.pub")
    if "PRIVATE KEY" in lines[0]:
        raise InvalidValue("That is a private key. Keep it to yourself.", hint="Pass the file that ends in .pub")
    if len(lines) > 1:
        raise InvalidValue("Too many keys provided, set one per invocation", hint="Give each a name of its own.")
    if len(lines[0]) > MAX_BYTES or not lines[0].isprintable() or lines[0].partition(" ")[0] not in _TYPES:
        raise InvalidValue("Invalid ssh public key", hint="It begins with its type, such as ssh-ed25519.")
    return lines[0]


def fingerprint(public: str) -> str:
    done = process.run(["ssh-keygen", "-lf", "-"], input=public.encode() + b"\n", check=False)
    words = done.stdout.decode(errors="replace").split()
    if done.returncode or len(words) < 2:
        raise InvalidValue("Invalid ssh public key", hint="ssh-keygen can't read it; was a part of it lost?")
    return words[1]


def _path() -> Path:
    return current().paths.authorized_keys


def lines() -> list[str]:
    """The lines of the file; only a line feed ends one, as for sshd."""
    path = _path()
    text = path.read_bytes().decode(errors="surrogateescape") if path.exists() else ""
    return text.removesuffix("\n").split("\n") if text else []


def write(lines: Sequence[str]) -> None:
    """Replace the file in one step; whoever logs in meanwhile reads the old one or the new one."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)  # or sshd doesn't trust what is in it
    files.replace(path, "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"), 0o600)
