"""The app that git names by a path, and the objects and refs that it names in a push."""

from __future__ import annotations

import re
from pathlib import Path

from paas import InvalidValue, PaasError
from paas.apps import checked_name
from paas.context import current

HEADS = "refs/heads/"
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"refs/[^\x00-\x20\x7f]+")


def repository_name(path: str) -> str:
    """`shop`, `/shop`, `shop.git` and what git puts in quotes around them are the app shop."""
    return checked_name(path.strip("'").removeprefix("/").removesuffix("/").removesuffix(".git"))


def repository_folder(folder: str) -> str:
    """The app whose repository a folder is, so that a hook that says `.` holds after a rename.

    Raises:
        PaasError: It is no app's.
    """
    path = Path(folder).resolve()
    home = current().paths.home.resolve()
    if path.parent != home or not (path / "HEAD").is_file():
        raise PaasError(f"{path} is not the repository of an app.", hint="git-hook is for git, which calls it there.")
    return checked_name(path.name)


def revision(text: str) -> str:
    """The full name of a commit, or the zeros that stand for none.

    Raises:
        InvalidValue: It is anything else, such as an option of git's.
    """
    if not _REVISION.fullmatch(text):
        raise InvalidValue(f"{text!r} is not the name of a commit.")
    return text


def ref(text: str) -> str:
    if not _REF.fullmatch(text):
        raise InvalidValue(f"{text!r} is not the name of a ref.", hint="Push a branch: git push REMOTE HEAD:main")
    return text
