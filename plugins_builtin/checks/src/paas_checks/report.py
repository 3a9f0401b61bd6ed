"""What is known of an app's checks."""

from __future__ import annotations

from paas import App, releases
from paas_app_json.api import of_release

from . import healthchecks, policies
from .settings import SETTINGS


def fields(app: App) -> dict[str, str]:
    return {
        "disabled-list": ",".join(policies.listed(app, policies.DISABLED)) or "none",
        "skipped-list": ",".join(policies.listed(app, policies.SKIPPED)) or "none",
        **SETTINGS.report(app),
        **_by_type(app),
    }


def _by_type(app: App) -> dict[str, str]:
    """The live release's checks, as `web: /health, worker: uptime 10` for each type of check."""
    live = releases.live(app)
    by_process = healthchecks.of_manifest(of_release(live)) if live else {}
    checks = [(process, check) for process, some in by_process.items() for check in some]
    return {
        type: ", ".join(f"{process}: {check.name}" for process, check in checks if check.type == type)
        for type in healthchecks.TYPES
    }
