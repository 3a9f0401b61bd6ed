"""A file that gives no more than was agreed, so that what reads an archive can't be made to fill the memory."""

from __future__ import annotations

import io
from typing import IO

CHUNK = 1 << 20


class TooMuch(Exception):
    """More was asked for than was agreed."""


class Metered(io.RawIOBase):
    """A file read through a meter.

    Args:
        most: Bytes that may be read in all.
        once: Bytes that may be read at once, since what reads a header or a directory keeps it; CHUNK or more.
    """

    def __init__(self, file: IO[bytes], most: int, once: int) -> None:
        self._file, self._left, self._once = file, most, once

    def read(self, size: int = -1) -> bytes:
        """Raises TooMuch."""
        if size > self._once:
            raise TooMuch
        data = self._file.read(size if size >= 0 else self._once + 1)
        self._left -= len(data)
        if len(data) > self._once or self._left < 0:
            raise TooMuch
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
