"""Hooks of repo: for whoever keeps something to build apps with."""

from __future__ import annotations

from paas import App, hookspec


@hookspec.check
def repo_gc(app: App) -> None:
    """Pack what is kept of an app's source as tightly as can be. Called by `repo:gc`; it may take its time."""


@hookspec.check
def purge_cache(app: App) -> None:
    """Remove what builds of an app have kept for the next one, which then takes as long as the first.

    Called by `repo:purge-cache`, with the app's deploy lock held.
    """
