"""Which buildpacks a source names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from paas import InvalidValue, Source

FILE = ".buildpacks"
SCHEMES = ("https", "http", "ssh", "git", "file")
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_SCP_LIKE = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-]\S*")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")


@dataclass(frozen=True)
class Buildpack:
    """A buildpack in a git repository.

    Attributes:
        ref: A branch, tag or commit; empty for the default branch.
        folder: Where in the repository it is, empty for the top.
    """

    url: str
    ref: str = ""
    folder: str = ""

    @property
    def name(self) -> str:
        last = (self.folder or self.url.rstrip("/")).rsplit("/", 1)[-1].removesuffix(".git")
        return re.sub(r"[^A-Za-z0-9._-]", "-", last) or "buildpack"

    @property
    def host(self) -> str:
        """Where its repository is, with a port if one is said; empty for a file."""
        if _SCP_LIKE.fullmatch(self.url):
            return self.url.partition("@")[2].partition(":")[0]
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def __str__(self) -> str:
        """As `parse` reads it."""
        rest = f"{self.ref}:{self.folder}" if self.folder else self.ref
        return f"{self.url}#{rest}" if rest else self.url


def parse(text: str) -> Buildpack:
    """A buildpack as it is written: `URL[#REF[:FOLDER]]`, or `ORG/NAME` for heroku-buildpack-NAME on GitHub.

    Raises:
        InvalidValue: It isn't one.
    """
    address, _, rest = text.partition("#")
    ref, _, folder = rest.partition(":")
    if _SHORT.fullmatch(address):
        org, _, name = address.partition("/")
        address = f"https://github.com/{org}/heroku-buildpack-{name}.git"
    if not address.isprintable() or re.search(r"\s", address) or not _is_url(address):
        raise InvalidValue(
            f"{text!r} is not the URL of a buildpack.", hint="Use https, ssh, git or file, as URL[#REF[:FOLDER]]."
        )
    _require_no_secret(address)
    if (ref and (not _REF.fullmatch(ref) or ".." in ref)) or (folder and not _FOLDER.fullmatch(folder)):
        raise InvalidValue(f"{rest!r} is not a branch, tag or commit of a buildpack with a folder in it.")
    return Buildpack(address, ref, folder)


def _require_no_secret(address: str) -> None:
    """Refuse a URL with a password, or what stands alone in a web address and may be one.

    A buildpack stands in logs, in reports and in the image.

    Raises:
        InvalidValue: There is one.
    """
    if _SCP_LIKE.fullmatch(address):
        return
    parts = urlsplit(address)
    if parts.password or (parts.username and parts.scheme in ("http", "https")):
        raise InvalidValue(
            f"The URL of a buildpack on {parts.hostname} holds a password or a token, which stands in logs and images.",
            hint=f"Leave it out, and keep it with git:auth {parts.hostname} USER",
        )


def named(source: Source, environment: Mapping[str, str]) -> list[Buildpack]:
    """The buildpacks of an app, in their order: of BUILDPACK_URL, else of `.buildpacks`; none means detection.

    Raises:
        PaasError: A line isn't one.
    """
    if url := _in_variable(source, environment):
        return [parse(url)]
    lines = _text(source.folder / FILE).splitlines()
    return [parse(line.strip()) for line in lines if line.strip() and not line.strip().startswith("#")]


def names_any(source: Source, environment: Mapping[str, str]) -> bool:
    """Whether a source is meant for buildpacks, be it by a file `.buildpacks` that names none."""
    return _is_file(source.folder / FILE) or bool(_in_variable(source, environment))


def _in_variable(source: Source, environment: Mapping[str, str]) -> str:
    """BUILDPACK_URL of the app's variables, else of a `.env` that comes with the source."""
    if url := environment.get("BUILDPACK_URL"):
        return url
    found = re.findall(r"(?m)^(?:export\s+)?BUILDPACK_URL=(['\"]?)(\S+?)\1\s*$", _text(source.folder / ".env"))
    return str(found[-1][1]) if found else ""


def _is_url(address: str) -> bool:
    if _SCP_LIKE.fullmatch(address):
        return True
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "file":
        return parts.netloc in ("", "localhost") and parts.path.startswith("/")
    return parts.scheme in SCHEMES and bool(parts.hostname) and not str(parts.hostname).startswith("-")


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig", errors="replace") if _is_file(file) else ""


def _is_file(file: Path) -> bool:
    """Links lead to anywhere on the server."""
    return file.is_file() and not file.is_symlink()
