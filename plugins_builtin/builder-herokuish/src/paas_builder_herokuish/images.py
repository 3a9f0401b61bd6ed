"""Sources into images, by buildpacks in a container that becomes the image."""

from __future__ import annotations

import secrets
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from paas import App, Image, Mount, PaasError, Source, hooks, hookspecs, output, releases, scratch
from paas_docker.api import BUILT_BY, PROCESS, Container, DockerError, ImageInfo, engine, labels, ours, owned_by
from paas_stack.api import STACK

from . import base as bases
from . import buildpacks, cache, fetching
from . import hookspecs as own_hookspecs

BUILDER = "builder-herokuish"
BUILT = {BUILT_BY: BUILDER}
"""The label of what is ours to clean up."""
ACCOUNT = 32767
"""Of what runs in the container, as in herokuish."""
ENTRY = ("/start",)
NOT_THERE = (126, 127)
"""The exit codes where a program can't be started."""
CACHE = "/tmp/cache"  # noqa: S108 (of the container)


def build(app: App, source: Source) -> Image:
    """Build the source with buildpacks; their output is shown as it comes.

    Raises:
        PaasError: A buildpack can't be had, none fits, or one failed.
    """
    environment = hooks.gather(hookspecs.app_environment, app, source.revision)
    base = bases.of(app)
    output.step(f"Building {app.name} with buildpacks")
    with scratch.folder("buildpacks") as place:
        kept = Mount(str(cache.folder(app, bases.wanted(app))), CACHE)
        mounts = [_variables(place, environment), kept, *_mounts(app)]
        with _container(app, base, ["/build"], mounts) as id:
            _put(id, place, source, _fetched(app, source, environment, place, base))
            engine().start(id)
            remove_orphans(app)  # while the buildpacks are at work
            if code := _shown(id):
                raise PaasError(f"App build failed: the buildpacks ended with {code}.", hint=_hint(app, base, code))
            made = engine().commit(id, labels(app) | BUILT, [*ENTRY, "web"], f"{ACCOUNT}:{ACCOUNT}")
    return Image(made.id, BUILDER, entry=ENTRY)


def detect(app: App, source: Source) -> None:
    """Show which buildpack fits a source.

    Raises:
        PaasError: None does, or one can't be had.
    """
    environment = hooks.gather(hookspecs.app_environment, app, source.revision)
    base = bases.of(app)
    with scratch.folder("buildpacks") as place, _container(app, base, ["herokuish", "buildpack", "detect"]) as id:
        _put(id, place, source, _fetched(app, source, environment, place, base))
        engine().start(id)
        if code := _shown(id):
            raise PaasError(
                f"No build of {app.name} is possible: detection ended with {code}.", hint=_hint(app, base, code)
            )


def remove_orphans(app: App) -> None:
    """Remove what a killed build left: images that no release has."""
    released = {release.image.id for release in releases.all(app)}
    for image in engine().images(owned_by(app) | BUILT):
        if image.id not in released:
            with suppress(DockerError):
                engine().remove_image(image.id)


def discard(image: Image) -> None:
    """Remove an image, if it is one that was built here."""
    if any(built.id == image.id for built in engine().images(ours() | BUILT)):
        engine().remove_image(image.id)


def _fetched(
    app: App, source: Source, environment: Mapping[str, str], place: Path, base: ImageInfo
) -> Sequence[tuple[str, Path]]:
    """Name and folder of each buildpack that the app names; herokuish's own image fetches them itself."""
    found = buildpacks.named(source, environment)
    if STACK not in base.labels:
        return []
    packs = [fetching.fetch(app, pack, place / f"pack-{n}") for n, pack in enumerate(found)]
    return [(f"{n:02}_{pack.name}", folder) for n, (pack, folder) in enumerate(zip(found, packs, strict=True), 1)]


@contextmanager
def _container(app: App, base: ImageInfo, command: Sequence[str], mounts: Sequence[Mount] = ()) -> Iterator[str]:
    """A container that is there until the block ends; its id."""
    plain = Container(
        name=f"{app.name}.build.{secrets.token_hex(4)}",
        image=base.id,
        command=command,
        environment={"CACHE_PATH": CACHE, "HEROKUISH_SETUIDGUID": "false", "USER": "herokuishuser"},
        labels=labels(app) | BUILT | {PROCESS: "build"},
        mounts=mounts,
    )
    id = engine().create(hooks.refine(own_hookspecs.build_container, plain, app))
    try:
        yield id
    finally:
        engine().remove(id)


def _shown(id: str) -> int:
    """Show what a container prints until it ends; its exit code."""
    for _stamp, line in engine().logs(id, follow=True):
        output.line(line)
    return engine().wait(id)


def _hint(app: App, base: ImageInfo, code: int) -> str:
    """What to do about the exit code of a container that was to run buildpacks."""
    if code not in NOT_THERE or STACK in base.labels:
        return "Their output says why."
    name = bases.wanted(app) or base.id
    return f"Is {name} made for buildpacks? It needs the programs /build and herokuish, as herokuish's own image has."


def _put(id: str, place: Path, source: Source, packs: Sequence[tuple[str, Path]]) -> None:
    with open(place / "archive", "w+b") as archive:
        _pack(archive, source.folder, packs)
        archive.seek(0)
        engine().put(id, archive)


def _variables(place: Path, environment: Mapping[str, str]) -> Mount:
    """The config variables, each as a file; mounted, so that none of them gets into the image."""
    folder = place / "env"
    folder.mkdir()
    for name, value in environment.items():
        (folder / name).write_text(value, encoding="utf-8")
        (folder / name).chmod(0o644)
    folder.chmod(0o755)
    return Mount(str(folder), "/tmp/env", "ro")  # noqa: S108


def _mounts(app: App) -> list[Mount]:
    return [mount for mount in hooks.gather(hookspecs.container_mounts, app) if "build" in mount.phases]


def _pack(archive: object, folder: Path, packs: Sequence[tuple[str, Path]]) -> None:
    with tarfile.open(fileobj=archive, mode="w") as tar:  # type: ignore[call-overload]
        tar.add(folder, "app", filter=_owned)
        for name, pack in packs:
            tar.add(pack, f"tmp/buildpacks/{name}", filter=_owned)


def _owned(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if member.name == "app/.git" or member.name.startswith("app/.git/"):
        return None
    member.uid = member.gid = ACCOUNT
    member.uname = member.gname = ""
    if member.name == "app":
        member.mode = 0o755
    return member
