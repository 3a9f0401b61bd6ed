"""The git: commands that deploy what wasn't pushed."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from paas import App, InvalidValue, PaasError, UsageError, apps, output, state
from paas.params import AppName
from paas_docker.api import engine

from . import archive, commit, remote, repository
from .archive import Limits
from .commit import Author
from .settings import SETTINGS

User = Annotated[str, typer.Argument(metavar="[GIT-USER]", help="Author of the commit.")]
Email = Annotated[str, typer.Argument(metavar="[GIT-EMAIL]", help="Their address.")]
BuildDir = Annotated[str | None, typer.Option("--build-dir", help="A folder of the server to build with.")]
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}")


class Kind(StrEnum):
    tar = "tar"
    tar_gz = "tar.gz"
    zip = "zip"


def add_commands(commands: typer.Typer) -> None:
    """Add them to the git: commands."""
    for name, function in (
        ("from-archive", from_archive),
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
    target = apps.load(name)
    limits = Limits.of(target)
    with commit.prepared() as folder:
        if url in (None, "--"):
            with repository.scratch() as scratch, _stdin(scratch, limits.size) as file:
                archive.unpack(file, kind, folder, limits)
        else:
            with remote.downloaded(str(url), limits.size) as file:
                archive.unpack(file, kind, folder, limits)
        commit.deploy(target, folder, Author(user, email), str(kind), url or "--")


def from_directory(
    name: AppName,
    directory: Annotated[str, typer.Argument(metavar="DIRECTORY", help="A folder of the server.")],
    user: User = Author.name,
    email: Email = Author.email,
) -> None:
    """Deploy the files of a folder of the server."""
    with commit.prepared(commit.readable(directory)) as folder:
        commit.deploy(apps.load(name), folder, Author(user, email), "directory", directory)


def from_image(
    name: AppName,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="As docker pull takes it.")],
    user: User = Author.name,
    email: Email = Author.email,
    build_dir: BuildDir = None,
    force: Annotated[bool, typer.Option("--force", help="Deploy even if it is the same image.")] = False,
) -> None:
    """Deploy an image that exists."""
    _deploy_image(apps.load(name), image, Author(user, email), build_dir, force=force)


def load_image(
    name: AppName,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The image in the archive.")],
    user: User = Author.name,
    email: Email = Author.email,
    build_dir: BuildDir = None,
) -> None:
    """Deploy an image from a `docker save` archive on standard input."""
    target = apps.load(name)
    if sys.stdin.isatty():
        raise UsageError("Pass the archive on standard input: docker save IMAGE | ssh … git:load-image APP IMAGE")
    loaded = engine().load(sys.stdin.buffer)
    if image not in loaded and f"{image}:latest" not in loaded:
        raise PaasError(f"The archive holds no {image}.", hint=f"It holds: {', '.join(loaded) or 'nothing'}")
    _deploy_image(target, image, Author(user, email), build_dir, force=True)


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
    """Fetch another repository into the app's, and deploy it if asked to."""
    target = apps.load(name)
    revision = remote.fetch(target, url, ref)
    branch = SETTINGS.value(target, "deploy-branch")
    if not skip_deploy_branch and ref and _is_branch(ref) and SETTINGS.own(target, "deploy-branch") is None:
        branch = ref
    if build or (build_if_changes and revision != _live_revision(target)):
        commit.move(target, branch, revision, "sync", url)
    else:
        repository.git(repository.path(target), "update-ref", f"refs/heads/{branch}", revision)
        output.step(f"Fetched {revision[:12]} into {branch}")
    if branch != SETTINGS.value(target, "deploy-branch"):
        SETTINGS.set(target, "deploy-branch", branch)


def _deploy_image(target: App, image: str, author: Author, build_dir: str | None, *, force: bool) -> None:
    if not _IMAGE.fullmatch(image):
        raise InvalidValue(f"{image!r} is not the name of an image.")
    with commit.prepared(commit.readable(build_dir) if build_dir else None) as folder:
        (folder / "Dockerfile").write_text(f"FROM {image}\n")
        commit.deploy(target, folder, author, "docker-image", image, force=force)
    state.change("git", target.owner, {"source-image": image})


def _stdin(scratch: Path, limit: int) -> IO[bytes]:
    """Standard input as a file that can be read from any place, as zip needs it."""
    file = open(scratch / "archive", "w+b")  # noqa: SIM115 (the caller closes it)
    while chunk := sys.stdin.buffer.read(1 << 20):
        if (limit := limit - len(chunk)) < 0:
            raise PaasError("The archive is larger than git:set archive-max-size allows.")
        file.write(chunk)
    file.seek(0)
    return file


def _is_branch(ref: str) -> bool:
    return not re.fullmatch(r"[0-9a-f]{7,40}", ref)


def _live_revision(target: App) -> str:
    live = apps.live_release(target)
    return live.revision if live else ""
