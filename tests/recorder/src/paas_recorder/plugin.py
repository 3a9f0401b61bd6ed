"""An implementation of every hook that is declared, made from the declarations."""

from __future__ import annotations

from . import implementations

globals().update(implementations.of_every_hook())
