"""Fire a hook by its name, with words from a command line for what it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from paas import PaasError, UsageError, apps, hooks
from paas.hooks import shape_of

CALLS: dict[str, Callable[..., Any]] = {
    "check": hooks.check,
    "tell": hooks.tell,
    "gather": hooks.gather,
    "answer": hooks.ask,
}

READERS: dict[str, Callable[[str], Any]] = {
    "App": apps.load,
    "str": str,
    "str | None": str,
    "int": int,
    "float": float,
}


def fire(name: str, words: Sequence[str]) -> list[str]:
    """Fire a hook.

    Returns:
        What it gathers or answers, a line each.

    Raises:
        PaasError: It refuses, or a plugin failed.
        UsageError: There is no such hook, or words can't say what it takes.
    """
    caller = getattr(hooks.plugins().manager.hook, name, None)
    if caller is None or caller.spec is None:
        raise UsageError(f"There is no hook {name}.", hint=nearest(name))
    spec = caller.spec.function
    shape = shape_of(spec)
    if shape not in CALLS:
        raise UsageError(f"{name} is a {shape} hook, which only a deploy can fire.")
    answer = CALLS[shape](spec, *arguments(spec, words))
    if shape == "tell":
        if answer:
            raise PaasError(f"{name} failed in {', '.join(answer)}.")
        return []
    return lines(answer)


def nearest(name: str) -> str:
    """What to do about a name that no hook has."""
    from difflib import get_close_matches

    known = [known for known, caller in vars(hooks.plugins().manager.hook).items() if getattr(caller, "spec", None)]
    near = get_close_matches(name.replace("-", "_"), known, n=1)
    return f"Did you mean {near[0]}?" if near else "They are listed in hookspecs.md."


def arguments(spec: Callable[..., Any], words: Sequence[str]) -> list[Any]:
    """What a hook takes, read from words.

    Raises:
        UsageError: There are too few or too many, or one stands for what words can't say.
    """
    takes = {name: str(kind) for name, kind in spec.__annotations__.items() if name != "return"}
    usage = f"{spec.__name__} takes {', '.join(f'{n}: {kind}' for n, kind in takes.items()) or 'nothing'}."
    if len(words) != len(takes) or any(kind not in READERS for kind in takes.values()):
        raise UsageError(usage)
    try:
        return [READERS[kind](word) for kind, word in zip(takes.values(), words, strict=True)]
    except ValueError as error:
        raise UsageError(usage) from error


def lines(answer: Any) -> list[str]:
    if isinstance(answer, dict):
        return [f"{key}: {value}" for key, value in answer.items()]
    if isinstance(answer, list):
        return [str(item) for item in answer]
    return [] if answer is None else [str(answer)]
