"""Remember where an app's source came from, and refuse a deploy of an app that someone has locked."""

from __future__ import annotations

from paas import App, PaasError, Source, hookimpl

ahead_of_build = ("paas_apps.lock",)


@hookimpl
def pre_autocreate(name: str) -> None:
    from paas.state import GLOBAL

    from .settings import SETTINGS

    if SETTINGS.value(GLOBAL, "disable-autocreation") == "true":
        raise PaasError("App auto-creation disabled.", hint=f"Create it first with apps:create {name}")


@hookimpl
def pre_receive(app: App) -> None:
    from . import lock

    if note := lock.note(app):
        raise PaasError(f"{app.name} is locked ({note}).", hint=f"Let deploys in again with apps:unlock {app.name}")


@hookimpl
def deploy_source_set(app: App, source: Source) -> None:
    from paas import state

    asked_for = source.revision if source.kind == "git-push" else source.reference
    state.change("apps", app.owner, {"deploy-source": source.kind, "deploy-source-metadata": asked_for})


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from paas import state

    kept = state.properties("apps", app.owner)
    kept.pop("lock", None)  # it was put on the original, by someone who meant that one
    state.change("apps", copy.owner, kept)
