"""Cancel a build that somebody else runs."""

from __future__ import annotations

import os
import signal
import time

from paas import App, PaasError, locks, output
from paas.cancelling import ASKED
from paas.context import current

from . import records
from .records import Record, Status

PATIENCE_SECONDS = 120
LOOK_SECONDS = 0.05


class NotCancelled(PaasError):
    pass


def cancel(app: App) -> None:
    """Have the build of an app that is going on stop, and wait until all of it is taken back.

    Raises:
        NotCancelled: Nothing is going on that can be cancelled, or it is live by now.
    """
    holder = locks.holder(app.id)
    record = next((found for found in records.of(app) if found.is_running), None)
    if not holder or not record or record.pid != holder.pid:
        raise nothing_to_cancel(app, holder)
    if not holder.cancellable:
        raise NotCancelled(
            f"{record.source} of {app.name} is one of several at once in one command, which can't be cancelled alone.",
            hint=f"End the command of {holder.by} (process {holder.pid}), or wait.",
        )
    output.step(f"Cancelling build {record.id} of {app.name} ({record.source} by {record.created_by})")
    records.want_cancelled(record.id, current().caller.name)
    ask(holder)
    _wait_until_free(record, holder)
    _tell(records.load(app, record.id))


def ask(holder: locks.Holder) -> bool:
    """Send whoever holds an app the signal to cancel; whether they were still there to hear it.

    No other process hears it, even one that has got the same number meanwhile.
    """
    try:
        process = os.pidfd_open(holder.pid)
    except ProcessLookupError:
        return False
    try:
        if locks.born(holder.pid) != holder.born:
            return False
        signal.pidfd_send_signal(process, ASKED)
    except ProcessLookupError:
        return False
    finally:
        os.close(process)
    return True


def nothing_to_cancel(app: App, holder: locks.Holder | None) -> NotCancelled:
    if holder:
        return NotCancelled(f"{holder.what} of {app.name} by {holder.by} can't be cancelled.", hint="Wait for its end.")
    return NotCancelled(f"Nothing of {app.name} is being built or deployed.", hint=f"See builds:list {app.name}")


def say_who(id: str, status: str) -> None:
    """Tell those who wait for a build that was cancelled who did it."""
    if status == Status.canceled and (who := records.wanted_cancelled_by(id)):
        output.warn(f"Build {id} was cancelled by {who}.")


def _wait_until_free(record: Record, holder: locks.Holder) -> None:
    """Return once whoever was asked holds the app no more."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while locks.holder(record.app.id) == holder:
        if time.monotonic() > deadline:
            raise NotCancelled(
                f"Build {record.id} has not ended within {PATIENCE_SECONDS} seconds.",
                hint=f"See builds:output {record.app.name}",
            )
        time.sleep(LOOK_SECONDS)


def _tell(record: Record) -> None:
    if record.status is Status.succeeded:
        raise NotCancelled(
            f"It was too late: build {record.id} is live.",
            hint=f"To go back: releases:rollback {record.app.name}",
        )
    if record.status is not Status.canceled:
        raise NotCancelled(f"Build {record.id} has ended by itself, as {record.status}.")
    output.result(f"Build {record.id} of {record.app.name} is cancelled")
