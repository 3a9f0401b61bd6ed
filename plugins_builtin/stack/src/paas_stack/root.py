"""What root does for the stack: the base of the stack, as debootstrap makes it."""

from __future__ import annotations

from paas import UsageError
from paas.paths import Paths


def base(paths: Paths, again: str = "") -> None:
    """Have an image with a minimal system of this server's distribution, and print its name.

    Args:
        again: `--no-cache` to make it even if it is there.
    """
    from . import bootstrap

    if again not in ("", "--no-cache"):
        raise UsageError(f"{again!r} is not --no-cache.")
    print(bootstrap.image(paths, anew=bool(again)))
