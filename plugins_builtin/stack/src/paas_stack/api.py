"""The stack, as other plugins use it: `current() or older()` is the image, if there is one, with the label `STACK`."""

from __future__ import annotations

from .making import STACK, content, current, older

__all__ = ["STACK", "content", "current", "older"]
