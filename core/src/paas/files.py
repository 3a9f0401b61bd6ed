"""A file that gets new contents while others read it."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path


def replace(path: Path | str, data: bytes | str, mode: int = 0o644, *, folder: int | None = None) -> None:
    """Write a file in one step: whoever reads it, even after the server has lost its power, finds the old or the new.

    Args:
        path: In a folder that exists. A link there is replaced, never followed.
        data: Text is written as UTF-8.
        mode: Its permissions, whatever the umask.
        folder: A descriptor of the folder that the path begins in.

    Raises:
        OSError: It can't be written; the old one is as it was, and nothing is left beside it.
    """
    head, name = os.path.split(path)
    beside = os.path.join(head, f".{name}.{threading.get_native_id()}")
    _remove(beside, folder)  # of one who was killed here, under the same number
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(beside, flags, 0o600, dir_fd=folder), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(beside, path, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _remove(beside, folder)
        raise


def _remove(path: str, folder: int | None) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path, dir_fd=folder)
