"""The process types of a source."""

from __future__ import annotations

from collections.abc import Mapping

from paas import App, Source
from paas.lifecycle import ROUTED

from . import procfile
from .settings import SETTINGS


def of(app: App, source: Source) -> Mapping[str, str]:
    """Process type to command, by the Procfile and the app's start-cmd; empty if neither says anything."""
    found = dict(procfile.read(source.folder / SETTINGS.value(app, "procfile-path")))
    if command := SETTINGS.value(app, "start-cmd"):
        found[ROUTED] = command
    return found
