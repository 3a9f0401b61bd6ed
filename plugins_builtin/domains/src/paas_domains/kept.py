"""What the store knows of domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paas import App, state
from paas.state import GLOBAL

NOUN = "domains"


@dataclass(frozen=True)
class Domains:
    """What was said of an app's domains.

    Attributes:
        custom: Those that were added or set, in that order.
        derived: Whether it also has its own name in each global domain.
        enabled: Whether any of them leads to it.
    """

    custom: tuple[str, ...] = ()
    derived: bool = True
    enabled: bool = True


def of(app: App) -> Domains:
    return parse(state.properties(NOUN, app.owner))


def keep(app: App, domains: Domains) -> None:
    state.change(NOUN, app.owner, values(domains))


def values(domains: Domains) -> dict[str, object]:
    """As they are written down; what is as it is for every new app isn't."""
    return {
        "custom": list(domains.custom) or None,
        "derived": None if domains.derived else False,
        "enabled": None if domains.enabled else False,
    }


def of_all() -> dict[str, Domains]:
    """What was said of each app's domains, by owner; apps of which nothing was said are left out."""
    said: dict[str, dict[str, object]] = {}
    for key in ("custom", "derived", "enabled"):
        for owner, value in state.owners(NOUN, key).items():
            said.setdefault(owner, {})[key] = value
    return {owner: parse(values) for owner, values in said.items()}


def parse(values: dict[str, object]) -> Domains:
    custom = values.get("custom") or ()
    assert isinstance(custom, Sequence)
    return Domains(tuple(custom), values.get("derived") is not False, values.get("enabled") is not False)


def global_domains() -> list[str]:
    found: list[str] = state.property(NOUN, GLOBAL, "domains", [])
    return found


def keep_global(domains: Sequence[str]) -> None:
    state.change(NOUN, GLOBAL, {"domains": list(domains) or None})
