"""What a service holds, on its way out, in, and into another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO

from paas import PaasError
from paas_docker.api import engine

from . import containers, kinds, streams
from .kinds import Held, Kind, Service
from .streams import Stream


def enter(
    kind: Kind,
    service: Service,
    id: str,
    command: Sequence[str],
    *,
    tty: bool = False,
    source: IO[bytes] | Stream | None = None,
    sink: IO[bytes] | None = None,
) -> int:
    """Run a program of a kind's in a container, with our input and output or others; its exit code."""
    filled = kinds.values(kind, service, containers.host(service))
    environment = {name: text.format(**filled) for name, text in kind.client_environment.items()}
    words = [word.format(**filled) for word in command]
    return engine().enter(id, words, environment, tty=tty, source=source, sink=sink)  # type: ignore[arg-type]


def run(kind: Kind, service: Service, command: Sequence[str]) -> int:
    """Run a program of a person's in a service's container, with a terminal if they have one; its exit code."""
    tty = sys.stdin.isatty() and sys.stdout.isatty()
    return engine().enter(containers.running(kind, service), command, {}, tty=tty)


def connect(kind: Kind, service: Service) -> int:
    """Run the client of a service; its exit code."""
    tty = sys.stdin.isatty() and sys.stdout.isatty()
    return enter(kind, service, containers.running(kind, service), kind.client, tty=tty)


def frozen(kind: Kind, service: Service, id: str) -> AbstractContextManager[Held]:
    """What a service holds now, for a dump of just that while the context is open."""
    if not kind.frozen:
        return nullcontext(Held())
    return kind.frozen(containers.access(kind, service, id))


def dump(
    kind: Kind, service: Service, id: str, sink: IO[bytes] | None = None, further: Sequence[str] | None = None
) -> None:
    """Print all that a service holds, or write it elsewhere, as it comes.

    Args:
        further: The words with which the program dumps what was frozen; None if nothing was.

    Raises:
        PaasError: It is not whole.
    """
    require(kind, kind.dump, "exported")
    if kind.saves and further is None:
        with frozen(kind, service, id) as held:
            return dump(kind, service, id, sink, held.words)
    if code := enter(kind, service, id, [*kind.dump, *(further or ())], sink=sink):
        raise PaasError(
            f"The export of {service.name} failed with status {code}: what was written is not whole.",
            hint="Look at what is printed above, and at the space on the disk.",
        )
    return None


def restore(kind: Kind, service: Service, id: str, source: Stream | None = None) -> None:
    """Read what a service is to hold from now on, from our standard input or elsewhere.

    Raises:
        PaasError: It can't be read, or is not whole.
    """
    require(kind, kind.restore, "imported")
    code = enter(kind, service, id, kind.restore, source=source)
    if source:
        source.whole(streams.PATIENCE if code else None)
    if code:
        raise PaasError(
            f"The import into {service.name} failed with status {code}.",
            hint=f"Give it what {kind.noun}:export has written.",
        )
    if kind.restarts:
        engine().stop(id, containers.STOP_SECONDS)
        engine().start(id)
        containers.wait(engine(), kind, service, id)


def copy(
    kind: Kind, service: Service, id: str, other: Service, other_id: str, further: Sequence[str] | None = None
) -> None:
    """Give one service what another holds."""
    require(kind, kind.dump, "copied")
    with streams.filled(lambda sink: dump(kind, service, id, sink, further)) as stream:
        restore(kind, other, other_id, stream)


def require(kind: Kind, command: Sequence[str], what: str) -> None:
    """Refuse what a kind has no program for.

    Raises:
        PaasError: It has none.
    """
    if not command:
        raise PaasError(f"A {kind.title} service can't be {what}.", hint="It keeps nothing that outlives it.")
