"""The releases of an app, and which of them can be gone back to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from paas import App, PaasError, Release, releases

MAX_RECORDS = 1000
"""Records of releases that an app has; each is as big as its variables."""
LIVED = ("live", "superseded")


def shorten(app: App) -> None:
    """Forget the oldest releases of an app that has very many."""
    releases.forget(app, MAX_RECORDS)


def load(app: App, number: int) -> Release:
    """A release by its number.

    Raises:
        PaasError: There is none.
    """
    for release in releases.all(app):
        if release.number == number:
            return release
    raise PaasError(f"{app.name} has no release {number}.", hint=f"See releases:list {app.name}")


def before_live(app: App) -> Release:
    """The release that was live before what runs: the last one that a rollback would change anything with.

    Raises:
        PaasError: There is none.
    """
    every = releases.all(app)
    live = next((release for release in every if release.status == "live"), None)
    if not live:
        raise PaasError(f"{app.name} has not been deployed.", hint="Push it first.")
    if not (found := last_other(every, live)):
        raise PaasError(f"{app.name} ran nothing else before release {live.number}.")
    return found


def last_other(newest_first: Sequence[Release], live: Release) -> Release | None:
    """The newest of an app's releases that once was live and isn't the same as what is.

    A restart releases the same again; to go back to that would be no way back.
    """
    return next((r for r in newest_first if r.status == "superseded" and _essence(r) != _essence(live)), None)


def require_possible(app: App, release: Release, images: Collection[str]) -> None:
    """Refuse to go back to a release.

    Args:
        images: The ids of those that are there.

    Raises:
        PaasError: It is live, never was, or its image is gone.
    """
    if release.status == "live":
        raise PaasError(f"Release {release.number} is live.", hint=f"Start it anew with ps:restart {app.name}")
    if release.status not in LIVED:
        why = "never was live" if release.status == "failed" else "is not live yet"
        raise PaasError(f"Release {release.number} {why}.", hint=choices(app, images))
    if release.image.id not in images:
        raise PaasError(f"The image of release {release.number} is gone.", hint=choices(app, images))


def choices(app: App, images: Collection[str]) -> str:
    """What to say to someone who can't go back to what they chose."""
    possible = [str(r.number) for r in releases.all(app) if r.status == "superseded" and r.image.id in images]
    if not possible:
        return f"There is no release of {app.name} to go back to: push what shall run."
    return f"{app.name} can go back to: {', '.join(possible)}"


def _essence(release: Release) -> object:
    return release.image.id, release.processes, release.parts.get("config")
