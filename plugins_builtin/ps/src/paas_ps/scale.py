"""How many of each process type an app is to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paas import App, PaasError, Release, UsageError, deployment, output, releases, state
from paas.context import current
from paas.releases import PROCESS_TYPE
from paas_app_json.api import RELEASE

from .appjson import MAX_COUNT

NOUN = "ps"


def counts(app: App) -> Mapping[str, int]:
    """What was set: by the app.json of the source that is being deployed or is live, else by `ps:scale`."""
    asked = _asked(app)
    kept = state.properties(NOUN, app.owner)
    return (kept.get("formation") if asked is None else asked) or kept.get("scale", {})


def keep(app: App, wanted: Mapping[str, int]) -> None:
    """Have these counts from now on; those of other types stay."""
    state.change(NOUN, app.owner, {"scale": state.property(NOUN, app.owner, "scale", {}) | dict(wanted)})


def ask(app: App, formation: Mapping[str, int]) -> None:
    """Release a source with what its app.json asks for; empty for nothing."""
    current().provide(_resource(app), formation)


def keep_what_was_asked(app: App) -> None:
    """The source is live: what its app.json asked for holds until the next one."""
    state.change(NOUN, app.owner, {"formation": dict(_asked(app) or {}) or None})


def kept(app: App) -> dict[str, Any]:
    """What was set, for the release that is about to be recorded."""
    asked = _asked(app)
    kept = state.properties(NOUN, app.owner)
    return {"scale": kept.get("scale"), "formation": kept.get("formation") if asked is None else dict(asked) or None}


def restore(app: App, kept: Mapping[str, Any]) -> None:
    """Have it as a release has kept it."""
    state.change(NOUN, app.owner, {key: kept.get(key) for key in ("scale", "formation")})


def copy(app: App, copy: App) -> None:
    kept = state.properties(NOUN, app.owner)
    state.change(NOUN, copy.owner, {key: kept.get(key) for key in ("scale", "formation")})


def shown(app: App) -> dict[str, int]:
    """Every type that the app has, with its count."""
    live = releases.live(app)
    if live:
        return deployment.formation(app, live.processes)
    return {releases.ROUTED: 1, **counts(app)}


def is_by_hand(app: App) -> bool:
    """Whether `ps:scale` decides, rather than an app.json."""
    return not state.property(NOUN, app.owner, "formation")


def parse(words: Sequence[str]) -> dict[str, int]:
    """`web=2 worker=1` as a mapping.

    Raises:
        UsageError: A word isn't TYPE=COUNT, or names a type again.
    """
    found: dict[str, int] = {}
    for word in words:
        type, _, count = word.partition("=")
        if not PROCESS_TYPE.fullmatch(type) or not (count.isascii() and count.isdigit() and len(count) < 9):
            raise UsageError(f"{word[:80]!r} is not TYPE=COUNT.", hint="Such as web=2")
        if int(count) > MAX_COUNT:
            raise UsageError(f"{int(count)} processes are too many.", hint=f"{MAX_COUNT} of a type are the most.")
        if type in found:
            raise UsageError(f"{type} stands twice.", hint="Name each type once.")
        found[type] = int(count)
    return found


def check(app: App, wanted: Mapping[str, int]) -> None:
    """Refuse counts that the app can't have.

    Raises:
        PaasError: app.json decides, or a type is unknown.
    """
    if not is_by_hand(app):
        raise PaasError(
            f"The app.json of {app.name} has a formation, so it can't be scaled by hand.",
            hint="Change the formation in app.json and push, or take it out to scale by hand.",
        )
    runs_once(wanted)
    live = releases.live(app)
    for type, count in wanted.items():
        if live and count and type not in live.processes:
            raise PaasError(
                f"{type} is not a valid process name to scale up.",
                hint=f"{app.name} has: {', '.join(live.processes)}. Others are named in a Procfile.",
            )


def say_when_nothing_runs(app: App, release: Release) -> None:
    """A deploy that starts nothing succeeds, and looks as if it had not."""
    types = [type for type in release.processes if type != RELEASE]
    if types and not any(deployment.formation(app, release.processes).values()):
        output.warn(
            f"Nothing of {app.name} runs: it has none of {', '.join(types)}.", f"Try ps:scale {app.name} {types[0]}=1"
        )


def runs_once(wanted: Mapping[str, int]) -> None:
    """Refuse to count what runs once before each deploy.

    Raises:
        PaasError: It is counted.
    """
    if wanted.get(RELEASE):
        raise PaasError(
            f"{RELEASE} can't be scaled up: it runs once before each deploy, to its end.",
            hint="Name a process that goes on differently in the Procfile.",
        )


def _asked(app: App) -> Mapping[str, int] | None:
    """What the app.json asks for of the source that this run deploys; None if it deploys none."""
    return current().resource(_resource(app), lambda: None)


def _resource(app: App) -> str:
    return f"ps.formation.{app.id}"
