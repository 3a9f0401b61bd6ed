"""The phases of a deploy, each a place where its process can be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from paas import App, Source, hookimpl
from paas.context import current


def phase(name: str, app: App) -> None:
    """Kill this process if a test wants the app's deploy to end here."""
    order = current().paths.plugin("saboteur") / app.name
    with suppress(FileNotFoundError):
        if order.read_text() == name:
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def post_extract(source: Source, app: App) -> Source:
    phase("extract", app)
    return source


@hookimpl
def pre_receive(app: App) -> None:
    phase("receive", app)


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


@hookimpl(wrapper=True)
def retire(app: App) -> Generator[None, Any, Any]:
    phase("retire", app)
    return (yield)


@hookimpl
def post_deploy(app: App) -> None:
    phase("live", app)
