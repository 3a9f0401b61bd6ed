"""The hooks of a change of plugins. `install`, which install.sh calls too, is one of core's."""

from __future__ import annotations

from paas import hookspec


@hookspec.tell
def uninstall(plugin: str) -> None:
    """A plugin was taken out of use; it should remove what it keeps outside the store.

    Called by `plugin:uninstall` for the last time that its code is there; the plugin itself and all
    others are told.

    Args:
        plugin: Its name.
    """
