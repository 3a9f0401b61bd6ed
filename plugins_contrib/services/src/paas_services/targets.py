"""Where backups go: a folder of the server, or a place in a bucket."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol

from paas import InvalidValue, PaasError
from paas_storage import api as storage

from .bucket import Auth, Bucket
from .directory import Directory, refused
from .streams import Stream

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?:[A-Za-z0-9_.=-]+/)*")


class Target(Protocol):
    """Where backups are."""

    def write(self, name: str, stream: Stream) -> None: ...

    def clear(self, prefix: str) -> None: ...

    def read(self, name: str) -> AbstractContextManager[IO[bytes]]: ...

    def sizes(self) -> dict[str, int]: ...

    def remove(self, name: str) -> None: ...


def checked(text: str) -> str:
    """A target as it was typed: a path from the root, or `BUCKET[/FOLDER...]`.

    Raises:
        InvalidValue: It can't be one.
    """
    if text.startswith("/"):
        return text.rstrip("/") or "/"
    bucket, _, folder = text.removeprefix("s3://").rstrip("/").partition("/")
    if not _BUCKET.fullmatch(bucket) or not _PREFIX.fullmatch(f"{folder}/" if folder else "") or ".." in folder:
        raise InvalidValue(
            f"{text!r} can't be a place for backups.", hint="Name a folder such as /mnt/backups, or a bucket."
        )
    return f"{bucket}/{folder}" if folder else bucket


def find(text: str, auth: Auth | None, *, use_iam: bool, noun: str) -> Target:
    """A target, which is there if it is a folder.

    Raises:
        PaasError: The folder is not allowed, or nothing lets us into the bucket.
    """
    if text.startswith("/"):
        return Directory(_folder(text))
    if not auth and not use_iam:
        raise PaasError(
            f"Nothing lets us into the bucket {text}.",
            hint=f"Give keys with {noun}:backup-auth, or --use-iam; a folder begins with a slash.",
        )
    bucket, _, folder = text.partition("/")
    return Bucket(bucket, f"{folder}/" if folder else "", None if use_iam else auth)


def _folder(text: str) -> Path:
    path = storage.allowed(text)
    try:
        if not path.is_dir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise refused(error, path) from error
    return path
