"""Backups in a folder of the server, one that apps may see too: below storage/, or what root has allowed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paas import PaasError, disk

from .streams import Stream

PARTIAL = ".partial-"
"""What the name of a backup begins with that is not whole yet."""

DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


@dataclass(frozen=True)
class Directory:
    """A folder that is there."""

    path: Path

    def write(self, name: str, stream: Stream) -> None:
        """Store a stream under a name that is new: whole, or not at all.

        Raises:
            PaasError: It isn't whole, or the disk refused.
        """
        partial = self.path / f"{PARTIAL}{name}"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(partial, flags, 0o600), "wb") as file:
                shutil.copyfileobj(stream, file)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(self.path / name)
            self._settle()
        except BaseException as error:
            # The disk is asked how full it is while it still is.
            told = refused(error, self.path) if isinstance(error, OSError) else None
            with suppress(OSError):
                partial.unlink()
            if told:
                raise told from error
            raise

    def clear(self, prefix: str) -> None:
        """Remove what a killed backup has left, of names that begin so, then a day; nobody else may be writing such."""
        for partial in self.path.glob(f"{PARTIAL}{prefix}{DAY}T*"):
            with suppress(OSError):
                partial.unlink()

    @contextmanager
    def read(self, name: str) -> Iterator[IO[bytes]]:
        try:
            descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise PaasError(f"{self.path / name} can't be read: {error.strerror}.") from error
        with open(descriptor, "rb") as file:
            yield file

    def sizes(self) -> dict[str, int]:
        """The names of what is there, with their bytes."""
        try:
            with os.scandir(self.path) as entries:
                return {e.name: e.stat(follow_symlinks=False).st_size for e in entries if e.is_file()}
        except OSError as error:
            raise PaasError(f"{self.path} can't be read: {error.strerror}.") from error

    def remove(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise PaasError(f"{self.path / name} can't be removed: {error.strerror}.") from error

    def _settle(self) -> None:
        """Have the folder's new entry outlive a loss of power."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def refused(error: OSError, path: Path) -> PaasError:
    """What the disk said, as an error that says what to do."""
    known = disk.blamed(OSError(error.errno, error.strerror, str(path)))
    hint = "Give it to the account of paas: storage:ensure-directory NAME --chown false"
    return known or PaasError(f"{path} can't be written: {error.strerror}.", hint=hint)
