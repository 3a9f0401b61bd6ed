"""Send requests to apps with nginx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, Endpoint, Release, Source, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding

ahead_of_build = ("paas_nginx.templates",)
ahead_of_start = ("paas_nginx.serving", "paas_nginx.sitetemplate")


@hookimpl
def install() -> None:
    from . import serving

    serving.prepare()


@hookimpl
def tick() -> None:
    from . import upkeep

    upkeep.tick()


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from . import templates

    templates.judge(app, source)


@hookimpl
def pre_release(app: App, source: Source | None) -> None:
    from . import kept, templates

    if source:
        kept.bring(app, templates.of_source(app, source))


@hookimpl
def release(app: App, release: Release) -> None:
    from . import kept

    kept.keep(app, release)


@hookimpl(optionalhook=True)
def differences(app: App) -> Sequence[str]:
    from . import comparison

    return comparison.differences(app)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def pre_deploy(app: App) -> None:
    from . import server

    server.get_ready(app)


@hookimpl
def proxy_configure(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> None:
    from . import serving

    serving.configure(app, release, endpoints)


@hookimpl
def proxy_settle(app: App) -> None:
    from . import server

    server.settle_for(app)


@hookimpl
def proxy_clear_config(app: App) -> None:
    from . import serving

    serving.clear(app)


@hookimpl
def post_app_rename_setup(app: App, old_name: str) -> None:
    from . import logs, server

    if server.site(app) is not None:
        logs.move(old_name, app.name)


@hookimpl
def post_app_rename(app: App) -> None:
    from . import serving

    serving.renamed(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import settings

    settings.copy(app, copy)


@hookimpl
def post_delete(app: App) -> None:
    from . import logs

    logs.remove(app)
