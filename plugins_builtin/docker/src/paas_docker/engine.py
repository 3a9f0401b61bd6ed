"""The real engine: plain HTTP, but docker-py to pull and to load images."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from paas import state

from . import bodies, quick, space
from .api import Build, Container, DockerError, ImageInfo, NetworkInfo, NotFound, State

BOOT = Path("/proc/sys/kernel/random/boot_id")

UPDATES = 20
"""How often a container is told not to restart, if it ends and starts all the time."""


class DockerEngine:
    """An `Engine` on this server's dockerd."""

    @functools.cached_property
    def _api(self) -> Any:
        """docker-py's low-level client."""
        import docker

        with _translated():
            return docker.APIClient(base_url=f"unix://{quick.socket_path()}", version="auto", timeout=quick.TIMEOUT)

    def build(self, build: Build, show: Callable[[str], None]) -> ImageInfo:
        from . import build as building

        return self.image(building.run(build, show))

    def image(self, name: str) -> ImageInfo:
        return _image(quick.get(f"/images/{quick.reference(name)}/json"))

    def images(self, labels: Mapping[str, str]) -> list[ImageInfo]:
        found = quick.get("/images/json", filters={"label": _filters(labels)})
        return [
            ImageInfo(
                i["Id"],
                tuple(t for t in i["RepoTags"] or () if t != "<none>:<none>"),
                i["Labels"] or {},
                size=i["Size"],
            )
            for i in found
        ]

    def pull(self, name: str, show: Callable[[str], None]) -> ImageInfo:
        with _translated():
            for line in self._api.pull(name, stream=True, decode=True):
                if "error" in line:
                    raise DockerError(line["error"])
                if not line.get("progressDetail"):
                    show(": ".join(filter(None, (line.get("id"), line.get("status")))))
        return self.image(name)

    def push(self, name: str, show: Callable[[str], None], config: Path) -> None:
        from . import registries

        registries.push(name, show, config)

    def login(self, server: str, user: str, password: str, config: Path) -> None:
        from . import registries

        registries.login(server, user, password, config)

    def logout(self, server: str, config: Path) -> None:
        from . import registries

        registries.logout(server, config)

    def load(self, archive: IO[bytes]) -> list[str]:
        try:
            with _translated():
                return list(_loaded(self._api.load_image(archive)))
        except DockerError as error:
            hint = error.hint or "Pass what docker save writes."
            raise DockerError(f"The archive can't be loaded: {error.message}", hint) from error

    def tag(self, image: str, name: str) -> None:
        quick.request("POST", f"/images/{quick.reference(image)}/tag", query=bodies.name_and_tag(name))

    def remove_image(self, image: str) -> None:
        with suppress(NotFound):
            id = self.image(image).id
            # By force, as Docker else refuses an image of several tags; so what uses it is looked for first.
            if users := quick.get("/containers/json", all="true", filters={"ancestor": [id]}):
                raise DockerError(f"The image {image} is used by the container {_name(users[0])}.")
            quick.request("DELETE", f"/images/{quick.reference(id)}", query={"force": "true"})

    def create(self, container: Container) -> str:
        created = quick.request(
            "POST", "/containers/create", bodies.container(container), query={"name": container.name}
        )
        return str(created["Id"])

    def start(self, id: str) -> None:
        _tell(id, "start")

    def stop(self, id: str, timeout: int) -> None:
        with suppress(NotFound):
            _tell(id, "stop", query={"t": str(timeout)}, timeout=timeout + quick.TIMEOUT)

    def remove(self, id: str) -> None:
        with suppress(NotFound):
            try:
                quick.request("DELETE", f"/containers/{quick.reference(id)}", query={"v": "true", "force": "true"})
            except DockerError as error:
                if "already in progress" not in error.message:
                    raise
                # It ends by itself just now, and Docker was told to remove it then.
                _tell(id, "wait", query={"condition": "removed"})

    def rename(self, id: str, name: str) -> None:
        _tell(id, "rename", query={"name": name})

    def keep_stopped(self, id: str) -> None:
        for attempt in range(UPDATES):
            try:
                _tell(id, "update", {"RestartPolicy": {"Name": "no"}})
                return
            except DockerError as error:
                # It ended while Docker was at it, and Docker takes the change back.
                if "Cannot update" not in error.message or attempt == UPDATES - 1:
                    raise
                time.sleep(0.05)

    def state(self, id: str) -> State:
        return _state(self.inspect(id))

    def containers(self, labels: Mapping[str, str]) -> list[State]:
        found = quick.get("/containers/json", all="true", filters={"label": _filters(labels)})
        return [
            State(
                id=c["Id"],
                name=_name(c),
                status=c["State"],
                labels=c["Labels"],
                exit_code=_exit_code(c["Status"]),
                address=_address(c),
                image=c["ImageID"],
            )
            for c in found
        ]

    def inspect(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = quick.get(f"/containers/{quick.reference(id)}/json")
        return found

    def size(self, id: str) -> int:
        found = quick.get(f"/containers/{quick.reference(id)}/json", size="true")
        return int(found.get("SizeRw", 0))

    def wait(self, id: str) -> int:
        return int(_tell(id, "wait", timeout=None)["StatusCode"])

    def signal(self, id: str, name: str) -> None:
        try:
            _tell(id, "kill", query={"signal": name})
        except NotFound:
            return
        except DockerError as error:
            if "is not running" not in error.message:
                raise

    def run(self, id: str, *, tty: bool) -> int:
        from . import attached

        return attached.run(id, tty=tty)

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
        from . import attached

        return attached.enter(id, command, environment, tty=tty, source=source, sink=sink)

    def execute(self, id: str, command: Sequence[str], timeout: float) -> tuple[int, str]:
        from . import execute

        wanted = {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True}
        made = _tell(id, "exec", wanted)["Id"]
        text = execute.printed(made, timeout)
        return int(quick.get(f"/exec/{quick.reference(made)}/json")["ExitCode"] or 0), text

    def put(self, id: str, archive: IO[bytes]) -> None:
        from . import streams

        streams.put(f"/containers/{quick.reference(id)}/archive", archive, {"path": "/"})

    def commit(self, id: str, labels: Mapping[str, str], command: Sequence[str], user: str) -> ImageInfo:
        wanted = {"Labels": dict(labels), "Cmd": list(command), "User": user}
        made = quick.request("POST", "/commit", wanted, query={"container": id, "pause": "false"})
        return self.image(made["Id"])

    def logs(self, id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[tuple[str, str]]:
        from . import streams

        wanted = {"stdout": True, "stderr": True, "timestamps": True, "follow": follow}
        tty = self.inspect(id)["Config"]["Tty"]
        path = f"/containers/{quick.reference(id)}/logs"
        for line in _lines(streams.pieces(path, {**wanted, "tail": "all" if tail is None else tail}, tty=tty)):
            stamp, _, text = line.partition(" ")
            yield stamp, text

    def ensure_network(self, name: str, labels: Mapping[str, str], subnets: Iterable[tuple[str, str]]) -> str:
        if subnet := self._subnet(name):
            return subnet
        refusal: DockerError | None = None
        for subnet, ip_range in subnets:
            try:
                quick.request("POST", "/networks/create", bodies.bridge(name, labels, subnet, ip_range))
                return subnet
            except DockerError as error:
                if found := self._subnet(name):  # another command was quicker
                    return found
                refusal = error
        raise refusal or DockerError(f"No subnet was offered for the network {name}.")

    def started(self) -> str:
        boot = BOOT.read_text(encoding="ascii").strip()
        try:
            # dockerd has no word of its own for it, but makes this network anew whenever containers end with it.
            return f"{boot} {quick.get('/networks/bridge')['Created']}"
        except NotFound:  # it may be told to have no such network
            return boot

    def networks(self) -> list[tuple[str, Mapping[str, str]]]:
        return [(n["Name"], n["Labels"] or {}) for n in quick.get("/networks")]

    def network(self, name: str) -> NetworkInfo:
        found = quick.get(f"/networks/{quick.reference(name)}")
        return NetworkInfo(
            found["Id"],
            found["Name"],
            found["Driver"],
            found["Scope"],
            found["Labels"] or {},
            tuple(each["Subnet"] for each in found["IPAM"]["Config"] or () if "Subnet" in each),
            tuple(sorted(each["Name"] for each in found["Containers"].values())),
        )

    def join(self, id: str, network: str, aliases: Sequence[str] = ()) -> None:
        self.network(network)  # for a container that doesn't run yet Docker would find out only when it starts
        if network not in self.inspect(id)["NetworkSettings"]["Networks"]:
            wanted = {"Container": id, "EndpointConfig": {"Aliases": list(aliases)}}
            quick.request("POST", f"/networks/{quick.reference(network)}/connect", wanted)

    def leave(self, id: str, network: str) -> None:
        if network in self.inspect(id)["NetworkSettings"]["Networks"]:
            quick.request("POST", f"/networks/{quick.reference(network)}/disconnect", {"Container": id})

    def remove_network(self, name: str) -> None:
        with suppress(NotFound):
            quick.request("DELETE", f"/networks/{quick.reference(name)}")

    def info(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = quick.get("/info")
        return found

    def _subnet(self, name: str) -> str | None:
        try:
            return str(quick.get(f"/networks/{quick.reference(name)}")["IPAM"]["Config"][0]["Subnet"])
        except NotFound:
            return None


def _tell(id: str, verb: str, body: Mapping[str, Any] | None = None, **given: Any) -> Any:
    """Have dockerd do something to a container; its answer."""
    return quick.request("POST", f"/containers/{quick.reference(id)}/{verb}", body, **given)


def _loaded(told: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The names, or ids, of the images that Docker says it has loaded."""
    for line in told:
        if "error" in line:
            raise DockerError(line["error"])
        for prefix in ("Loaded image: ", "Loaded image ID: "):
            if line.get("stream", "").startswith(prefix):
                yield line["stream"].removeprefix(prefix).strip()


@contextmanager
def _translated() -> Iterator[None]:
    """docker-py's errors as ours, which say what Docker said."""
    from docker import errors
    from requests import exceptions

    state.let_go()
    try:
        yield
    except errors.NotFound as error:
        raise NotFound(error.explanation or str(error)) from error
    except errors.APIError as error:
        raise space.refused(str(error.explanation or error)) from error
    except (errors.DockerException, exceptions.RequestException) as error:
        raise quick.unreachable(error) from error


def _filters(labels: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" if value else key for key, value in labels.items()]


def _image(found: Mapping[str, Any]) -> ImageInfo:
    config = found["Config"] or {}
    return ImageInfo(
        id=found["Id"],
        tags=tuple(found.get("RepoTags") or ()),
        labels=config.get("Labels") or {},
        ports=tuple(sorted(config.get("ExposedPorts") or (), key=_port_number)),
        command=tuple(config.get("Cmd") or ()),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        user=config.get("User") or "",
        size=found["Size"],
    )


def _port_number(port: str) -> tuple[int, str]:
    number = port.partition("/")[0].partition("-")[0]
    return int(number), port


def _name(listed: Mapping[str, Any]) -> str:
    """Of a container in a list; one that is being removed has none."""
    return next((str(name).lstrip("/") for name in listed["Names"] or ()), "")


def _exit_code(status: str) -> int:
    """From the words of a list: `Exited (3) 2 minutes ago`."""
    code = re.match(r"(?:Exited|Restarting) \((\d+)\)", status)
    return int(code[1]) if code else 0


def _state(found: Mapping[str, Any]) -> State:
    state = found["State"]
    return State(
        id=found["Id"],
        name=found["Name"].lstrip("/"),
        status=state["Status"],
        labels=found["Config"]["Labels"] or {},
        exit_code=state["ExitCode"],
        restarts=found["RestartCount"],
        address=_address(found),
        started_at="" if state["StartedAt"].startswith("0001") else state["StartedAt"],
        image=found["Image"],
        error=state["Error"],
    )


def _address(container: Mapping[str, Any]) -> str | None:
    """Of a container in a list or by itself: that of its own network, which Docker lists among those that it joined."""
    networks = container["NetworkSettings"]["Networks"] or {}
    own = networks.get(container["HostConfig"]["NetworkMode"])
    return next((n["IPAddress"] for n in [own, *networks.values()] if n and n["IPAddress"]), None)


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines of a stream of bytes that is cut anywhere."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace").rstrip("\r")
