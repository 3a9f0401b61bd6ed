"""What plugins say when the whole server is looked over: what is wrong with it, and what nobody needs any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    error = "error"
    """Something doesn't work, or soon won't."""
    warning = "warning"
    """Everything works, but somebody should know."""


@dataclass(frozen=True)
class Finding:
    """Something about the installation that isn't as it should be.

    Attributes:
        about: What it is about, in a word or two: an app, `store`, `disk` …
        wrong: What is wrong, a sentence.
        advice: What to do about it, a sentence or a command.
        repair: Makes it right, or raises PaasError; None where that isn't safe to do unasked. It is called some time
            after the finding, so it looks again before it removes or replaces anything.
    """

    about: str
    wrong: str
    advice: str
    severity: Severity = Severity.error
    repair: Callable[[], None] | None = None


@dataclass(frozen=True)
class Leftover:
    """Something of ours that takes room and is of no use.

    Attributes:
        kind: container, image, network or folder.
        name: Under which a person would find it.
        size: Bytes that it takes, at most: images share some.
        remove: Removes it unless it has come into use meanwhile; raises PaasError.
    """

    kind: str
    name: str
    size: int
    remove: Callable[[], None]
