"""What a build printed, or is printing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import IO

from paas import PaasError
from paas.builds import log

from . import records
from .records import Record

LOOK_SECONDS = 0.1


def printed(record: Record) -> Iterator[str]:
    """The text of a build's log in pieces; of one that is going on until it ends.

    Raises:
        PaasError: The log is gone.
    """
    try:
        file = open(log(record.app, record.id), encoding="utf-8", errors="replace")  # noqa: SIM115 (closed below)
    except FileNotFoundError as error:
        raise PaasError(f"The log of build {record.id} is gone.") from error
    with file:
        yield from _followed(file, record)


def _followed(file: IO[str], record: Record) -> Iterator[str]:
    while record.is_running:
        if text := file.read():
            yield text
        else:
            time.sleep(LOOK_SECONDS)
        record = records.load(record.app, record.id)
    yield file.read()  # the last of it, written before it ended
