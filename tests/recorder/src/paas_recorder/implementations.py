"""Make an implementation of a hook from its declaration."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

from paas import entrypoints, hookimpl, hookspecs
from paas.hooks import shape_of

from . import calls

Function = Callable[..., Any]


def of_every_hook() -> dict[str, Function]:
    """Name to implementation of each hook of core and of every installed plugin."""
    modules = [
        hookspecs,
        *(entry.load() for entry in entrypoints.declared(entrypoints.HOOKSPECS)[entrypoints.HOOKSPECS]),
    ]
    specs = [thing for module in modules for thing in vars(module).values() if hasattr(thing, "paas_shape")]
    return {spec.__name__: of(spec) for spec in specs}


def of(spec: Function) -> Function:
    """An implementation that writes the call down and leaves everything as it is."""
    signature = inspect.signature(spec)

    def pass_on(*given: Any) -> Any:
        calls.write(spec.__name__, dict(zip(signature.parameters, given, strict=True)))
        return given[0] if shape_of(spec) == "filter" else None

    def stand_around(*given: Any) -> Generator[None, Any, Any]:
        calls.write(spec.__name__, dict(zip(signature.parameters, given, strict=True)))
        return (yield)

    # An answer of ours would end the search for one, and a plain implementation of a role's hook would hold the role.
    wraps = shape_of(spec) in ("answer", "role")
    function: Function = stand_around if wraps else pass_on
    functools.update_wrapper(function, spec, updated=())  # pluggy reads the names of the arguments through it
    return hookimpl(function, wrapper=wraps)
