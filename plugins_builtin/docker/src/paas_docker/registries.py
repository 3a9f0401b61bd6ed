"""Registries by the docker CLI, whose file holds what was logged in with, or names a program that does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from paas import process
from paas.errors import ProgramFailed

from . import quick, space
from .build import reason

TIMEOUT = 60
"""Seconds for a registry to answer a login."""


def login(server: str, user: str, password: str, config: Path) -> None:
    """Log in; the password goes to the client's input, as no word of it."""
    argv: process.Argv = ["docker", "--config", config, "login", "--username", user, "--password-stdin", "--", server]
    try:
        process.run(argv, input=f"{password}\n".encode(), env=_environment(), timeout=TIMEOUT)
    except ProgramFailed as error:
        raise space.refused(reason(error.output), error.output) from error


def logout(server: str, config: Path) -> None:
    try:
        process.run(["docker", "--config", config, "logout", "--", server], env=_environment(), timeout=TIMEOUT)
    except ProgramFailed as error:
        raise space.refused(reason(error.output), error.output) from error


def push(name: str, show: Callable[[str], None], config: Path) -> None:
    try:
        process.stream(["docker", "--config", config, "push", "--", name], show, env=_environment())
    except ProgramFailed as error:
        raise space.refused(reason(error.output), error.output) from error


def _environment() -> dict[str, str]:
    return {"DOCKER_HOST": f"unix://{quick.socket_path()}"}
