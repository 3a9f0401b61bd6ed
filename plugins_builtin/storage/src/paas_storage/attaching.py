"""Attach folders to an app, and detach them; its containers follow with their next start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from paas import App, PaasError, apps, authorization
from paas.state import CORE

from . import kept, places
from .kept import Attachment


def attach(app: App, wanted: Attachment, *, anew: bool) -> None:
    """Have an app's containers see a folder from their next start on.

    Args:
        anew: Change it if it is there already.

    Raises:
        PaasError: It may not be seen, or something else is in its place.
    """
    places.require_allowed(wanted.path)
    if places.is_ours(Path(wanted.path)):
        _require_no_link(wanted.path)
    require_share(app, wanted.path)
    with CORE.writing():
        before = kept.of(app)
        same = [each for each in before if is_same(each, wanted)]
        if same and not anew:
            raise PaasError("Mount path already exists.", hint=f"See storage:list {app.name}")
        require_free([each for each in before if each not in same], wanted)
        others = [(owner, each) for owner, each in kept.of_all() if owner != app or each not in same]
        require_flat([*others, *kept.in_use()], wanted)
        kept.keep(app, [wanted if each in same else each for each in before] if same else [*before, wanted])


def detach(app: App, source: str, target: str | None, options: str | None = None) -> None:
    """Have an app's containers not see a folder any more from their next start on.

    Args:
        source: Its path, or the name of its volume.
        target: Where it is in the containers; None for wherever it is.
        options: Those that it must have; None for any.

    Raises:
        PaasError: There is no such mount.
    """
    with CORE.writing():
        before = kept.of(app)
        gone = [
            each
            for each in before
            if source in (each.source, each.path) and target in (None, each.target) and options in (None, each.options)
        ]
        if not gone:
            raise PaasError("Mount path does not exist.", hint=f"See storage:list {app.name}")
        kept.keep(app, [each for each in before if each not in gone])


def restore(app: App, wanted: Sequence[Attachment]) -> None:
    """Have an app's mounts be as they were; within the transaction of whoever restores them.

    Raises:
        PaasError: A folder may not be seen any more, or its volume is gone.
    """
    for each in wanted:
        places.require_allowed(each.path)
        require_flat([(owner, other) for owner, other in [*kept.of_all(), *kept.in_use()] if owner != app], each)
    kept.keep(app, wanted)


def is_same(one: Attachment, other: Attachment) -> bool:
    return (one.path, one.target) == (other.path, other.target)


def require_free(others: Iterable[Attachment], wanted: Attachment) -> None:
    """Refuse two mounts at one place of a container.

    Raises:
        PaasError: Another is there.
    """
    for each in others:
        if each.target == wanted.target and _meet(each.phases, wanted.phases) and _meet_types(each, wanted):
            raise PaasError(
                f"{each.path} is mounted at {each.target} already.",
                hint="Choose another place, or unmount that one first.",
            )


def require_flat(others: Iterable[tuple[App, Attachment]], wanted: Attachment) -> None:
    """Refuse a folder inside of another that containers may write to: they could put a link in its place.

    Docker would follow that at the container's next start, also one that nobody asked for.

    Raises:
        PaasError: One lies in the other.
    """
    for app, each in others:
        for outer, inner in ((each, wanted), (wanted, each)):
            if _is_inside(inner.path, outer.path) and not outer.is_read_only:
                writer = app.name if outer is each else "this mount"
                raise PaasError(
                    f"{inner.path} lies in {outer.path}, which {writer} may write to, and could put a link there.",
                    hint="Mount folders beside each other, or the outer one read-only.",
                )


def require_share(app: App | None, path: str) -> None:
    """Refuse a folder of other apps to a key that may not mount for those as well.

    Args:
        app: Whose it is to be; None for nobody's.

    Raises:
        PaasError: What the `authorize` hook says.
    """
    authorization.authorize("storage:mount", sorted(_sharing(app, path)))


def _sharing(app: App | None, path: str) -> set[str]:
    """The apps that use a folder, or whose name it has."""
    users = {owner.name for owner, each in kept.of_all() if overlaps(each.path, path)}
    named = {other.name for other in apps.all() if other.name in Path(path).parts and places.is_ours(Path(path))}
    return (users | named) - ({app.name} if app else set())


def overlaps(one: str, other: str) -> bool:
    """Whether two paths are the same, or one lies in the other."""
    return one == other or _is_inside(one, other) or _is_inside(other, one)


def _is_inside(inner: str, outer: str) -> bool:
    return inner != outer and Path(inner).is_relative_to(outer)


def _meet(some: Iterable[str], others: Iterable[str]) -> bool:
    return bool(set(some) & set(others))


def _meet_types(one: Attachment, other: Attachment) -> bool:
    return not one.processes or not other.processes or _meet(one.processes, other.processes)


def _require_no_link(path: str) -> None:
    try:
        places.exists(path)
    except PermissionError:
        return  # root looks at it when it is mounted
