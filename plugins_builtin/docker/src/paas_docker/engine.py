"""The real engine: docker-py for what changes something, plain HTTP for the frequent reads."""

from __future__ import annotations

import functools
import importlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from . import quick
from .api import Build, Container, DockerError, ImageInfo, NotFound, State

TIMEOUT = 120
"""Seconds that dockerd may be silent; where it is asked to wait, as in `stop`, they come on top."""

UPDATES = 20
"""How often a container is told not to restart, if it ends and starts all the time."""


class DockerEngine:
    """An `Engine` on this server's dockerd."""

    @functools.cached_property
    def _api(self) -> Any:
        """docker-py's low-level client."""
        import docker

        with _translated():
            return docker.APIClient(base_url=f"unix://{quick.socket_path()}", version="auto", timeout=TIMEOUT)

    def build(self, build: Build, show: Callable[[str], None]) -> ImageInfo:
        from . import build as building

        # What was built is to be run: docker-py can be imported while the builder works.
        threading.Thread(target=importlib.import_module, args=("docker",)).start()
        return self.image(building.run(build, show))

    def image(self, name: str) -> ImageInfo:
        return _image(quick.get(f"/images/{quick.reference(name)}/json"))

    def images(self, labels: Mapping[str, str]) -> list[ImageInfo]:
        found = quick.get("/images/json", filters={"label": _filters(labels)})
        return [
            ImageInfo(i["Id"], tuple(t for t in i["RepoTags"] or () if t != "<none>:<none>"), i["Labels"] or {})
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

    def load(self, archive: IO[bytes]) -> list[str]:
        names = []
        with _translated():
            for line in self._api.load_image(archive):
                if "error" in line:
                    raise DockerError(line["error"])
                for prefix in ("Loaded image: ", "Loaded image ID: "):
                    if line.get("stream", "").startswith(prefix):
                        names.append(line["stream"].removeprefix(prefix).strip())
        return names

    def tag(self, image: str, name: str) -> None:
        from docker.utils import parse_repository_tag

        repository, tag = parse_repository_tag(name)
        with _translated():
            self._api.tag(image, repository, tag)

    def remove_image(self, image: str) -> None:
        with _gone_is_fine(), _translated():
            id = self.image(image).id
            # By force, as Docker else refuses an image of several tags; so what uses it is looked for first.
            if users := quick.get("/containers/json", all="true", filters={"ancestor": [id]}):
                raise DockerError(f"The image {image} is used by the container {_name(users[0])}.")
            self._api.remove_image(id, force=True)

    def create(self, container: Container) -> str:
        with _translated():
            created = self._api.create_container(
                image=container.image,
                command=list(container.command) if container.command is not None else None,
                name=container.name,
                environment=dict(container.environment),
                labels=dict(container.labels),
                stop_timeout=container.stop_timeout,
                host_config=self._host_config(container),
                networking_config=self._networking(container),
                **{k: v for k, v in container.options.items() if k in _CREATE_OPTIONS},
            )
        return str(created["Id"])

    def start(self, id: str) -> None:
        with _translated():
            self._api.start(id)

    def stop(self, id: str, timeout: int) -> None:
        with _gone_is_fine(), _translated():
            self._api.stop(id, timeout=timeout)

    def remove(self, id: str) -> None:
        with _gone_is_fine(), _translated():
            self._api.remove_container(id, v=True, force=True)

    def rename(self, id: str, name: str) -> None:
        with _translated():
            self._api.rename(id, name)

    def keep_stopped(self, id: str) -> None:
        for attempt in range(UPDATES):
            try:
                with _translated():
                    self._api.update_container(id, restart_policy={"Name": "no"})
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
                address=_address(c["NetworkSettings"]["Networks"]),
                image=c["ImageID"],
            )
            for c in found
        ]

    def inspect(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = quick.get(f"/containers/{quick.reference(id)}/json")
        return found

    def wait(self, id: str) -> int:
        with _translated():
            return int(self._api.wait(id, timeout=None)["StatusCode"])

    def execute(self, id: str, command: Sequence[str], timeout: float) -> tuple[int, str]:
        from . import execute

        with _translated():
            made = self._api.exec_create(id, list(command))["Id"]
        text = execute.printed(made, timeout)
        return int(quick.get(f"/exec/{quick.reference(made)}/json")["ExitCode"] or 0), text

    def logs(self, id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[tuple[str, str]]:
        with _translated():
            chunks = self._api.logs(
                id, stream=True, follow=follow, timestamps=True, tail="all" if tail is None else tail
            )
            for line in _lines(chunks):
                stamp, _, text = line.partition(" ")
                yield stamp, text

    def ensure_network(self, name: str, labels: Mapping[str, str], subnets: Sequence[tuple[str, str]]) -> str:
        if subnet := self._subnet(name):
            return subnet
        import docker

        refusal: DockerError | None = None
        for subnet, ip_range in subnets:
            pool = docker.types.IPAMPool(subnet=subnet, iprange=ip_range)
            try:
                with _translated():
                    self._api.create_network(
                        name,
                        driver="bridge",
                        ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                        labels=dict(labels),
                        check_duplicate=True,
                    )
                return subnet
            except DockerError as error:
                if found := self._subnet(name):  # another command was quicker
                    return found
                refusal = error
        raise refusal or DockerError(f"No subnet was offered for the network {name}.")

    def networks(self) -> list[tuple[str, Mapping[str, str]]]:
        return [(n["Name"], n["Labels"] or {}) for n in quick.get("/networks")]

    def _subnet(self, name: str) -> str | None:
        try:
            return str(quick.get(f"/networks/{quick.reference(name)}")["IPAM"]["Config"][0]["Subnet"])
        except NotFound:
            return None

    def _host_config(self, container: Container) -> Any:
        name, _, retries = container.restart.partition(":")
        policy = {"Name": name} | ({"MaximumRetryCount": int(retries)} if retries else {})
        return self._api.create_host_config(
            binds=[":".join(filter(None, (m.source, m.target, m.options))) for m in container.mounts],
            restart_policy=policy,
            network_mode=container.network,
            init=container.init,
            **{k: v for k, v in container.options.items() if k not in _CREATE_OPTIONS},
        )

    def _networking(self, container: Container) -> Any:
        if not (container.network and container.address):
            return None
        endpoint = self._api.create_endpoint_config(ipv4_address=container.address)
        return self._api.create_networking_config({container.network: endpoint})


_CREATE_OPTIONS = frozenset(
    {"user", "working_dir", "entrypoint", "hostname", "domainname", "tty", "stdin_open", "healthcheck", "ports"}
    | {"stop_signal", "volumes", "platform"}
)
"""The options that docker-py takes for the container itself; all others are of the host."""


@contextmanager
def _translated() -> Iterator[None]:
    """docker-py's errors as ours, which say what Docker said."""
    from docker import errors
    from requests import exceptions

    try:
        yield
    except errors.NotFound as error:
        raise NotFound(error.explanation or str(error)) from error
    except errors.APIError as error:
        raise DockerError(str(error.explanation or error)) from error
    except (errors.DockerException, exceptions.RequestException) as error:
        raise quick.unreachable(error) from error


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except NotFound:
        return


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
        address=_address(found["NetworkSettings"]["Networks"]),
        started_at="" if state["StartedAt"].startswith("0001") else state["StartedAt"],
        image=found["Image"],
        error=state["Error"],
    )


def _address(networks: Mapping[str, Any] | None) -> str | None:
    return next((n["IPAddress"] for n in (networks or {}).values() if n["IPAddress"]), None)


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """The lines of a stream of bytes that is cut anywhere."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace").rstrip("\r")
