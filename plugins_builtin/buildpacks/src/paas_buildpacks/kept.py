"""The buildpacks that someone has listed for an app, as they are kept: each as `URL[#REF[:FOLDER]]`, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, InvalidValue, PaasError, state
from paas_builder_herokuish.api import parse

NOUN = "buildpacks"


def of(app: App) -> list[str]:
    found: list[str] = state.property(NOUN, app.owner, "list", [])
    return found


def keep(app: App, listed: Sequence[str]) -> None:
    state.change(NOUN, app.owner, {"list": list(listed) or None})


def with_one_more(listed: Sequence[str], pack: str, index: int | None) -> list[str]:
    """A list with a buildpack put in.

    Args:
        index: Its place, from 1; behind the others if there is no such place, or None.

    Raises:
        InvalidValue: It is in the list already.
    """
    _require_new(listed, pack)
    place = len(listed) if index is None else index - 1
    return [*listed[:place], pack, *listed[place:]]


def with_another(listed: Sequence[str], pack: str, index: int) -> list[str]:
    """A list with a buildpack in the place of another, or behind the others if there is no such place.

    Raises:
        InvalidValue: It is in the list already, in another place.
    """
    others = [*listed[: index - 1], *listed[index:]]
    _require_new(others, pack)
    return [*listed[: index - 1], pack, *listed[index:]]


def place_of(app: App, pack: str | None, index: int | None) -> int:
    """Where a buildpack of an app stands, from 0, by one of the two.

    Raises:
        PaasError: It doesn't.
    """
    listed = of(app)
    if not listed:
        raise PaasError(f"{app.name} has no list of buildpacks.", hint=f"Add one with buildpacks:add {app.name} URL")
    if pack is not None and (known := str(parse(pack))) in listed:
        return listed.index(known)
    if index is not None and index <= len(listed):
        return index - 1
    wanted = f"buildpack {pack}" if pack is not None else f"buildpack at {index}"
    raise PaasError(f"{app.name} has no {wanted}.", hint=f"See buildpacks:list {app.name}")


def _require_new(listed: Sequence[str], pack: str) -> None:
    if pack in listed:
        raise InvalidValue(
            f"{pack} is in the list already, at {listed.index(pack) + 1}.", hint="Take it out with buildpacks:remove."
        )
