"""The phases of a deploy, each a place where its process can be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

from paas import App, Source, hookimpl
from paas.context import current


def phase(name: str, app: App) -> None:
    """Do what a test wants to happen when the app's deploy comes here."""
    order = current().paths.plugin("saboteur") / app.name
    with suppress(FileNotFoundError):
        wanted, _, what = order.read_text().partition(" ")
        if wanted == name:
            order.unlink()
            ORDERS[what](order)


def kill(order: Path) -> None:
    """End this process so that nothing of it can clean up."""
    os.kill(os.getpid(), signal.SIGKILL)


def pause(order: Path) -> None:
    """Say that the deploy is here, and go on when the test lets it."""
    gate = order.with_name(f"{order.name}.gate")
    gate.write_text("here")
    gate.read_text()  # a pipe: returns once the other side has written and closed


ORDERS: dict[str, Callable[[Path], None]] = {"": kill, "pause": pause}


@hookimpl
def post_extract(source: Source, app: App) -> Source:
    phase("extract", app)
    return source


@hookimpl
def pre_receive(app: App) -> None:
    phase("receive", app)


@hookimpl
def pre_build(app: App) -> None:
    phase("pre-build", app)


@hookimpl
def post_build(app: App) -> None:
    phase("build", app)


@hookimpl
def release(app: App) -> None:
    phase("release", app)


@hookimpl
def pre_deploy(app: App) -> None:
    phase("start", app)


@hookimpl
def post_container_create(app: App) -> None:
    phase("created", app)


@hookimpl
def check_deploy(app: App) -> None:
    phase("check", app)


@hookimpl
def nginx_pre_reload(app: App) -> None:
    phase("reload", app)


@hookimpl(wrapper=True)
def proxy_configure(app: App) -> Generator[None, Any, Any]:
    configured = yield
    phase("proxy", app)
    return configured


@hookimpl
def pre_promote(app: App) -> None:
    phase("promote", app)


@hookimpl(wrapper=True)
def retire(app: App) -> Generator[None, Any, Any]:
    phase("retire", app)
    return (yield)


@hookimpl
def post_deploy(app: App) -> None:
    phase("live", app)
