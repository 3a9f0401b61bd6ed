"""Builds with buildpacks, for the plugins that choose the buildpacks."""

from __future__ import annotations

from .buildpacks import FILE, Buildpack, parse
from .detection import is_allowed, names_buildpacks
from .fetching import require_reachable
from .images import BUILDER, detect
from .settings import image_name

__all__ = [
    "BUILDER", "FILE", "Buildpack", "detect", "image_name", "is_allowed", "names_buildpacks", "parse",
    "require_reachable",
]  # fmt: skip
