"""app.json, for the plugins that find something of theirs in it.

    from paas_app_json.api import of_source

    healthchecks = of_source(app, source).get("healthchecks", {})

A source's is read anew each time; a release's is what its source held when it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas import Release

from . import kept
from .manifest import of_source, parse
from .scripts import RELEASE
from .sourcefile import read as read_file

__all__ = ["RELEASE", "of_release", "of_source", "parse", "read_file"]


def of_release(release: Release) -> Mapping[str, Any]:
    """What app.json held when a release was made; empty if it had none."""
    return kept.of_release(release.id)
