"""Start an image that is there already, without a build."""

from __future__ import annotations

from paas import App, PaasError, Release, UsageError, lifecycle, output, releases

LATEST = "latest"
SHORTEST = 4
"""Characters of a commit, so that hardly two begin with the same."""


def deploy(target: App, tag: str, process: str | None) -> None:
    """Start an image of an app anew.

    Args:
        tag: As `find` takes it.
        process: Only this process type.

    Raises:
        PaasError: There is no such image, or it doesn't start: what runs goes on.
    """
    live, release = _live(target), find(releases.all(target), target, tag)
    if process and release != live:
        raise UsageError("One process type alone can only be of the live image.", hint=f"Leave {process} out.")
    _require_image(release)
    output.step(f"Deploying {target.name} from the image of {release.revision or release.reference}")
    if process:
        lifecycle.restart_type(target, process)
    elif release == live:
        lifecycle.resume(target, "deploy")
    else:
        lifecycle.rollback(target, release, (), f"deploy {tag}")


def find(newest_first: list[Release], target: App, tag: str) -> Release:
    """The newest of an app's releases that was live and has the image of a tag.

    Args:
        tag: The commit that the image was built from, or its beginning; or `latest`, the live one.

    Raises:
        PaasError: None has.
    """
    lived = [release for release in newest_first if release.status in ("live", "superseded")]
    wanted = [r for r in lived if tag == LATEST or (len(tag) >= SHORTEST and r.revision.startswith(tag))]
    if not wanted:
        known = ", ".join(dict.fromkeys(release.revision[:12] for release in lived if release.revision))
        raise PaasError(f"{target.name} has no image {tag!r}.", hint=f"It has {LATEST}{known and ', '}{known}")
    return next((release for release in wanted if release.status == "live"), wanted[0])


def _live(target: App) -> Release:
    if live := releases.live(target):
        return live
    raise PaasError(f"{target.name} has not been deployed.", hint="Push it first.")


def _require_image(release: Release) -> None:
    from paas_docker.api import NotFound, engine  # dear, and the other commands of ps do without it

    try:
        engine().image(release.image.id)
    except NotFound as error:
        gone = release.revision or release.reference
        raise PaasError(f"The image of {gone} is gone.", hint="Push that commit again.") from error
