"""The options of an app as they are kept: by phase, and for processes of one type by `deploy.TYPE`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas import App, state

NOUN = "docker-options"
PHASES = ("build", "deploy", "run")

Options = Mapping[str, Sequence[str]]
"""Scope, such as `run` or `deploy.web`, to options, each one word: `--shm-size=64m`."""


def of(app: App) -> dict[str, list[str]]:
    """All options of an app, by scope, in the order in which they were added."""
    found: dict[str, list[str]] = state.property(NOUN, app.owner, "options", {})
    return found


def of_container(app: App, type: str, *, is_process: bool) -> list[str]:
    """What a container gets.

    Args:
        is_process: It is a process of the app, and not a command that somebody runs.
    """
    found = of(app)
    if not is_process:
        return found.get("run", [])
    return [*found.get("deploy", []), *found.get(f"deploy.{type}", [])]


def keep(app: App, options: Options) -> None:
    state.change(NOUN, app.owner, {"options": {scope: list(each) for scope, each in options.items() if each} or None})
