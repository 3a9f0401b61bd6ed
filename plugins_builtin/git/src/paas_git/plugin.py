"""Deploy an app by git push; keep its repository through its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from paas import App, Source, hookimpl

if TYPE_CHECKING:
    from paas.tasks import Task
    from paas.upkeep import Finding

ahead_of_start = ("paas_git.upkeep",)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def post_create(app: App) -> None:
    from . import repository

    repository.ensure(app)


@hookimpl
def app_environment(app: App, revision: str) -> Mapping[str, str]:
    from .settings import SETTINGS

    variable = SETTINGS.value(app, "rev-env-var")
    return {variable: revision} if variable and revision else {}


@hookimpl
def source_of(app: App, revision: str) -> AbstractContextManager[Source] | None:
    from . import repository, source
    from .settings import SETTINGS

    wanted = revision or repository.head(app, SETTINGS.value(app, "deploy-branch"))
    return source.known(app, wanted) if wanted and repository.has_commit(app, wanted) else None


@hookimpl
def post_app_rename_setup(app: App, old_name: str) -> None:
    from . import repository

    repository.rename(app, old_name)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import repository
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    repository.copy(app, copy)


@hookimpl
def post_delete(app: App) -> None:
    from . import repository

    repository.remove(app)


@hookimpl(optionalhook=True)
def repo_gc(app: App) -> None:
    from . import upkeep

    upkeep.pack(app)


@hookimpl
def deploy_source_set(app: App) -> None:
    from . import upkeep

    upkeep.plan(app)


@hookimpl
def perform(task: Task) -> None:
    from paas import apps

    from . import upkeep

    if app := apps.by_id(task.payload["app"]):
        upkeep.tidy(app)
