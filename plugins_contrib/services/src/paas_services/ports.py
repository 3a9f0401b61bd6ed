"""Ports of the host that lead to services."""

from __future__ import annotations

import socket

from paas import InvalidValue, PaasError

from .kinds import Kind, Service

LAST = 65535


def chosen(port: int) -> int:
    """A port of the host that nobody has; 0 for any.

    Raises:
        InvalidValue: It is none.
        PaasError: It is in use.
    """
    if not 0 <= port <= LAST:
        raise InvalidValue(f"{port} is not a port.", hint=f"Use 1 to {LAST}.")
    if not (found := _free(port)):
        raise PaasError(f"The port {port} is in use.", hint="Choose another, or leave it out.")
    return found


def require_free(kind: Kind, service: Service) -> None:
    """Refuse to start a service whose ports somebody else has taken while it was stopped.

    Raises:
        PaasError: One of them.
    """
    if taken := [port for port in service.ports if not _free(port)]:
        raise PaasError(
            f"The port {taken[0]}, which is to lead to {service.name}, is in use.",
            hint=f"See who has it with ss -ltnp, or give it up: {kind.noun}:unexpose {service.name}",
        )


def _free(port: int) -> int:
    """The port, or with 0 one that is free; 0 if somebody has it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", port))
        except PermissionError:  # below 1024; Docker may have it
            return 0 if _answers(port) else port
        except OSError:
            return 0
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(("127.0.0.1", port)) == 0
