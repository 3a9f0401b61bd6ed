"""An `Engine` in memory."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import signal
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Self

from .. import options
from ..api import Build, Container, DockerError, ImageInfo, NetworkInfo, NotFound, State
from . import dockerfile
from .program import Behaviour, behaviour
from .running import Running, Subnet

SIZE = 5_000_000
"""Bytes of every image."""


@dataclass
class FakeDocker:
    """A stand-in for Docker.

    Any image can be pulled or stand in FROM, but those of the registry `127.0.0.1:9`. Containers in the network
    of `ensure_network` have addresses of the loopback device, and really listen there.

    Attributes:
        calls: What was asked for, as method and its main argument, in order.
        refusals: Method to the message with which it fails, such as `{"create": "no space left on device"}`.
        pushed: What registries hold: name to the image's id, and the folder of what was logged in with.
    """

    calls: list[tuple[str, str]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    pushed: dict[str, tuple[str, Path]] = field(default_factory=dict)
    _images: dict[str, tuple[ImageInfo, Mapping[str, str]]] = field(default_factory=dict)
    _containers: dict[str, Running] = field(default_factory=dict)
    _networks: dict[str, tuple[Mapping[str, str], Subnet]] = field(default_factory=dict)
    _created: int = 0
    _starts: int = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for running in self._containers.values():
            running.close()
        for _labels, subnet in self._networks.values():
            subnet.close()

    # What tests set and see

    def add_image(self, name: str, environment: Mapping[str, str] | None = None, **given: Any) -> ImageInfo:
        """Have an image, as if it had been pulled; `given` are attributes of ImageInfo."""
        return self._add(ImageInfo("", **given), environment or {}, name)

    def kill(self, id: str, exit_code: int = 137) -> None:
        """End a container as a crash would."""
        self._container(id).end(exit_code)

    def restart(self) -> None:
        """Start anew, as after a boot; no container comes back by itself."""
        for running in self._containers.values():
            running.end(0)
        self._starts += 1

    # Images

    def build(self, build: Build, show: Callable[[str], None]) -> ImageInfo:
        self._called("build", build.tag)
        words = [word.removeprefix("--").partition("=") for word in options.known(build.options)]
        given = dict(value.partition("=")[::2] for key, _, value in words if key == "build-arg" and "=" in value)
        arguments = {**options.named(build.options, build.environment), **given}
        target = next((value for key, _, value in words if key == "target"), None)
        file = build.folder / build.dockerfile
        if not file.is_file():
            raise DockerError(f"failed to read dockerfile: open {build.dockerfile}: no such file or directory")
        stage = dockerfile.build(file.read_text(), build.folder, arguments, target, self._base, show)
        labels = {value.partition("=")[0]: value.partition("=")[2] for key, _, value in words if key == "label"}
        built = replace(stage.image, labels={**stage.image.labels, **labels, **build.labels})
        return self._add(built, stage.environment, build.tag, content=_content(build.folder))

    def image(self, name: str) -> ImageInfo:
        return self._image(name)[0]

    def images(self, labels: Mapping[str, str]) -> list[ImageInfo]:
        found = [image for image, _ in self._images.values() if _carries(image.labels, labels)]
        return [ImageInfo(image.id, image.tags, image.labels, size=image.size) for image in found]

    def pull(self, name: str, show: Callable[[str], None]) -> ImageInfo:
        self._called("pull", name)
        if name.startswith("127.0.0.1:9/"):
            raise DockerError(f"Get https://{name}: connection refused")
        show(f"Pulling from {name}")
        with suppress(NotFound):
            return self.image(name)
        return self.add_image(name)

    def push(self, name: str, show: Callable[[str], None], config: Path) -> None:
        self._called("push", name)
        found = self.image(name)
        if name.startswith("127.0.0.1:9/"):
            raise DockerError("connection refused")
        show(f"{name}: digest: {found.id}")
        self.pushed[name] = found.id, config

    def login(self, server: str, user: str, password: str, config: Path) -> None:
        self._called("login", server)
        if server == "127.0.0.1:9" or password == "wrong":  # noqa: S105 (of the stand-in's own choice)
            raise DockerError("unauthorized: incorrect username or password")
        file = config / "config.json"
        kept = json.loads(file.read_text()) if file.exists() else {"auths": {}}
        kept["auths"][server] = {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}
        file.write_text(json.dumps(kept))
        file.chmod(0o600)

    def logout(self, server: str, config: Path) -> None:
        self._called("logout", server)
        kept = json.loads((config / "config.json").read_text())
        del kept["auths"][server]
        (config / "config.json").write_text(json.dumps(kept))

    def load(self, archive: IO[bytes]) -> list[str]:
        self._called("load", "")
        try:
            with tarfile.open(fileobj=io.BytesIO(archive.read())) as saved:
                manifest = json.load(saved.extractfile("manifest.json") or io.BytesIO(b"[]"))
                configs = [json.load(saved.extractfile(entry["Config"]) or io.BytesIO(b"{}")) for entry in manifest]
        except (tarfile.TarError, KeyError, ValueError) as error:
            raise DockerError(f"The archive can't be loaded: {error}", hint="Pass what docker save writes.") from error
        names = []
        for entry, config in zip(manifest, configs, strict=True):
            kept = config.get("config") or {}
            image = ImageInfo(
                "",
                labels=kept.get("Labels") or {},
                ports=tuple(kept.get("ExposedPorts") or ()),
                command=tuple(kept.get("Cmd") or ()),
            )
            for name in entry.get("RepoTags") or [""]:
                loaded = self._add(image, {}, name)
                names.append(name or loaded.id)
        return names

    def tag(self, image: str, name: str) -> None:
        self._called("tag", name)
        found, environment = self._image(image)
        self._add(found, environment, name, id=found.id)

    def remove_image(self, image: str) -> None:
        self._called("remove_image", image)
        with suppress(NotFound):
            found = self.image(image)
            if users := [c for c in self._containers.values() if c.image == found.id]:
                raise DockerError(f"The image {image} is used by the container {users[0].plan.name}.")
            del self._images[found.id]

    # Containers

    def create(self, container: Container) -> str:
        self._called("create", container.name)
        if any(other.plan.name == container.name for other in self._containers.values()):
            raise DockerError(f'Conflict. The container name "/{container.name}" is already in use.')
        image, environment = self._image(container.image)
        if container.network not in {None, "bridge", "host", "none", *self._networks}:
            raise NotFound(f"network {container.network} not found")
        self._created += 1
        id = hashlib.sha256(f"{self._created} {container.name}".encode()).hexdigest()
        merged = {**environment, **container.environment}
        entrypoint = image.entrypoint
        if "Entrypoint" in container.options:
            entrypoint = tuple(container.options["Entrypoint"])
        command = image.command if container.command is None else container.command
        if not [*entrypoint, *command]:
            raise DockerError("No command specified")
        self._containers[id] = Running(
            id, container, image.id, [*entrypoint, *command], merged, self._address(container)
        )
        return id

    def start(self, id: str) -> None:
        self._called("start", id)
        running = self._container(id)
        running.start(behaviour(running.words, running.environment))
        self._forget_ended(running)

    def stop(self, id: str, timeout: int) -> None:
        self._called("stop", id)
        with suppress(NotFound):
            running = self._container(id)
            running.end(143 if running.plan.init else 137)
            self._forget_ended(running)

    def remove(self, id: str) -> None:
        self._called("remove", id)
        with suppress(NotFound):
            running = self._container(id)
            running.close()
            del self._containers[running.id]

    def rename(self, id: str, name: str) -> None:
        self._called("rename", name)
        running = self._container(id)
        running.plan = replace(running.plan, name=name)

    def keep_stopped(self, id: str) -> None:
        running = self._container(id)
        running.plan = replace(running.plan, restart="no")

    def state(self, id: str) -> State:
        return self._container(id).state()

    def containers(self, labels: Mapping[str, str]) -> list[State]:
        states = [running.state() for running in self._containers.values() if _carries(running.plan.labels, labels)]
        return [replace(state, restarts=0, started_at="", error="") for state in states]

    def inspect(self, id: str) -> dict[str, Any]:
        return self._container(id).inspected()

    def size(self, id: str) -> int:
        return sum(len(text) for _stamp, text in self._container(id).lines)

    def wait(self, id: str) -> int:
        state = self.state(id)
        assert not state.is_running, f"{state.name} never ends by itself."
        return state.exit_code

    def signal(self, id: str, name: str) -> None:
        self._called("signal", name)
        with suppress(NotFound):
            self._container(id).end(128 + signal.Signals[f"SIG{name}"])

    def run(self, id: str, *, tty: bool) -> int:
        self.start(id)
        running = self._container(id)
        _show(behaviour(running.words, running.environment))
        return self.wait(id)

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
        self._called("enter", " ".join(command))
        running = self._container(id)
        if running.status != "running":
            raise DockerError(f"Container {running.id} is not running")
        program = behaviour(command, {**running.environment, **environment})
        assert program.exit_code is not None, f"{command} never ends by itself."
        _show(program, source, sink)
        return program.exit_code

    def execute(self, id: str, command: Sequence[str], timeout: float) -> tuple[int, str]:
        self._called("execute", " ".join(command))
        running = self._container(id)
        if running.status != "running":
            raise DockerError(f"Container {id} is not running")
        program = behaviour(command, running.environment)
        if program.exit_code is None:
            raise DockerError(f"it has not ended after {timeout:g} seconds")
        return program.exit_code, "".join(f"{line}\n" for line in program.lines)

    def put(self, id: str, archive: IO[bytes]) -> None:
        self._called("put", id)
        running = self._container(id)
        with tarfile.open(fileobj=archive) as given:
            for member in given:
                file = given.extractfile(member) if member.isfile() else None
                running.files[f"/{member.name}"] = file.read() if file else b""

    def commit(self, id: str, labels: Mapping[str, str], command: Sequence[str], user: str) -> ImageInfo:
        self._called("commit", id)
        running = self._container(id)
        base, _ = self._image(running.image)
        made = replace(base, tags=(), labels={**base.labels, **labels}, command=tuple(command), user=user)
        return self._add(made, running.environment, "", content=repr(sorted(running.files.items())))

    def logs(self, id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[tuple[str, str]]:
        lines = self._container(id).lines
        yield from lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]

    # Networks

    def ensure_network(self, name: str, labels: Mapping[str, str], subnets: Iterable[tuple[str, str]]) -> str:
        self._called("ensure_network", name)
        if name not in self._networks:
            self._networks[name] = labels, Subnet()
        return str(self._networks[name][1])

    def started(self) -> str:
        return str(self._starts)

    def networks(self) -> list[tuple[str, Mapping[str, str]]]:
        return [("bridge", {}), *((name, labels) for name, (labels, _) in self._networks.items())]

    def network(self, name: str) -> NetworkInfo:
        if name == "bridge":
            return NetworkInfo(name, name, name, "local", {}, ("127.0.0.0/8",))
        labels, subnet = self._network(name)
        inside = sorted(c.plan.name for c in self._containers.values() if c.is_in(name) and c.status == "running")
        return NetworkInfo(
            hashlib.sha256(name.encode()).hexdigest(), name, "bridge", "local", labels, (str(subnet),), inside
        )

    def join(self, id: str, network: str, aliases: Sequence[str] = ()) -> None:
        self._called("join", network)
        self.network(network)
        running = self._container(id)
        if not running.is_in(network):
            running.joined[network] = list(aliases)

    def leave(self, id: str, network: str) -> None:
        self._called("leave", network)
        self._container(id).joined.pop(network, None)

    def remove_network(self, name: str) -> None:
        self._called("remove_network", name)
        if any(running.is_in(name) for running in self._containers.values()):
            raise DockerError(f"error while removing network: network {name} has active endpoints")
        if name in self._networks:
            self._networks.pop(name)[1].close()

    def info(self) -> Mapping[str, Any]:
        self._called("info", "")
        return {"ServerVersion": "20.10.24", "DockerRootDir": "/"}

    # Within

    def _called(self, method: str, about: str) -> None:
        self.calls.append((method, about))
        if method in self.refusals:
            raise DockerError(self.refusals[method])

    def _forget_ended(self, running: Running) -> None:
        if running.status == "exited" and running.plan.host.get("AutoRemove"):
            del self._containers[running.id]

    def _base(self, name: str) -> tuple[ImageInfo, Mapping[str, str]]:
        if name == "scratch":
            return ImageInfo(""), {}
        with suppress(NotFound):
            return self._image(name)
        self.pull(name, lambda line: None)
        return self._image(name)

    def _image(self, name: str) -> tuple[ImageInfo, Mapping[str, str]]:
        for image, environment in self._images.values():
            short = image.id.removeprefix("sha256:")
            if name == image.id or _tagged(name) in image.tags or (len(name) >= 12 and short.startswith(name)):
                return image, environment
        raise NotFound(f"No such image: {name}")

    def _add(
        self, image: ImageInfo, environment: Mapping[str, str], name: str, *, content: str = "", id: str = ""
    ) -> ImageInfo:
        """Keep an image under a name, which any other loses; the same image has the same id."""
        made = json.dumps([image.labels, image.ports, image.command, image.entrypoint, image.user, environment])
        id = id or f"sha256:{hashlib.sha256(f'{made} {content}'.encode()).hexdigest()}"
        for other, (had, its) in list(self._images.items()):
            self._images[other] = replace(had, tags=tuple(t for t in had.tags if t != _tagged(name))), its
        tags = self._images[id][0].tags if id in self._images else ()
        kept = replace(image, id=id, tags=(*tags, _tagged(name)) if name else tags, size=image.size or SIZE)
        self._images[id] = kept, environment
        return kept

    def _network(self, name: str) -> tuple[Mapping[str, str], Subnet]:
        if name not in self._networks:
            raise NotFound(f"network {name} not found")
        return self._networks[name]

    def _container(self, id: str) -> Running:
        for running in self._containers.values():
            if id == running.plan.name or (len(id) >= 12 and running.id.startswith(id)):
                return running
        raise NotFound(f"No such container: {id}")

    def _address(self, container: Container) -> str | None:
        if container.network not in self._networks:
            return None
        return container.address or self._networks[container.network][1].next()


def _carries(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(key in labels and value in ("", labels[key]) for key, value in wanted.items())


def _show(program: Behaviour, source: IO[bytes] | None = None, sink: IO[bytes] | None = None) -> None:
    """Print what a program that has our input and output, or others, does."""
    to = sink or sys.stdout.buffer
    for line in program.lines:
        to.write(f"{line}\n".encode())
    if program.copies:
        shutil.copyfileobj(source or sys.stdin.buffer, to)
    if not sink:
        sys.stdout.flush()


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] or "@" in name else f"{name}:latest"


def _content(folder: Path) -> str:
    """A word for what a build sends to Docker."""
    digest = hashlib.sha256()
    for path in dockerfile.context(folder):
        digest.update(f"{path}\0".encode())
        if (file := folder / path).is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()
