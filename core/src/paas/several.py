"""Do the same to several apps, some of them at once: `--all --parallel N`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import replace

from . import hooks, output
from .apps import App
from .cancelling import Cancelled
from .context import current, use
from .errors import PaasError, UsageError
from .output import Held

Work = Callable[[App], None]


def each(targets: Sequence[App], work: Work, parallel: int = 1) -> None:
    """Do it to every app, even if it fails for some.

    What is said of one app stands together: apps that come one after another are heard at once, of those
    that go together each is heard when it is done.

    Args:
        parallel: How many at once; -1 for as many as there are processors.

    Raises:
        PaasError: It failed, or was cancelled alone, for the named ones of several; or it failed for the only app.
        UsageError: `parallel` is no such number.
    """
    together = min(at_once(parallel), len(targets))
    if len(targets) == 1:
        return work(targets[0])
    worked = _together(targets, work, together) if together > 1 else [_worked(target, work) for target in targets]
    failed = [target.name for target, well in zip(targets, worked, strict=True) if not well]
    if failed:
        raise PaasError(f"Failed for {', '.join(failed)}.", hint="See what was said about each above.")


def at_once(parallel: int) -> int:
    if parallel < -1 or parallel == 0:
        raise UsageError(f"--parallel can't be {parallel}.", hint="Give it 1 or more, or -1 for all processors.")
    return os.cpu_count() or 1 if parallel == -1 else parallel


def _together(targets: Sequence[App], work: Work, count: int) -> list[bool]:
    from concurrent.futures import ThreadPoolExecutor

    hooks.plugins()  # made here, once for all threads
    speaking = threading.Lock()
    with ThreadPoolExecutor(count) as pool:
        try:
            done = [pool.submit(copy_context().run, _heard, target, work, speaking) for target in targets]
            return [one.result() for one in done]
        except BaseException:  # Ctrl-C: what is under way ends, the rest does not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _heard(target: App, work: Work, speaking: threading.Lock) -> bool:
    """Do it to one app with an output of its own, which is heard as a whole; whether it worked."""
    context = current()
    held = Held(quiet=context.output.quiet)
    try:
        with use(replace(context, output=held)):
            return _worked(target, work)
    finally:
        with speaking:
            held.release(context.output)


def _worked(target: App, work: Work) -> bool:
    try:
        work(target)
    except PaasError as error:
        output.warn(f"{target.name}: {error.message}", error.hint)
        return False
    except Cancelled as stop:
        if not stop.alone:
            raise
        output.warn(f"{target.name}: {stop}")
        return False
    return True
