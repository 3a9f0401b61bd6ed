"""What comes from other hosts: repositories and archives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.parse import urlsplit

from paas import App, InvalidValue, PaasError, output, process, scratch
from paas.context import current
from paas.errors import ProgramFailed

from . import folder, repository
from .names import HEADS

TIMEOUT = 60
CHUNK = 1 << 20
SCHEMES = ("https", "http", "ssh", "git")
_HELPER = re.compile(r"[A-Za-z0-9+.-]*::")  # git runs git-remote-HELPER for it
_SCP_LIKE = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s-]\S*")
_GIT_GUESSES = ("Please make sure you have the correct access rights", "and the repository exists.")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")


def checked_url(url: str) -> str:
    """A repository that git may be pointed at.

    Raises:
        InvalidValue: A URL of a kind that could make git run something.
        PaasError: A folder of the server, named by a key.
    """
    if not url.isprintable() or url.startswith("-") or _HELPER.match(url):
        raise InvalidValue(f"{url!r} is not the URL of a repository.", hint="Use https, ssh, git or user@host:path.")
    if _is_local(url):
        folder.require_server("A repository")
        return url
    if not _SCP_LIKE.fullmatch(url) and not (_scheme(url) in SCHEMES and urlsplit(url).hostname):
        raise InvalidValue(f"{url!r} is not the URL of a repository.", hint="Use https, ssh, git or user@host:path.")
    return url


def public(url: str) -> str:
    """A URL as it may be kept and shown: without a password, or what stands alone in a web address and may be one."""
    url = re.sub(r"^(https?://)[^/@:]*@", r"\1", url)
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1@", url)


def fetch(app: App, url: str, ref: str | None) -> tuple[str, str | None]:
    """Fetch a ref of another repository into the app's.

    Args:
        ref: A branch, tag or commit; None for the default branch.

    Returns:
        The commit, and the branch if it is one that was named or is the default.

    Raises:
        PaasError: The URL or the ref is wrong, or the host refuses.
    """
    wanted = ref or "HEAD"
    if not _REF.fullmatch(wanted) or ".." in wanted:
        raise InvalidValue(
            f"{wanted!r} is not a branch, tag or commit.", hint="Such as main, v1.2 or the hash of a commit."
        )
    checked_url(url)
    output.step(f"Fetching {wanted} of {public(url)}")
    bare = repository.ensure(app)
    git: process.Argv = ["git", "-C", bare]
    with scratch.folder("sync") as name:
        target = f"refs/paas/{name.name}"  # nobody else fetches to it
        flags = ("--quiet", "--no-tags", "--no-write-fetch-head")
        try:
            branch = _branch(git, url, wanted)
            source = f"{HEADS}{branch}" if branch else wanted
            process.run([*git, "fetch", *flags, "--", url, f"+{source}:{target}"], env=_environment(url))
            return repository.git(bare, "rev-parse", f"{target}^{{commit}}"), branch
        except ProgramFailed as error:
            raise _refused(url, wanted, error) from error
        finally:
            repository.git(bare, "update-ref", "-d", target)


def _branch(git: process.Argv, url: str, ref: str) -> str | None:
    """The branch of another repository that a ref names; None if it names a tag, a commit or nothing."""
    asked = ref if ref == "HEAD" or ref.startswith("refs/") else f"{HEADS}{ref}"
    done = process.run([*git, "ls-remote", "--symref", "--", url, asked], env=_environment(url))
    for line in done.stdout.decode(errors="replace").splitlines():
        value, _, name = line.partition("\t")
        if name == asked:  # `ref: refs/heads/main` comes before HEAD's commit
            full = value.removeprefix("ref: ") if value.startswith("ref: ") else name
            return full.removeprefix(HEADS) if full.startswith(HEADS) else None
    return None


@contextmanager
def downloaded(url: str, limit: int) -> Iterator[IO[bytes]]:
    """What a web address holds, as a file.

    Raises:
        PaasError: It isn't http or https, doesn't answer, or is larger than so many bytes.
    """
    import http.client
    import urllib.request

    if _scheme(url) not in ("http", "https") or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidValue(f"{url!r} is not a web address.", hint="Use https://…, or -- for standard input.")
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, stored(answer, limit) as file:  # noqa: S310 (checked above)
            yield file
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = re.sub(r"^<urlopen error (?:\[Errno -?\d+\] )?(.*)>$", r"\1", str(error))
        raise PaasError(
            f"{public(url)} can't be downloaded: {reason}",
            hint="The server must reach it by itself. Or send the archive along: git:from-archive APP -- < FILE",
        ) from error


@contextmanager
def stored(stream: IO[bytes], limit: int) -> Iterator[IO[bytes]]:
    """What a stream brings, as a file that can be read from any place.

    Raises:
        PaasError: It is larger than so many bytes.
    """
    with scratch.folder("archive") as place, open(place / "archive", "w+b") as file:
        while chunk := stream.read(CHUNK):
            if (limit := limit - len(chunk)) < 0:
                raise PaasError(
                    "The archive is larger than this app's limit.",
                    hint="See git:report, and git:set archive-max-size (bytes) for another.",
                )
            file.write(chunk)
        file.seek(0)
        yield file


def _environment(url: str) -> dict[str, str]:
    """What git may do for a URL, and whose credentials it has; it asks nobody."""
    return {
        "GIT_ALLOW_PROTOCOL": ":".join((*SCHEMES, *(("file",) if _is_local(url) else ()))),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "HOME": str(current().paths.home),
    }


def _refused(url: str, ref: str, error: ProgramFailed) -> PaasError:
    lines = [line for line in error.output.strip().splitlines() if line and line not in _GIT_GUESSES]
    reason = " / ".join(lines[-4:]).replace(url, public(url))
    if "couldn't find remote ref" in reason:
        return PaasError(f"{public(url)} has no {ref}.", hint="Name a branch, a tag or a whole commit of it.")
    if "dubious ownership" in reason:
        account = current().paths.user
        return PaasError(
            f"{public(url)} isn't {account}'s, and git reads no other account's repositories.",
            hint=f"Give it to {account}, or deploy its files with git:from-directory APP {public(url)}",
        )
    if _is_local(url):
        hint = "The account of paas must be able to read it; or pass its files: git:from-archive APP -- < FILE"
        return PaasError(f"{ref} of {url} can't be fetched: {reason}", hint=hint)
    return PaasError(
        f"{ref} of {public(url)} can't be fetched: {reason}",
        hint="For a private repository see git:auth (https), or git:public-key and git:allow-host (ssh).",
    )


def _is_local(url: str) -> bool:
    return url.startswith("/") or _scheme(url) == "file"


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:  # a broken IPv6 address
        return ""
