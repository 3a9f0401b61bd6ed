"""Where a command is to run, or which one is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas import App, PaasError, Process, Release, UsageError, releases
from paas_scheduler import api as scheduler
from paas_scheduler.api import OneOff

from .given import without_dashes
from .params import app_of

SHORTEST_ID = 4
ID_OPTION = "--container-id"


def live(app: App) -> Release:
    """What a command of an app runs on.

    Raises:
        PaasError: The app was never deployed.
    """
    if release := releases.live(app):
        return release
    raise PaasError(f"App {app.name} has not been deployed", hint="Push it first.")


def app_name(name: str | None, container: str | None) -> str:
    """The app that is named, or whose container is.

    Raises:
        UsageError: Neither is, or they don't belong together.
    """
    if container and name not in (None, app_of(container)):
        raise UsageError(f"{container} is no container of {name}.")
    if container or name:
        return name or app_of(container or "")
    raise UsageError("Name an app, or one of its containers with --container.")


def chosen(app: App, running: Sequence[OneOff], container: str | None) -> Sequence[OneOff]:
    """All commands that run, or that of a container.

    Raises:
        PaasError: It doesn't run.
    """
    found = [one for one in running if container in (None, one.name)]
    if container and not found:
        raise PaasError(f"{container} doesn't run.", hint=f"See run:list {app.name}")
    return found


def container_id(words: list[str], id: str) -> tuple[list[str], str]:
    """The words that are left, and the container's id, which Dokku takes behind the app; no process is called so.

    Args:
        id: What was given before the app, empty for none.

    Raises:
        UsageError: The option stands there without an id.
    """
    option, equals, value = words[0].partition("=") if words else ("", "", "")
    if id or option != ID_OPTION:
        return words, id
    if not equals:
        value, words = (words[1] if len(words) > 1 else ""), words[1:]
    if not value:
        raise UsageError(f"{ID_OPTION} needs the id of a container.", hint="See ps:report APP")
    return words[1:], value


def of(app: App, words: list[str], container_id: str) -> tuple[str, Sequence[str]]:
    """The container that `enter` names with its words, and the command that is left of them.

    Raises:
        PaasError: It doesn't run, or several could be meant.
    """
    live(app)
    there = containers(releases.processes(app), scheduler.one_offs(app), app)
    if container_id:
        return _by_id(app, there, container_id), without_dashes(words)
    if words and words[0] != "--":
        return _by_name(app, there, words[0]), without_dashes(words[1:])
    return _only(app, there), without_dashes(words)


def containers(processes: Sequence[Process], running: Sequence[OneOff], app: App) -> dict[str, str]:
    """The name of each process and command (`web.1`, `run.1234`) to its container."""
    named = {str(process.slot): process.container for process in processes}
    return named | {one.name.removeprefix(f"{app.name}."): one.container for one in running}


def _by_id(app: App, there: Mapping[str, str], id: str) -> str:
    found = [container for container in there.values() if container.startswith(id) and len(id) >= SHORTEST_ID]
    if len(found) != 1:
        raise PaasError(f"No container of {app.name} has the id {id[:64]!r}.", hint=f"See ps:report {app.name}")
    return found[0]


def _by_name(app: App, there: Mapping[str, str], name: str) -> str:
    found = [container for each, container in there.items() if name in (each, each.rpartition(".")[0])]
    if not found:
        raise PaasError(
            f"{app.name} runs no process {name[:64]!r}.",
            hint=f"It runs: {', '.join(there) or 'nothing'}. A command for the only one stands after --",
        )
    return found[0]


def _only(app: App, there: Mapping[str, str]) -> str:
    types = sorted({name.rpartition(".")[0] for name in there})
    if len(types) != 1:
        hint = f"Name one of: {', '.join(there)}" if there else f"See ps:scale {app.name}, or ps:start {app.name}"
        raise PaasError(f"{app.name} runs {'several processes' if there else 'nothing'}.", hint=hint)
    return next(iter(there.values()))
