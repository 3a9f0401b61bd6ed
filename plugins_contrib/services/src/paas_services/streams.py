"""Bytes on their way from one program to another, whose reader hears of it if they are not whole."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from hashlib import sha256
from threading import Thread
from typing import IO, Any

from paas import PaasError, process

PATIENCE = 2
"""Seconds to learn why a stream has ended early."""


class Stream:
    """A file or pipe to read from. Its end is an error if what should have come didn't.

    Attributes:
        size: Bytes that were read.
        digest: Of those.
    """

    def __init__(self, file: IO[bytes], whole: Callable[[float | None], None] = lambda _: None) -> None:
        """A stream.

        Args:
            whole: Raises what went wrong on the other side; waits for its end, at most so many seconds.
        """
        self._file, self._whole = file, whole
        self.size, self.digest = 0, sha256()

    def fileno(self) -> int:
        return self._file.fileno()

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer at the end alone.

        Raises:
            PaasError: It is the end, and something is missing.
        """
        chunk = self._file.read(size)
        self.size += len(chunk)
        self.digest.update(chunk)
        if size < 0 or len(chunk) < size:
            self.whole()
        return chunk

    def whole(self, patience: float | None = None) -> None:
        """Raise what went wrong where it comes from.

        Args:
            patience: Seconds to wait for the end there; None for as long as it takes.
        """
        self._whole(patience)


@contextmanager
def filled(fill: Callable[[IO[bytes]], None]) -> Iterator[Stream]:
    """What a function writes, as a stream, while it does; it meets a broken pipe once the block has ended."""
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with open(writing, "wb") as sink:
                fill(sink)
        except BaseException as error:
            failures.append(error)

    thread = Thread(target=copy_context().run, args=(run,), daemon=True)

    def whole(patience: float | None) -> None:
        thread.join(patience)
        if failures:
            raise failures[0]

    thread.start()
    try:
        with open(reading, "rb") as source:
            yield Stream(source, whole)
    finally:
        thread.join()


@contextmanager
def piped(stream: Any) -> Iterator[Stream]:
    """What can be read, as a stream that a program can be given."""
    try:
        stream.fileno()
    except (AttributeError, OSError):
        with filled(lambda sink: shutil.copyfileobj(stream, sink)) as pipe:
            yield pipe
    else:
        yield stream if isinstance(stream, Stream) else Stream(stream)


@contextmanager
def filtered(stream: Stream, argv: process.Argv, what: str) -> Iterator[Stream]:
    """What a program makes of a stream.

    Args:
        what: What it does, for the error: `encrypted`.
    """
    with process.started(argv, stdin=stream.fileno(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stderr
        said = program.stderr

        def whole(patience: float | None) -> None:
            with suppress(subprocess.TimeoutExpired):
                if program.wait(patience):
                    raise PaasError(f"It can't be {what}: {said.read().decode(errors='replace').strip()}")
                stream.whole(patience)

        try:
            yield Stream(program.stdout, whole)
        finally:
            program.stdout.close()
