"""What new processes must pass, how they are replaced, and how long old ones may finish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, Release, Source, hookimpl

if TYPE_CHECKING:
    from paas_scheduler.api.checks import Check, Policy

ahead_of_build = ("paas_checks.healthchecks",)
ahead_of_start = ("paas_checks.startup", "paas_checks.policies")


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from paas import output
    from paas_app_json.api import of_source

    from . import healthchecks

    manifest = of_source(app, source)
    healthchecks.of_manifest(manifest)
    if fields := healthchecks.unknown(manifest):
        output.warn(f"Healthchecks in app.json have no {', '.join(fields)}: these fields do nothing.")


@hookimpl
def check_policy(app: App, type: str) -> Policy | None:
    from . import policies

    return policies.of(app, type)


@hookimpl
def startup_checks(release: Release, type: str) -> Sequence[Check]:
    from . import startup

    return startup.checks(release, type)


@hookimpl
def wait_to_retire(app: App) -> float:
    from .settings import SETTINGS

    return int(SETTINGS.value(app, "wait-to-retire"))


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import policies
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    policies.copy(app, copy)
