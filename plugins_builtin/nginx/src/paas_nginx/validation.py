"""Find the sites that nginx doesn't take."""

from __future__ import annotations

from pathlib import Path

from paas import locks

from . import server
from .refusal import Refused, culprit, essence
from .settings import NOUN


def broken(*, clean: bool) -> dict[Path, str]:
    """The sites that nginx refuses, each with what it says; they are set aside to find the next one.

    Args:
        clean: Leave them aside, so that the others can go on.

    Raises:
        Refused: What nginx refuses is none of the sites.
    """
    found: dict[Path, str] = {}
    with locks.exclusive(NOUN):
        try:
            while (refused := _refused()) is not None:
                path = culprit(refused.said, server.read_all())
                if path is None:
                    raise refused
                found[path] = essence(refused.said)
                server.set_aside(path)
        finally:
            if not clean:
                for path in found:
                    server.aside(path).replace(path)
    return found


def _refused() -> Refused | None:
    try:
        server.test()
    except Refused as refused:
        return refused
    return None
