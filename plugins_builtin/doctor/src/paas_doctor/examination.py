"""Ask every plugin what is wrong with what it owns, say so, and have them repair it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from paas import PaasError, hooks, hookspecs, output
from paas.upkeep import Finding, Severity


def examine() -> list[Finding]:
    """All that is wrong on this server."""
    return [finding for plugin in hooks.plugins().implementing(hookspecs.diagnose) for finding in _asked(plugin)]


def _asked(plugin: str) -> Iterator[Finding]:
    """What one plugin finds; that it can't even look is a finding too, and keeps no other from looking."""
    try:
        yield from hooks.plugins().call(plugin, hookspecs.diagnose).get()
    except PaasError as error:
        yield Finding(plugin, error.message, error.hint or f"Mend that, then run paas doctor again to check {plugin}.")


def repair(found: Sequence[Finding]) -> bool:
    """Repair what can be repaired; whether anything was tried."""
    repairable = [one for one in found if one.repair]
    for one in repairable:
        output.step(f"Repairing {one.about}: {one.wrong}")
        try:
            one.repair() if one.repair else None
        except PaasError as error:
            output.warn(f"It could not be repaired: {error.message}", error.hint)
    return bool(repairable)


def show(found: Sequence[Finding]) -> None:
    for one in found:
        output.warn(f"{one.about}: {one.wrong}", one.advice)
    if not found:
        output.result("Nothing is wrong")


def errors(found: Sequence[Finding]) -> list[Finding]:
    return [one for one in found if one.severity is Severity.error]


def summary(errors: Sequence[Finding]) -> str:
    """How many things are wrong, and how many of them `--fix` would repair."""
    count = f"{len(errors)} {'thing is' if len(errors) == 1 else 'things are'} wrong"
    repairable = sum(one.repair is not None for one in errors)
    return f"{count}; paas doctor --fix can repair {repairable} of them." if repairable else f"{count}."


def as_json(finding: Finding) -> dict[str, Any]:
    return {
        "about": finding.about,
        "severity": finding.severity.value,
        "wrong": finding.wrong,
        "advice": finding.advice,
        "repairable": finding.repair is not None,
    }
