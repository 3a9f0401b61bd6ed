"""Check processes that run, as a deploy would check them."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, PaasError, Process, output, releases
from paas_scheduler import api as scheduler


def run(app: App, words: Sequence[str]) -> None:
    """Check these processes of an app, all of them if none is named.

    Raises:
        PaasError: Nothing of that name runs, or one doesn't pass.
    """
    by_id = {release.id: release for release in releases.all(app)}
    failed = 0
    for process in chosen(app, words):
        try:
            scheduler.check(app, by_id[process.release_id], process)
        except PaasError as error:
            output.warn(error.message, error.hint)
            failed += 1
    if failed:
        raise PaasError(f"{failed} of the processes of {app.name} did not pass their checks.")


def chosen(app: App, words: Sequence[str]) -> list[Process]:
    """The processes that `web`, `web.1` or `web,worker` name.

    Raises:
        PaasError: A word names none that runs.
    """
    running = releases.processes(app)
    if not running:
        raise PaasError(f"Nothing of {app.name} runs.", hint=f"Deploy it, or start it with ps:start {app.name}")
    names = [name for word in words for name in word.split(",") if name]
    for name in names:
        if not any(name in (str(process.slot), process.slot.type) for process in running):
            hint = f"These do: {', '.join(str(process.slot) for process in running)}"
            raise PaasError(f"No process {name} of {app.name} runs.", hint=hint)
    return [p for p in running if not names or {str(p.slot), p.slot.type} & set(names)]
