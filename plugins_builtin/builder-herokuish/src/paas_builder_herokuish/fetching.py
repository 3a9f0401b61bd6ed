"""Get a buildpack from where it is."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from paas import App, PaasError, output, process, scratch
from paas.context import current
from paas.errors import ProgramFailed

from .buildpacks import SCHEMES, Buildpack

SHORT_SECONDS = 20
"""How long a command waits for somebody else's server; a build waits as long as it takes."""
_NO_ANSWER = re.compile(
    r"could not resolve|failed to connect|couldn't connect|unable to connect|connection (refused|timed out|reset)"
    r"|network is unreachable|no route to host|returned error: 5|operation timed out",
    re.IGNORECASE,
)
"""What git says of a server that has not said anything itself."""
_UNKNOWN_HOST = re.compile(r"host key verification failed", re.IGNORECASE)
_UNKNOWN_USER = re.compile(
    r"permission denied|authentication failed|could not read (username|password)|returned error: 40[134]", re.IGNORECASE
)


class NoAnswer(PaasError):
    """Whether there is such a buildpack isn't known, since nobody has answered."""


def fetch(app: App, pack: Buildpack, place: Path, seconds: float | None = None) -> Path:
    """Get a buildpack into a folder that doesn't exist yet; where it is in that.

    Args:
        seconds: How long it may take.

    Raises:
        NoAnswer: Its server can't be reached.
        PaasError: It can't be had, or isn't a buildpack.
    """
    try:
        _Copy(pack, place, time.monotonic() + seconds if seconds else None).make()
    except ProgramFailed as error:
        said = " / ".join(line for line in error.output.strip().splitlines()[:3] if line)
        kind = NoAnswer if _NO_ANSWER.search(error.output) else PaasError
        hint = _key_hint(pack, error.output) or _hint(app)
        raise kind(f"The buildpack {pack.url} of {app.name} can't be fetched: {said}", hint=hint) from error
    shutil.rmtree(place / ".git")
    folder = place / pack.folder
    if not all((folder / "bin" / program).is_file() for program in ("detect", "compile")):
        where = f"{pack.folder} of {pack.url}" if pack.folder else pack.url
        raise PaasError(f"{where} is no buildpack: it has no bin/detect and bin/compile.", hint=_hint(app))
    return folder


def require_reachable(app: App, pack: Buildpack) -> None:
    """Refuse a buildpack that is known to be broken; when its server doesn't answer, say so.

    Raises:
        PaasError: It can't be had, or isn't a buildpack.
    """
    try:
        with scratch.folder("buildpack") as place:
            fetch(app, pack, place / "pack", SHORT_SECONDS)
    except NoAnswer as error:
        output.warn(error.message, "It is kept as it is, and tried again by the next build.")


@dataclass(frozen=True)
class _Copy:
    """A copy of a buildpack's repository, without its history.

    Attributes:
        deadline: When its making has to be over, by the monotonic clock.
    """

    pack: Buildpack
    place: Path
    deadline: float | None

    def make(self) -> None:
        output.step(f"Fetching the buildpack {self.pack.url}{f' ({self.pack.ref})' if self.pack.ref else ''}")
        url = _address(self.pack.url)
        options = ["--upload-pack=git -c safe.directory=* upload-pack"] if url.startswith("/") else []
        process.run(["git", "init", "--quiet", "--template=", "--", self.place])
        self._fetch(url, *options)
        self._git("checkout", "--quiet", "--detach", "FETCH_HEAD")

    def _fetch(self, url: str, *options: str) -> None:
        """Have the wanted commit as FETCH_HEAD, with its history where there is no other way."""
        ref = self.pack.ref
        is_commit = bool(re.fullmatch(r"[0-9a-f]{7,40}", ref))
        try:
            return self._git("fetch", "--quiet", "--depth=1", *options, "--", url, ref or "HEAD")
        except ProgramFailed as error:
            # A plain web server with a repository's files on it can't give a part of them.
            if not is_commit and "shallow" not in error.output:
                raise
        if not is_commit:
            return self._git("fetch", "--quiet", *options, "--", url, ref or "HEAD")
        self._git("fetch", "--quiet", *options, "--", url, "+refs/heads/*:refs/remotes/origin/*")
        self._git("update-ref", "FETCH_HEAD", f"{ref}^{{commit}}")

    def _git(self, *words: str) -> None:
        """Run git on the copy.

        Raises:
            ProgramFailed: It failed.
            NoAnswer: It took too long.
        """
        environment = {
            "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            "HOME": str(current().paths.home),
            "LC_ALL": "C",
        }
        left = None if self.deadline is None else max(self.deadline - time.monotonic(), 1)
        try:
            process.run(["git", "-C", self.place, *words], env=environment, timeout=left)
        except ProgramFailed:
            raise
        except PaasError as error:
            raise NoAnswer(f"The buildpack {self.pack.url} can't be fetched: {error.message}") from error


def _key_hint(pack: Buildpack, said: str) -> str:
    """What to do where this server and another don't know each other; empty if that is not why git failed."""
    if _UNKNOWN_HOST.search(said):
        return f"Let its host in with git:allow-host {pack.host}"
    if _UNKNOWN_USER.search(said):
        return f"For a private one see git:auth {pack.host} (https), or git:public-key (ssh)."
    return ""


def _hint(app: App) -> str:
    return f"See .buildpacks of the source, buildpacks:list {app.name} and the variable BUILDPACK_URL."


def _address(url: str) -> str:
    """The URL, or for one of a file the folder that it really is.

    Raises:
        PaasError: A folder where other apps keep things.
    """
    if not url.startswith("file://"):
        return url
    path = Path(url.removeprefix("file://").removeprefix("localhost")).resolve()
    if any(path.is_relative_to(own.resolve()) for own in (current().paths.home, current().paths.root)):
        raise PaasError(f"{url} lies where paas keeps what is of apps.", hint="Move the buildpack somewhere else.")
    return str(path)
