"""Find the sites that nginx doesn't take."""

from __future__ import annotations

from pathlib import Path

from paas import App, locks

from . import server, serving
from .settings import NOUN


def broken(app: App | None = None) -> dict[Path, str]:
    """The sites that nginx refuses, each with what it says; those that were set aside for it as well.

    Args:
        app: Only look at its site.

    Raises:
        Refused: What nginx refuses is none of the sites.
    """
    aside = [path for path in server.set_aside() if not app or path == server.file(app)]
    alone = [server.aside(path).name for path in aside]
    if app and server.site(app) is not None:
        alone.append(server.file(app).name)
    with locks.exclusive(NOUN):
        found = server.test(*alone) if alone else {}
        found = {path.with_suffix(".conf"): said for path, said in found.items()}
        return found if app else {**found, **server.test()}


def clean() -> None:
    """Set the broken ones aside, so that the others can go on."""
    server.prepare()
    if not server.is_stopped():
        server.reload()
    server.settle(serving.shared)
