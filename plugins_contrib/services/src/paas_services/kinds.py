"""A kind of service, and a service, as values; nothing here touches the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from paas import InvalidValue

COLORS = (
    "AQUA", "BLACK", "BLUE", "FUCHSIA", "GRAY", "GREEN", "LIME", "MAROON",
    "NAVY", "OLIVE", "PURPLE", "RED", "SILVER", "TEAL", "WHITE", "YELLOW",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of data service.

    In the texts of `url`, `environment`, `command`, `files`, `client_environment` and of the commands these are filled
    in: `{name}`, `{host}`, `{port}`, `{database}`, `{password}`, `{quoted}` (the password in double quotes, escaped by
    backslashes) and, in the URL alone, `{scheme}`; there the password is percent-encoded.

    Attributes:
        noun: The plugin's, such as `postgres`.
        title: For people, such as `Postgres`.
        image: Its image's name in a registry.
        version: The image's tag where nobody names one.
        port: Where it listens.
        alias: Of the variable: `DATABASE` is for `DATABASE_URL`.
        url: What linked apps get.
        schemes: What the scheme of the URL may be; the first where nobody chooses.
        data: Path of its data in the container; empty if it keeps none.
        environment: Of its container.
        command: Words for the image's entrypoint; None is the image's own command.
        files: Name of a configuration file to its text; they are mounted, to be read only, at `config`.
        config: That path in the container.
        ready: A program that ends well inside the container once the service answers.
        answers: Whether the service answers, where no program inside can tell.
        client: The program of `connect`, inside the container.
        client_environment: Its variables, and those of `dump` and `restore`.
        dump: A program that prints all that the service holds, inside the container.
        restore: A program that reads that, in the place of all that the service holds.
        restarts: The container is to be started anew after `restore`.
        facts: What a service says of itself when it is asked, by the names of `info`'s options: `size`, `connections`,
            `max-connections`. Raises PaasError if it doesn't answer.
        frozen: What a service holds at one moment, counted, and the words with which `dump` prints just that while the
            context is open.
        saves: `dump` prints what `frozen` has saved, and nothing without.
        counted: What is counted, and in what.
        whole: The same kind with a `dump` and `restore` that leave nothing out, for upgrades; None if its own do.
        reserved: Names that no service can have.
        recipe: Folder with a Dockerfile that makes the image of Debian's packages; None if there is none.
        bases: Version to the image of the Debian release that has it.
    """

    noun: str
    title: str
    image: str
    version: str
    port: int
    alias: str
    url: str
    schemes: Sequence[str]
    data: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    ready: Sequence[str] = ()
    answers: Callable[[Access], bool] | None = None
    client: Sequence[str] = ()
    client_environment: Mapping[str, str] = field(default_factory=dict)
    dump: Sequence[str] = ()
    restore: Sequence[str] = ()
    restarts: bool = False
    facts: Callable[[Access], Mapping[str, str]] | None = None
    frozen: Callable[[Access], AbstractContextManager[Held]] | None = None
    saves: bool = False
    counted: tuple[str, str] = ("rows", "tables")
    whole: Kind | None = None
    reserved: Sequence[str] = ()
    recipe: Path | None = None
    bases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Access:
    """How to reach a service from the server itself.

    Attributes:
        host: An address, or a name.
    """

    host: str
    port: int
    database: str
    password: str


@dataclass(frozen=True)
class Held:
    """What a service holds.

    Attributes:
        rows: Name of each table, or the like, to the number of its rows.
        words: Further words for the program that dumps it.
        beyond: What it holds that is never dumped, a phrase each: `the database other`.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    words: Sequence[str] = ()
    beyond: Sequence[str] = ()


@dataclass(frozen=True)
class Service:
    """A service.

    Attributes:
        options: Words after the command of its container, as they were typed.
        environment: Further variables of its container.
        memory: MB that it may use; 0 for no limit.
        shm: MB of shared memory; 0 for Docker's default.
        ports: Host ports that lead to it.
        initial_network: What its container is made in; empty for the network of the apps, which it joins in any case.
        post_create_network: Networks that it joins before it starts.
        post_start_network: Networks that it joins then.
        data: Name of the folder of its data.
        stopped: Somebody has stopped or paused it.
    """

    kind: str
    name: str
    image: str
    version: str
    password: str
    options: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 0
    shm: int = 0
    ports: Sequence[int] = ()
    initial_network: str = ""
    post_create_network: Sequence[str] = ()
    post_start_network: Sequence[str] = ()
    data: str = "data"
    stopped: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"

    @property
    def networks(self) -> list[str]:
        """Those that it was told of."""
        return [*filter(None, (self.initial_network,)), *self.post_create_network, *self.post_start_network]

    @property
    def database(self) -> str:
        return self.name.replace("-", "_")


def values(kind: Kind, service: Service, host: str) -> dict[str, str]:
    """What is filled into the texts of a kind."""
    escaped = service.password.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "name": service.name,
        "host": host,
        "port": str(kind.port),
        "database": service.database,
        "password": service.password,
        "quoted": f'"{escaped}"',
    }


def url(kind: Kind, service: Service, host: str, scheme: str = "", query: str = "") -> str:
    """How an app reaches a service."""
    filled = {**values(kind, service, host), "password": quote(service.password, safe="")}
    return kind.url.format(scheme=scheme or kind.schemes[0], **filled) + (f"?{query}" if query else "")


def variable(kind: Kind, taken: Mapping[str, str]) -> str:
    """The variable for one more link of an app: `DATABASE_URL`, else one with a colour.

    Raises:
        InvalidValue: All are taken.
    """
    names = [f"{kind.alias}_URL", *(f"{kind.alias}_{color}_URL" for color in COLORS)]
    if free := [name for name in names if name not in taken]:
        return free[0]
    raise InvalidValue(f"All {len(names)} names for the variable are taken.", hint="Choose one with --alias.")
