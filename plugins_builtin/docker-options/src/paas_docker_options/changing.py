"""Add and take away options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from paas import App, PaasError, authorization, output, state

from . import checking, kept


def add(app: App, scopes: Iterable[str], options: Sequence[str]) -> None:
    """Add options to each scope that lacks them.

    Raises:
        PaasError: One is for root, and somebody else adds it.
    """
    with state.CORE.writing():
        found = kept.of(app)
        changed = {**found, **{scope: list(dict.fromkeys([*found.get(scope, ()), *options])) for scope in scopes}}
        _require_share(found, changed)
        kept.keep(app, changed)


def remove(app: App, scopes: Sequence[str], options: Sequence[str]) -> None:
    """Take options away from each scope that has them.

    Raises:
        PaasError: No scope has one of them.
    """
    with state.CORE.writing():
        found = kept.of(app)
        there = {option for scope in scopes for option in found.get(scope, ())}
        if missing := [option for option in options if option not in there]:
            raise PaasError(f"{app.name} has no {missing[0]} there.", hint=f"See docker-options:report {app.name}")
        left = {scope: [each for each in found.get(scope, ()) if each not in options] for scope in scopes}
        kept.keep(app, {**found, **left})


def clear(app: App, scopes: Iterable[str]) -> None:
    with state.CORE.writing():
        kept.keep(app, {**kept.of(app), **{scope: [] for scope in scopes}})


def restore(app: App, options: Mapping[str, Sequence[str]]) -> None:
    """Have the options of an older release.

    Raises:
        PaasError: One is for root, isn't there now, and somebody else goes back.
    """
    _require_share(kept.of(app), options)
    kept.keep(app, options)


def duplicate(app: App, copy: App) -> None:
    """Give a copy the options of an app, but for those that whoever copies it could not add."""
    options = kept.of(app)
    if private := _for_root({}, options):
        try:
            _require_share({}, options)
        except PaasError:
            options = {s: [each for each in have if (s, each) not in private] for s, have in options.items()}
            words = " ".join(dict.fromkeys(option for _, option in private))
            output.warn(f"{copy.name} has not got {words}, which only root on the server may give it.")
    kept.keep(copy, options)


def _require_share(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> None:
    if added := _for_root(before, after):
        authorization.require_root(
            f"{added[0][1].partition('=')[0]} gives a container more of the server, which is for root to do.",
            "On the server: sudo paas docker-options:add …",
        )


def _for_root(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """What is new and for root: scope and option."""
    return [
        (scope, option)
        for scope, options in after.items()
        for option in options
        if checking.for_root(option, scope) and option not in before.get(scope, ())
    ]
