"""Docker, as other plugins use it.

    from paas_docker.api import engine

    container = engine().create(spec)

The values and the protocol are here; `engine()` gives the real one, and in tests a stand-in that passes
the same contract tests (`paas_docker.testing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from paas import App, Mount, PaasError, Source, hooks
from paas.context import current

from . import hookspecs

SYSTEM = "paas.system"
"""Label of everything that is ours: the data root, since one Docker may serve two systems (a test's beside a
real one). What doesn't carry it with our value is never touched."""
APP, APP_ID, PROCESS, RELEASE = "paas.app", "paas.app-id", "paas.process", "paas.release"


BUILT_BY = "paas.builder"
"""Label of an image that was built for an app: the plugin that did."""


class DockerError(PaasError):
    """Docker refused or failed."""


class NotFound(DockerError):
    """There is no such container, image or network."""


@dataclass(frozen=True)
class Container:
    """A container that is to be created.

    Attributes:
        image: Id or name.
        command: Words after the image's entrypoint; None is the image's own command.
        environment: Whatever strings; they go through the API, never a command line.
        network: Name of the network to join, None for Docker's default.
        address: Fixed address in it.
        restart: Docker's policy: `no`, `always`, `unless-stopped`, `on-failure:10`.
        init: Run Docker's init as process 1.
        stop_timeout: Seconds between SIGTERM and SIGKILL.
        options: Further fields of Docker's request to create a container, by the names of its API:
            `{"User": "1000", "Entrypoint": ["/start"]}`.
        host: Further fields of that request's `HostConfig`: `{"Memory": 67108864, "LogConfig": {"Type": "local"}}`.
    """

    name: str
    image: str
    command: Sequence[str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    network: str | None = None
    address: str | None = None
    restart: str = "no"
    init: bool = True
    stop_timeout: int = 30
    options: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """A container that exists.

    Attributes:
        status: created, running, paused, restarting, removing, exited or dead.
        exit_code: Of its last end; 0 while it never ended.
        restarts: How often Docker has started it again.
        address: In the network that it was created with; None when it has none now.
        started_at: As Docker prints it, empty if it never started.
        image: The image's id.
    """

    id: str
    name: str
    status: str
    labels: Mapping[str, str]
    exit_code: int = 0
    restarts: int = 0
    address: str | None = None
    started_at: str = ""
    image: str = ""
    error: str = ""

    @property
    def is_running(self) -> bool:
        return self.status == "running"


@dataclass(frozen=True)
class ImageInfo:
    """An image that exists.

    Attributes:
        ports: What it exposes, as `5000/tcp`, in numerical order: Docker keeps no other.
        size: Bytes, with those that it shares with other images.
    """

    id: str
    tags: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Sequence[str] = ()
    command: Sequence[str] = ()
    entrypoint: Sequence[str] = ()
    user: str = ""
    size: int = 0


@dataclass(frozen=True)
class NetworkInfo:
    """A network that exists.

    Attributes:
        scope: `local`, or `swarm`.
        containers: The names of the running containers that are in it.
    """

    id: str
    name: str
    driver: str
    scope: str
    labels: Mapping[str, str]
    subnets: Sequence[str] = ()
    containers: Sequence[str] = ()


@dataclass(frozen=True)
class Build:
    """A build of a Dockerfile.

    Attributes:
        folder: The context.
        tag: A name for the image.
        dockerfile: Path below the folder.
        options: Further words for `docker build` (`--build-arg=K=V`, `--target=X`); those that it doesn't have,
            or that would take the image elsewhere, are left out.
        environment: Variables that options may name (`--build-arg=K`); no others are used.
        config: Folder of docker's own settings, with its logins to registries; None for the account's.
    """

    folder: Path
    tag: str
    dockerfile: str = "Dockerfile"
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    config: Path | None = None


class Engine(Protocol):
    """What paas asks of Docker. Everything raises DockerError, and NotFound for what isn't there."""

    def build(self, build: Build, show: Callable[[str], None]) -> ImageInfo:
        """Build an image; `show` gets each line of the output as it comes."""

    def image(self, name: str) -> ImageInfo:
        """An image by its name or id."""

    def images(self, labels: Mapping[str, str]) -> list[ImageInfo]:
        """Id, tags, labels and size of the images that carry these labels; an empty value matches any."""

    def pull(self, name: str, show: Callable[[str], None]) -> ImageInfo: ...

    def push(self, name: str, show: Callable[[str], None], config: Path) -> None:
        """Push an image under one of its names.

        Args:
            show: Gets each line of what is said as it comes.
            config: The folder of what was logged in with.
        """

    def login(self, server: str, user: str, password: str, config: Path) -> None:
        """Log in to a registry, and keep what with in a folder, for nobody else to read."""

    def logout(self, server: str, config: Path) -> None: ...

    def load(self, archive: IO[bytes]) -> list[str]:
        """Load a `docker save` archive; the names, or ids, of its images."""

    def tag(self, image: str, name: str) -> None: ...

    def remove_image(self, image: str) -> None:
        """Remove an image with all its tags; nothing happens if it is gone, DockerError if a container has it."""

    def create(self, container: Container) -> str:
        """Create a container; its full id."""

    def start(self, id: str) -> None: ...

    def stop(self, id: str, timeout: int) -> None:
        """SIGTERM (or the image's signal), then SIGKILL after `timeout` seconds; returns when it has ended.

        Nothing happens if it is gone or has ended.
        """

    def remove(self, id: str) -> None:
        """Remove a container, running or not, with its anonymous volumes; nothing happens if it is gone."""

    def rename(self, id: str, name: str) -> None: ...

    def keep_stopped(self, id: str) -> None:
        """Never start it again by itself."""

    def state(self, id: str) -> State: ...

    def containers(self, labels: Mapping[str, str]) -> list[State]:
        """The containers that carry these labels, running or not; an empty value matches any.

        One quick request, so without `restarts`, `started_at` and `error`, which `state` has.
        """

    def inspect(self, id: str) -> dict[str, Any]:
        """All that Docker knows of a container, as its API gives it."""

    def size(self, id: str) -> int:
        """Bytes that a container has written beyond its image."""

    def wait(self, id: str) -> int:
        """Its exit code, once it has ended."""

    def signal(self, id: str, name: str) -> None:
        """Send a signal, such as INT, to its first process; nothing happens if it doesn't run."""

    def run(self, id: str, *, tty: bool) -> int:
        """Start a container with our standard input and output as its own, until it ends; its exit code.

        Args:
            tty: It was created with a terminal (`attached`). Ours, if we have one, passes on every key then.

        Raises:
            DockerError: It can't be started; the exit code of its state says why, as a shell's would.
        """

    def enter(
        self,
        id: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        tty: bool,
        source: IO[bytes] | None = None,
        sink: IO[bytes] | None = None,
    ) -> int:
        """Run a program inside a container that runs, with our standard input and output; its exit code.

        If that is interrupted by an exception, the program is told that its terminal is gone (SIGHUP).

        Args:
            environment: On top of the container's.
            source: A file or pipe that it reads, in the place of our standard input.
            sink: Where what it prints goes, in the place of our standard output; what it raises interrupts.
        """

    def execute(self, id: str, command: Sequence[str], timeout: float) -> tuple[int, str]:
        """Run a program inside a container that runs; its exit code, and the beginning of what it printed.

        Raises:
            DockerError: The container doesn't run, or the program hasn't ended after `timeout` seconds. Docker can't
                end it: it goes on until it ends or its container does.
        """

    def put(self, id: str, archive: IO[bytes]) -> None:
        """Unpack a tar archive in a container that need not run; its paths are relative to `/`."""

    def commit(self, id: str, labels: Mapping[str, str], command: Sequence[str], user: str) -> ImageInfo:
        """Make an image of what a container holds now.

        Args:
            command: Words after its entrypoint that the image starts with.
            user: The account, as `UID:GID`, of its processes.
        """

    def logs(self, id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[tuple[str, str]]:
        """Lines of both its streams: Docker's timestamp (RFC 3339 with nanoseconds, `Z`) and the text."""

    def ensure_network(self, name: str, labels: Mapping[str, str], subnets: Iterable[tuple[str, str]]) -> str:
        """Have a bridge of a name.

        Args:
            subnets: Candidates, each a subnet and the range in it that Docker may give out by itself; the
                first that is free is taken.

        Returns:
            Its subnet, as `10.88.0.0/16`.
        """

    def started(self) -> str:
        """A word that changes whenever the engine, or the server, is started anew."""

    def networks(self) -> list[tuple[str, Mapping[str, str]]]:
        """Name and labels of every network."""

    def network(self, name: str) -> NetworkInfo: ...

    def join(self, id: str, network: str, aliases: Sequence[str] = ()) -> None:
        """Have a container, running or not, be in a further network; nothing happens if it is.

        Args:
            aliases: The names under which others in that network find it, besides its own.

        Raises:
            NotFound: There is no such network.
        """

    def leave(self, id: str, network: str) -> None:
        """Have a container be no longer in a network; nothing happens if it isn't."""

    def remove_network(self, name: str) -> None:
        """Remove a network; nothing happens if it is gone, DockerError if a container is in it."""

    def info(self) -> Mapping[str, Any]:
        """What dockerd says of itself: `ServerVersion`, `DockerRootDir` …"""


def attached(*, tty: bool) -> dict[str, Any]:
    """The options of a container whose input and output are to be ours (`Engine.run`)."""
    streams = dict.fromkeys(("AttachStdin", "AttachStdout", "AttachStderr"), True)
    return {**streams, "OpenStdin": True, "StdinOnce": True, "Tty": tty}


def engine() -> Engine:
    """The Docker engine of this run."""

    def connect() -> Engine:
        from .engine import DockerEngine

        return DockerEngine()

    found: Engine = current().resource("docker", connect)
    return found


def build_options(app: App, source: Source) -> list[str]:
    """What plugins want `docker build` to be given for an app, for `Build.options`.

    Raises:
        PaasError: A plugin failed.
    """
    return hooks.gather(hookspecs.docker_args_build, app, source)


def registry_logins(app: App) -> Path | None:
    """Where docker finds what an app's builds log in to registries with, for `Build.config`; None: as usual."""
    return hooks.ask(hookspecs.registry_logins, app)


def labels(app: App) -> dict[str, str]:
    """The labels to put on what belongs to an app."""
    return owned_by(app) | {APP: app.name}


def owned_by(app: App) -> dict[str, str]:
    """The labels by which to find what belongs to an app: by its id, since a rename can't change a label."""
    return ours() | {APP_ID: str(app.id)}


def ours() -> dict[str, str]:
    """The label of everything that belongs to this system."""
    return {SYSTEM: str(current().paths.root)}
