"""What is wrong with the networks of apps."""

from __future__ import annotations

from collections.abc import Iterator

from paas import apps
from paas.state import GLOBAL
from paas.upkeep import Finding
from paas_docker.api import engine

from .settings import JOINED, SETTINGS


def diagnose() -> Iterator[Finding]:
    """The networks that are set and don't exist: the next deploy would fail."""
    there = {name for name, _ in engine().networks()}
    for label, owner in [(GLOBAL, GLOBAL), *((app.name, app.owner) for app in apps.all())]:
        for key in JOINED:
            for name in (SETTINGS.own(owner, key) or "").split():
                if name not in there:
                    advice = f"network:create {name} makes it; network:set changes it."
                    yield Finding(label, f"Its {key} {name} does not exist.", advice)
