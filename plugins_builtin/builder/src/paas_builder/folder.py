"""The part of a source that is built."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from paas import App, PaasError, Source

from .settings import SETTINGS


def chosen(source: Source, app: App) -> Source:
    """The source, narrowed to the app's build-dir if it has one.

    Raises:
        PaasError: The source has no such folder, or it lies outside of it.
    """
    wanted = SETTINGS.value(app, "build-dir")
    if not wanted:
        return source
    # realpath, as Path.resolve raises where links lead in a circle.
    root, folder = (Path(os.path.realpath(path)) for path in (source.folder, source.folder / wanted))
    if not os.path.isdir(folder) or not folder.is_relative_to(root):  # noqa: PTH112 (an overlong name is False here)
        raise PaasError(
            f"The source of {app.name} has no folder {wanted}, which is its build-dir.",
            hint=f"Change it with builder:set {app.name} build-dir FOLDER, or clear it by leaving FOLDER out.",
        )
    return replace(source, folder=folder)
