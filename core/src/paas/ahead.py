"""Import what will be wanted while we wait for something else, such as a build or the start of a container."""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib import import_module


def importing(*modules: str) -> None:
    """Begin to import some modules, beside whatever else is done."""
    threading.Thread(target=_import, args=modules, name="importing ahead", daemon=True).start()


def of_build() -> None:
    """Begin to import what plugins list as `ahead_of_build`: a source is about to be unpacked."""
    from . import hooks

    importing("paas.deployment", *hooks.plugins().wanted("ahead_of_build"))


def of_start() -> None:
    """Begin to import what plugins list as `ahead_of_start`: an image is about to be built, or a container started."""
    from . import hooks

    importing(*hooks.plugins().wanted("ahead_of_start"))


def _import(*modules: str) -> None:
    for module in modules:
        with suppress(Exception):  # it comes again where the module is used
            import_module(module)
