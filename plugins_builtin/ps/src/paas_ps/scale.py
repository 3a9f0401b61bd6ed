"""How many of each process type an app is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas import App, PaasError, UsageError, apps, lifecycle, state
from paas.apps import PROCESS_TYPE

from .appjson import MAX_COUNT

NOUN = "ps"


def counts(app: App) -> dict[str, int]:
    """What was set, by `ps:scale` or by app.json, which wins."""
    kept = state.properties(NOUN, app.owner)
    return {**kept.get("scale", {}), **kept.get("formation", {})}


def keep(app: App, wanted: Mapping[str, int]) -> None:
    state.change(NOUN, app.owner, {"scale": counts(app) | dict(wanted)})


def shown(app: App) -> dict[str, int]:
    """Every type that the app has, with its count."""
    live = apps.live_release(app)
    if live:
        return lifecycle.formation(app, live.processes)
    return {"web": 1} | counts(app)


def parse(words: Sequence[str]) -> dict[str, int]:
    """`web=2 worker=1` as a mapping.

    Raises:
        UsageError: A word isn't TYPE=COUNT, or names a type again.
    """
    found: dict[str, int] = {}
    for word in words:
        type, _, count = word.partition("=")
        if not PROCESS_TYPE.fullmatch(type) or not (count.isascii() and count.isdigit()) or int(count) > MAX_COUNT:
            raise UsageError(f"{word!r} is not TYPE=COUNT.", hint=f"Such as web=2; at most {MAX_COUNT}.")
        if type in found:
            raise UsageError(f"{type} stands twice.")
        found[type] = int(count)
    return found


def check(app: App, wanted: Mapping[str, int]) -> None:
    """Refuse counts that the app can't have.

    Raises:
        PaasError: app.json decides, or a type is unknown.
    """
    if state.property(NOUN, app.owner, "formation"):
        raise PaasError(
            f"{app.name} contains an app.json file with a formations key and cannot be manually scaled.",
            hint="Change the formation in app.json and push it.",
        )
    live = apps.live_release(app)
    for type, count in wanted.items():
        if live and count and type not in live.processes:
            raise PaasError(
                f"{type} is not a valid process name to scale up.",
                hint=f"The Procfile of {app.name} has: {', '.join(live.processes)}",
            )
