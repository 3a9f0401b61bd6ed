"""What this server shows to other hosts, and by what it knows them: .netrc, known_hosts and the deploy key."""

from __future__ import annotations

import re
from pathlib import Path

from paas import InvalidValue, PaasError, files, process
from paas.context import current

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
_ENTRY = re.compile(r"machine (\S+) login (\S+) password (\S+)")
TIMEOUT = 10


def checked_host(host: str) -> str:
    """The name of a host, perhaps with a port.

    Raises:
        InvalidValue: It isn't one.
    """
    if not _HOST.fullmatch(host):
        raise InvalidValue(f"{host!r} is not the name of a host.", hint="As in git.example.com")
    return host


def of(host: str) -> tuple[str, str] | None:
    """The user and the password that are kept for a host."""
    found = (_ENTRY.fullmatch(line) for line in _lines(_netrc()))
    return next(((m[2], m[3]) for m in found if m and m[1] == host), None)


def keep(host: str, user: str, password: str) -> None:
    """Keep a user and a password for a host, in the place of those before.

    Raises:
        InvalidValue: One of them holds what .netrc can't.
    """
    for text in (user, password):
        if not text.isprintable() or set(' "\\#') & set(text):
            raise InvalidValue("A user and a password can't hold spaces, quotes, backslashes or # here.")
    entry = f"machine {checked_host(host)} login {user} password {password}"
    _replace(_netrc(), [*_others(host), entry])


def forget(host: str) -> None:
    _replace(_netrc(), _others(checked_host(host)))


def allow_host(host: str) -> int:
    """Know a host by the ssh keys that it shows now; how many.

    Raises:
        PaasError: It shows none.
    """
    name, _, port = checked_host(host).partition(":")
    scan: process.Argv = ["ssh-keyscan", "-T", str(TIMEOUT), *(("-p", port) if port else ()), name]
    shown = process.run(scan, check=False).stdout.decode(errors="replace")
    keys = [line for line in shown.splitlines() if line and not line.startswith("#")]
    if not keys:
        raise PaasError(f"{host} shows no ssh keys.", hint="Is its name right, and can this server reach it?")
    known = current().paths.home / ".ssh" / "known_hosts"
    _replace(known, list(dict.fromkeys([*_lines(known), *keys])))
    return len(keys)


def deploy_key() -> Path:
    return current().paths.home / ".ssh" / "id_ed25519"


def generate_deploy_key() -> bool:
    """Make the deploy key, if there is none; whether there was none."""
    key = deploy_key()
    if key.exists():
        return False
    key.parent.mkdir(mode=0o700, exist_ok=True)
    process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "paas-deploy-key", "-f", key])
    return True


def _netrc() -> Path:
    return current().paths.home / ".netrc"


def _others(host: str) -> list[str]:
    """The lines of .netrc that aren't ours for this host, whoever wrote them."""
    return [line for line in _lines(_netrc()) if not ((match := _ENTRY.fullmatch(line)) and match[1] == host)]


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    return text.removesuffix("\n").split("\n") if text else []


def _replace(path: Path, lines: list[str]) -> None:
    """Write a file for its owner only, as a whole or not at all."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    files.replace(path, "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape"), 0o600)
