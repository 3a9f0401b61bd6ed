"""The git: commands that deploy what wasn't pushed."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, output, releases, state
from paas.params import AppName

from . import commit, folder, repository
from .commit import Author, Origin
from .settings import SETTINGS, image_name

User = Annotated[str, typer.Argument(metavar="[GIT-USER]", help="Author of the commit.")]
Email = Annotated[str, typer.Argument(metavar="[GIT-EMAIL]", help="Their address.")]
BuildDir = Annotated[str | None, typer.Option("--build-dir", help="A folder of the server to build with.")]


class Kind(StrEnum):
    tar = "tar"
    tar_gz = "tar.gz"
    zip = "zip"


def add_commands(commands: typer.Typer) -> None:
    """Add them to the git: commands."""
    # Options stand before the app, so that the word -- arrives as it is.
    commands.command("from-archive", context_settings={"allow_interspersed_args": False})(from_archive)
    for name, function in (
        ("from-directory", from_directory),
        ("from-image", from_image),
        ("load-image", load_image),
        ("sync", sync),
    ):
        commands.command(name)(function)


def from_archive(
    name: AppName,
    url: Annotated[str | None, typer.Argument(metavar="URL|--", help="Where it is; -- for standard input.")] = None,
    user: User = Author.name,
    email: Email = Author.email,
    kind: Annotated[Kind, typer.Option("--archive-type", help="What it is.")] = Kind.tar,
) -> None:
    """Deploy the files of an archive, from a web address or standard input."""
    from . import archive, remote

    target = apps.load(name)
    limits = archive.Limits.of(target)
    from_stdin = url in (None, "--")
    if user.startswith("--"):
        raise UsageError(f"{user} stands behind the app.", hint=f"git:from-archive {user} … {name} URL")
    if from_stdin and sys.stdin.isatty():
        raise UsageError("No archive was passed.", hint=f"tar -c . | ssh … git:from-archive {name} --")
    origin = Origin("git:from-archive", kind.value, "--" if from_stdin else remote.public(str(url)))
    output.step("Reading the archive")
    coming = remote.stored(sys.stdin.buffer, limits.size) if from_stdin else remote.downloaded(str(url), limits.size)
    with folder.prepared() as files:
        with coming as file:
            archive.unpack(file, kind.value, files, limits)
        commit.deploy(target, files, Author(user, email), origin)


def from_directory(
    name: AppName,
    directory: Annotated[str, typer.Argument(metavar="DIRECTORY", help="A folder of the server.")],
    user: User = Author.name,
    email: Email = Author.email,
) -> None:
    """Deploy the files of a folder of the server."""
    target = apps.load(name)
    with folder.prepared(directory) as files:
        commit.deploy(target, files, Author(user, email), Origin("git:from-directory", "directory", directory))


def from_image(
    name: AppName,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="As docker pull takes it.")],
    user: User = Author.name,
    email: Email = Author.email,
    build_dir: BuildDir = None,
    force: Annotated[bool, typer.Option("--force", help="Deploy even if it is the same image.")] = False,
) -> None:
    """Deploy an image that exists."""
    origin = Origin("git:from-image", "docker-image", image_name(image))
    _deploy_image(apps.load(name), origin, Author(user, email), build_dir, force=force)


def load_image(
    name: AppName,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The image in the archive.")],
    user: User = Author.name,
    email: Email = Author.email,
    build_dir: BuildDir = None,
) -> None:
    """Deploy an image from a `docker save` archive on standard input."""
    from paas_docker.api import engine

    target = apps.load(name)
    origin = Origin("git:load-image", "docker-image", image_name(image))
    if sys.stdin.isatty():
        raise UsageError("No archive was passed.", hint=f"docker save {image} | ssh … git:load-image {name} {image}")
    output.step(f"Loading {image}")
    loaded = engine().load(sys.stdin.buffer)
    if image not in loaded and f"{image}:latest" not in loaded:
        raise PaasError(f"The archive holds no {image}.", hint=f"It holds: {', '.join(loaded) or 'nothing'}")
    # The same name may have been loaded before with another image behind it.
    _deploy_image(target, origin, Author(user, email), build_dir, force=True)


def sync(
    name: AppName,
    url: Annotated[str, typer.Argument(metavar="REPOSITORY", help="Its URL.")],
    ref: Annotated[str | None, typer.Argument(metavar="[REF]", help="A branch, tag or commit.")] = None,
    build: Annotated[bool, typer.Option("--build", help="Deploy it.")] = False,
    build_if_changes: Annotated[bool, typer.Option("--build-if-changes", help="Deploy it if it is new.")] = False,
    skip_deploy_branch: Annotated[
        bool, typer.Option("--skip-deploy-branch", help="Don't make REF the deploy branch.")
    ] = False,
) -> None:
    """Fetch another repository into the app's, and deploy it if asked to.

    Without REF it is the deploy branch or, while none is chosen, the repository's default branch.
    """
    from . import receive, remote

    target = apps.load(name)
    branch = SETTINGS.value(target, "deploy-branch")
    if not ref and receive.is_chosen(target):
        ref = branch
    revision, fetched = remote.fetch(target, url, ref)
    if fetched and not skip_deploy_branch and not SETTINGS.own(target, "deploy-branch"):
        branch = fetched
    if build or (build_if_changes and revision != _live_revision(target)):
        commit.move(target, branch, revision, Origin("git:sync", "git-sync", remote.public(url)))
    else:
        repository.git(repository.path(target), "update-ref", f"refs/heads/{branch}", revision)
        output.step(f"Set {branch} to {revision[:12]}; nothing was deployed")
    if branch != SETTINGS.value(target, "deploy-branch"):
        SETTINGS.set(target, "deploy-branch", branch)


def _deploy_image(target: App, origin: Origin, author: Author, build_dir: str | None, *, force: bool) -> None:
    with folder.prepared(build_dir) as files:
        (files / "Dockerfile").unlink(missing_ok=True)  # which could be a link to anywhere
        (files / "Dockerfile").write_text(f"FROM {origin.reference}\n")
        commit.deploy(target, files, author, origin, force=force)
    state.change("git", target.owner, {"source-image": origin.reference})


def _live_revision(target: App) -> str:
    live = releases.live(target)
    return live.revision if live else ""
