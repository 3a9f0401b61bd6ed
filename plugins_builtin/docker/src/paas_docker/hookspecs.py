"""What builds with Docker ask of other plugins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App, Source


@hookspec.gather
def docker_args_build(app: App, source: Source) -> Sequence[str]:
    """Further words for `docker build`, each one word, such as `--build-arg=VERSION=3`.

    Called for every build of an app with Docker, once the source has passed its checks.
    """
    return ()


@hookspec.answer
def registry_logins(app: App) -> Path | None:
    """The folder of the `config.json` with which docker builds an app, if it has logins to registries of its own.

    Called for every build of an app with Docker; None for the logins of all apps, which docker finds by itself.
    """
