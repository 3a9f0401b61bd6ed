"""What comes from other hosts: repositories, archives and their credentials."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from paas import App, InvalidValue, PaasError, process
from paas.context import current

from . import repository
from .source import TRANSPORTS

TIMEOUT = 60
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
_SCP_LIKE = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s]+")


def checked_host(host: str) -> str:
    """The name of a host.

    Raises:
        InvalidValue: It isn't one.
    """
    if not _HOST.fullmatch(host):
        raise InvalidValue(f"{host!r} is not the name of a host.")
    return host


def checked_url(url: str) -> str:
    """A repository that git may be pointed at.

    Raises:
        InvalidValue: A URL of a kind that could make git run something.
    """
    if not url.isprintable() or url.startswith("-") or "::" in url:
        raise InvalidValue(f"{url!r} is not the URL of a repository.")
    if urlsplit(url).scheme in ("https", "http", "ssh", "git", "file") or _SCP_LIKE.fullmatch(url):
        return url
    if url.startswith("/") and ".." not in url.split("/"):
        return url
    raise InvalidValue(f"{url!r} is not the URL of a repository.", hint="Use https, ssh, git, file or user@host:path.")


def fetch(app: App, url: str, ref: str | None) -> str:
    """Fetch a ref of another repository into the app's; the commit.

    Raises:
        PaasError: The URL or the ref is wrong, or the host refuses.
    """
    bare = repository.ensure(app)
    wanted = ref or "HEAD"
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+-]*", wanted) or ".." in wanted:
        raise InvalidValue(f"{wanted!r} is not a branch, tag or commit.")
    with repository.scratch() as scratch:
        target = f"refs/paas/sync-{scratch.name}"
        words: process.Argv = ["git", "-C", bare, "fetch", "--quiet", "--no-tags", "--", checked_url(url)]
        process.run([*words, f"+{wanted}:{target}"], env=TRANSPORTS)
        try:
            return repository.git(bare, "rev-parse", f"{target}^{{commit}}")
        finally:
            repository.git(bare, "update-ref", "-d", target)


@contextmanager
def downloaded(url: str, limit: int) -> Iterator[IO[bytes]]:
    """What a web address holds, as a file.

    Raises:
        PaasError: It isn't http or https, doesn't answer, or is larger than so many bytes.
    """
    import urllib.error
    import urllib.request

    if urlsplit(url).scheme not in ("http", "https"):
        raise InvalidValue(f"{url!r} is not a web address.", hint="Use https://…, or -- for standard input.")
    with repository.scratch() as scratch, tempfile.TemporaryFile(dir=scratch) as file:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 (the scheme is checked above)
                while chunk := answer.read(1 << 20):
                    if (limit := limit - len(chunk)) < 0:
                        raise PaasError(f"{url} is larger than git:set archive-max-size allows.")
                    file.write(chunk)
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise PaasError(f"{url} can't be downloaded: {error}") from error
        file.seek(0)
        yield file


def netrc() -> Path:
    return current().paths.home / ".netrc"


def credentials() -> dict[str, tuple[str, str]]:
    """Host to user and password."""
    found = re.findall(r"^machine (\S+) login (\S+) password (\S+)$", _text(netrc()), re.MULTILINE)
    return {host: (user, password) for host, user, password in found}


def keep_credentials(host: str, user: str | None, password: str) -> None:
    """Keep credentials for a host, or forget them if there is no user."""
    for text in filter(None, (user, password)):
        if not text.isprintable() or " " in text:
            raise InvalidValue("A user and a password can't hold spaces here.")
    kept = {h: both for h, both in credentials().items() if h != checked_host(host)}
    if user:
        kept[host] = (user, password)
    _replace(netrc(), "".join(f"machine {h} login {u} password {p}\n" for h, (u, p) in sorted(kept.items())))


def allow_host(host: str) -> int:
    """Know a host by the keys that it shows now; how many."""
    name, _, port = checked_host(host).partition(":")
    shown = process.run(["ssh-keyscan", "-T", "10", *(("-p", port) if port else ()), name], check=False).stdout.decode()
    keys = [line for line in shown.splitlines() if line and not line.startswith("#")]
    if not keys:
        raise PaasError(f"{host} shows no ssh keys.", hint="Is its name right, and can this server reach it?")
    known = current().paths.home / ".ssh" / "known_hosts"
    _replace(known, "\n".join(dict.fromkeys([*_text(known).splitlines(), *keys])) + "\n")
    return len(keys)


def deploy_key() -> Path:
    return current().paths.home / ".ssh" / "id_ed25519"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with open(beside, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        os.fsync(file.fileno())
    beside.replace(path)
