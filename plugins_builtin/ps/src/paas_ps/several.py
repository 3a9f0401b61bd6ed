"""Do the same to several apps, some of them at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import replace

from paas import App, PaasError, hooks, output
from paas.context import current, use
from paas.output import Output

Work = Callable[[App], None]


def each(targets: Sequence[App], parallel: int, work: Work) -> None:
    """Do it to every app, even if it fails for some.

    Args:
        parallel: How many at once; -1 for as many as there are processors.

    Raises:
        PaasError: It failed for the only app, or for the named ones of several.
    """
    if len(targets) == 1:
        return work(targets[0])
    from concurrent.futures import ThreadPoolExecutor

    hooks.plugins()  # made here, once for all threads
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1 if parallel == -1 else parallel)) as pool:
        done = [pool.submit(copy_context().run, _alone, target, work) for target in targets]
    failed = [target.name for target, one in zip(targets, done, strict=True) if not one.result()]
    if failed:
        raise PaasError(f"Failed for {', '.join(failed)}.", hint="See what was said about each above.")


def _alone(target: App, work: Work) -> bool:
    """Do it to one app, with an output of its own, as a deploy's log belongs to it alone; whether it worked."""
    context = current()
    with use(replace(context, output=Output(quiet=context.output.quiet))):
        try:
            work(target)
        except PaasError as error:
            output.warn(f"{target.name}: {error.message}", error.hint)
            return False
    return True
