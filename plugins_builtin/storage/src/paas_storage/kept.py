"""What the store knows of mounts and volumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from paas import App, Mount, PaasError, Release, apps, releases, state

from . import owners

NOUN = "storage"
PHASES = ("deploy", "run")


@dataclass(frozen=True)
class Volume:
    """A folder with a name.

    Attributes:
        path: Where it is.
        chown: To whom it is given when it is made, as `--chown` takes it.
        mode: Its permissions in octal; empty for 0755.
    """

    name: str
    path: str
    chown: str = owners.DEFAULT
    mode: str = ""


@dataclass(frozen=True)
class Attachment:
    """What an app's containers are to see.

    Attributes:
        source: Absolute path on the server, or the name of a volume.
        target: Absolute path in the container.
        options: Docker's, with a comma between them.
        phases, processes: As those of a Mount.
        subpath: Below the volume.
        chown: To whom the folder is given when it is made; empty for what its volume says.
    """

    source: str
    target: str
    options: str = ""
    phases: tuple[str, ...] = PHASES
    processes: tuple[str, ...] = ()
    subpath: str = ""
    chown: str = ""

    @property
    def is_named(self) -> bool:
        return not self.source.startswith("/")

    @property
    def path(self) -> str:
        """Where it is on the server.

        Raises:
            PaasError: There is no such volume.
        """
        top = volume(self.source).path if self.is_named else self.source
        return str(Path(top, self.subpath))

    @property
    def owner(self) -> str:
        """To whom its folder is given when it is made."""
        return self.chown or (volume(self.source).chown if self.is_named else owners.DEFAULT)

    @property
    def is_read_only(self) -> bool:
        return "ro" in self.options.split(",")

    def mount(self) -> Mount:
        return Mount(self.path, self.target, self.options, self.phases, self.processes)

    def __str__(self) -> str:
        return ":".join(filter(None, (self.path, self.target, self.options)))


def of(app: App) -> list[Attachment]:
    """The mounts of an app, in the order in which they were made."""
    return parse(state.property(NOUN, app.owner, "mounts", []))


def of_all() -> list[tuple[App, Attachment]]:
    """The mounts of all apps."""
    kept = state.owners(NOUN, "mounts")
    return [(app, each) for app in apps.all() for each in parse(kept.get(app.owner, []))]


def of_release(release: Release) -> list[Mount]:
    """The mounts of a release that come from here, and not from another plugin."""
    targets = {written["target"] for written in release.parts.get("mounts", ())}
    return [mount for mount in release.mounts if mount.target in targets]


def in_use() -> list[tuple[App, Attachment]]:
    """What containers see that run, also where it was unmounted since they started."""
    return [
        (app, Attachment(mount.source, mount.target, mount.options, mount.phases, mount.processes))
        for app in apps.all()
        if (running := {process.release_id for process in releases.processes(app)})
        for release in releases.all(app)
        if release.id in running
        for mount in of_release(release)
    ]


def keep(app: App, attachments: Iterable[Attachment]) -> None:
    state.change(NOUN, app.owner, {"mounts": values(attachments) or None})


def values(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    """As they are written down."""
    return [asdict(each) for each in attachments]


def parse(written: Sequence[dict[str, Any]]) -> list[Attachment]:
    return [
        Attachment(**each | {"phases": tuple(each["phases"]), "processes": tuple(each["processes"])})
        for each in written
    ]


def volumes() -> list[Volume]:
    """All volumes, by name."""
    return sorted((Volume(**kept) for kept in state.owners(NOUN, "volume").values()), key=lambda each: each.name)


def find(name: str) -> Volume | None:
    kept = state.property(NOUN, _owner(name), "volume")
    return Volume(**kept) if kept else None


def volume(name: str) -> Volume:
    """The volume of a name.

    Raises:
        PaasError: There is none.
    """
    if not (found := find(name)):
        raise PaasError(
            f"There is no volume {name}.", hint=f"Make it with storage:create {name}; see storage:list-entries"
        )
    return found


def keep_volume(volume: Volume) -> None:
    state.change(NOUN, _owner(volume.name), {"volume": asdict(volume)})


def forget_volume(name: str) -> None:
    state.forget(_owner(name), NOUN)


def _owner(name: str) -> str:
    return f"{NOUN}:{name}"
