"""Options of `docker run` as fields of Docker's request to create a container: what may be given, and what it means."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from paas import InvalidValue

if TYPE_CHECKING:
    from paas_docker.api import Container

SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
LARGEST = 1 << 62


@dataclass(frozen=True)
class Option:
    """An option of `docker run`.

    Attributes:
        field: Where it goes.
        parse: A value as Docker's API wants it; InvalidValue if it isn't one.
        many: Each value is added to those before; else the last one holds.
        of_host: It belongs to `HostConfig`.
        is_flag: It stands without a value.
    """

    field: str
    parse: Callable[[str], Any] = str
    many: bool = False
    of_host: bool = True
    is_flag: bool = False


def pattern(what: str, expression: str) -> Callable[[str], str]:
    """A check for text of one form."""

    def check(value: str) -> str:
        if not re.fullmatch(expression, value, re.ASCII):
            raise InvalidValue(f"{value!r} is not {what}.")
        return value

    return check


def whole(first: int, last: int) -> Callable[[str], int]:
    """A check for a whole number."""

    def check(value: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", value) or not first <= int(value) <= last:
            raise InvalidValue(f"{value!r} is not a whole number from {first} to {last}.")
        return int(value)

    return check


def size(value: str) -> int:
    """Bytes; a unit of b, k, m or g may follow the number."""
    found = re.fullmatch(r"([0-9]{1,15})([bkmg]?)b?", value.lower(), re.ASCII)
    if not found or not 0 < (amount := int(found[1]) * SIZES[found[2]]) <= LARGEST:
        raise InvalidValue(f"{value!r} is not a size.", hint="Such as 64m or 1g")
    return amount


def size_or_all(value: str) -> int:
    return -1 if value == "-1" else size(value)


def processors(value: str) -> int:
    """Billionths of a processor."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,9})?", value, re.ASCII) or not float(value):
        raise InvalidValue(f"{value!r} is not a number of processors.", hint="Such as 0.5")
    return round(float(value) * 10**9)


def address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise InvalidValue(f"{value!r} is not an address.") from error


def host(value: str) -> str:
    name, _, target = value.partition(":")
    if not NAME.fullmatch(name):
        raise InvalidValue(f"{value!r} is not a host and its address.", hint="Such as db.example.com:10.0.0.5")
    return f"{name}:{target if target == 'host-gateway' else address(target)}"


def limit(value: str) -> dict[str, Any]:
    """A limit of the kernel's: `nofile=1024:2048`."""
    found = re.fullmatch(r"([a-z]{2,12})=(-1|[0-9]{1,18})(?::(-1|[0-9]{1,18}))?", value, re.ASCII)
    if not found:
        raise InvalidValue(f"{value!r} is not a limit.", hint="Such as nofile=1024:2048")
    return {"Name": found[1], "Soft": int(found[2]), "Hard": int(found[3] or found[2])}


def tmpfs(value: str) -> tuple[str, str]:
    path, _, options = value.partition(":")
    if not path.startswith("/") or ".." in path.split("/") or path.strip("/") == "":
        raise InvalidValue(f"{value!r} is not a folder in the container.", hint="Such as /tmp:size=64m")
    return path, options


def kernel(value: str) -> tuple[str, str]:
    name, equals, setting = value.partition("=")
    if not equals or not re.fullmatch(r"net\.[a-z0-9_.-]+", name):
        raise InvalidValue(
            f"{value!r} is not a setting of the container's own network.", hint="Such as net.core.somaxconn=1024"
        )
    return name, setting


def device(value: str) -> dict[str, str]:
    host, inside, access, *_ = [*value.split(":"), "", ""]
    if not host.startswith("/dev/") or not re.fullmatch("[rwm]*", access):
        raise InvalidValue(f"{value!r} is not a device.", hint="Such as /dev/snd:/dev/snd:rw")
    return {"PathOnHost": host, "PathInContainer": inside or host, "CgroupPermissions": access or "rwm"}


capability = pattern("a capability", "[A-Z_]{2,40}")
user = pattern("an account of the image", "[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?")
signal = pattern("a signal", "[A-Z0-9+-]{1,12}")
host_name = pattern("a host name", "[A-Za-z0-9][A-Za-z0-9.-]{0,62}")

ANYBODYS: Mapping[str, Option] = {
    "add-host": Option("ExtraHosts", host, many=True),
    "blkio-weight": Option("BlkioWeight", whole(10, 1000)),
    "cap-drop": Option("CapDrop", capability, many=True),
    "cpu-shares": Option("CpuShares", whole(2, 262144)),
    "cpus": Option("NanoCpus", processors),
    "cpuset-cpus": Option("CpusetCpus", pattern("a list of processors", "[0-9]+([,-][0-9]+)*")),
    "dns": Option("Dns", address, many=True),
    "dns-option": Option("DnsOptions", pattern("an option of resolv.conf", "[a-z0-9:-]+"), many=True),
    "dns-search": Option("DnsSearch", host_name, many=True),
    "domainname": Option("Domainname", host_name, of_host=False),
    "entrypoint": Option("Entrypoint", lambda value: [value], of_host=False),
    "group-add": Option("GroupAdd", pattern("a group of the image", "[A-Za-z0-9_.-]+"), many=True),
    "hostname": Option("Hostname", host_name, of_host=False),
    "memory": Option("Memory", size),
    "memory-reservation": Option("MemoryReservation", size),
    "memory-swap": Option("MemorySwap", size_or_all),
    "memory-swappiness": Option("MemorySwappiness", whole(0, 100)),
    "pids-limit": Option("PidsLimit", whole(1, 1 << 22)),
    "read-only": Option("ReadonlyRootfs", is_flag=True),
    "shm-size": Option("ShmSize", size),
    "stop-signal": Option("StopSignal", signal, of_host=False),
    "sysctl": Option("Sysctls", kernel, many=True),
    "tmpfs": Option("Tmpfs", tmpfs, many=True),
    "ulimit": Option("Ulimits", limit, many=True),
    "user": Option("User", user, of_host=False),
    "workdir": Option("WorkingDir", pattern("an absolute path", "/[^\x00-\x1f]*"), of_host=False),
}
ROOTS: Mapping[str, Option] = {
    "cap-add": Option("CapAdd", capability, many=True),
    "device": Option("Devices", device, many=True),
    "ipc": Option("IpcMode", pattern("host, private or shareable", "host|private|shareable")),
    "pid": Option("PidMode", pattern("host", "host")),
    "privileged": Option("Privileged", is_flag=True),
    "security-opt": Option("SecurityOpt", pattern("an option of security", "[a-z-]+([=:][^\x00-\x20]+)?"), many=True),
}
"""With these a container reaches out into the server: only root adds them."""
ALL = {**ANYBODYS, **ROOTS}


def is_of_a_container(word: str) -> bool:
    """Whether an option, one word, means something to a container, as `--build-arg` does not."""
    return word.removeprefix("--").partition("=")[0] in ALL


def applied(container: Container, words: Sequence[str]) -> Container:
    """A container with these options.

    Args:
        words: Options that were checked, each one word.
    """
    options, host = dict(container.options), dict(container.host)
    for word in words:
        name, _, value = word.removeprefix("--").partition("=")
        option = ALL[name]
        _put(host if option.of_host else options, option, value)
    return replace(container, options=options, host=host)


def _put(fields: dict[str, Any], option: Option, value: str) -> None:
    parsed = True if option.is_flag else option.parse(value)
    if not option.many:
        fields[option.field] = parsed
    elif isinstance(parsed, tuple):
        fields[option.field] = {**fields.get(option.field, {}), parsed[0]: parsed[1]}
    else:
        fields[option.field] = [*fields.get(option.field, ()), parsed]
