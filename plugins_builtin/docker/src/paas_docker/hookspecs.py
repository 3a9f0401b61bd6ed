"""What builds with Docker ask of other plugins."""

from __future__ import annotations

from collections.abc import Sequence
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
