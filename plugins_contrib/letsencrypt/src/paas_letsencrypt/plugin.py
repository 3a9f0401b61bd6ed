"""Certificates of Let's Encrypt, or of any ACME server, that renew themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.tasks import Task
    from paas.upkeep import Finding


@hookimpl
def perform(task: Task) -> None:
    from paas import apps

    from . import renewals

    if app := apps.by_id(task.payload["app_id"]):
        renewals.perform(app)


@hookimpl
def post_domains_update(app: App) -> None:
    from . import renewals

    renewals.follow(app)
    renewals.say_what_follows(app)


@hookimpl
def post_certs_update(app: App) -> None:
    from . import renewals

    renewals.let_go(app)


@hookimpl
def post_certs_remove(app: App) -> None:
    from . import renewals

    renewals.let_go(app)


@hookimpl
def post_app_rename(app: App) -> None:
    from . import renewals

    renewals.follow(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import settings

    settings.copy(app, copy)


@hookimpl
def post_delete(app: App) -> None:
    from . import pending

    pending.forget(app)


@hookimpl
def letsencrypt_dns_record(app: App, provider: str, action: str, name: str, value: str) -> bool | None:
    from . import challenges

    return challenges.run_program(app, provider, action, name, value)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import status

    return status.findings()
