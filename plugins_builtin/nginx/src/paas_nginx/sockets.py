"""Which ports another program has, as nginx would find out only when it tries for them."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .listens import Listen

LISTENING = "0A"


def taken(listens: Iterable[Listen], master: int | None) -> dict[Listen, str]:
    """Where nginx can't listen, each with its own words for it.

    Args:
        master: The running nginx, whose sockets aren't another program's.
    """
    busy = {listen: address for listen in listens if (address := _refused(listen))}
    if busy and master:
        own = _ports(master)
        busy = {listen: address for listen, address in busy.items() if listen.port not in own}
    reason = f"failed ({errno.EADDRINUSE}: {os.strerror(errno.EADDRINUSE)})"
    return {listen: f"nginx: [emerg] bind() to {address} {reason}" for listen, address in busy.items()}


def _refused(listen: Listen) -> str | None:
    """The address as nginx writes it, if somebody has it."""
    six = listen.address.startswith("[")
    host = listen.address.rstrip(":").strip("[]") if listen.address else "0.0.0.0"  # noqa: S104 (as nginx does)
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if six:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            one.bind((host, listen.port))
        except OSError as error:
            return f"{f'[{host}]' if six else host}:{listen.port}" if error.errno == errno.EADDRINUSE else None
    return None


def _ports(master: int) -> set[int]:
    """The ports that a program listens on."""
    own = set()
    for descriptor in Path(f"/proc/{master}/fd").iterdir():
        with suppress(OSError):
            own.add(str(descriptor.readlink()))
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == LISTENING and f"socket:[{rest[5]}]" in own:
                    found.add(int(local.rpartition(":")[2], 16))
    return found
