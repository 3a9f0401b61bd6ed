"""What a source asks to be run around its deploy: scripts of app.json, and the Procfile's `release`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas import App, PaasError, Release, hooks, hookspecs, output, releases, state
from paas_scheduler import api as scheduler
from paas_scheduler.api import Job

from . import kept

RELEASE = "release"
"""The process type that runs once before each deploy, and never goes on."""
SEEDED = "seeded"
"""Property: the script of the first deploy has run."""
PHASES = ("predeploy", "postdeploy")
SHAPE = 'Write "scripts": {"dokku": {"predeploy": "a command"}}.'


def check(manifest: Mapping[str, Any]) -> None:
    """Refuse scripts that aren't commands.

    Raises:
        PaasError: Which one.
    """
    for phase in PHASES:
        of_deploy(manifest, phase)
    of_first_deploy(manifest)


def of_deploy(manifest: Mapping[str, Any], phase: str) -> str:
    """The script of each deploy, as `scripts.paas` or else `scripts.dokku` has it; empty for none."""
    scripts = _object(manifest, "scripts")
    ours, theirs = (_command(_object(scripts, system), f"scripts.{system}.{phase}") for system in ("paas", "dokku"))
    return ours or theirs


def of_first_deploy(manifest: Mapping[str, Any]) -> str:
    """The script that runs before an app's first release goes live; empty for none."""
    return _command(_object(manifest, "scripts"), "scripts.postdeploy")


def before(app: App, release: Release) -> None:
    """Run what must succeed before a release starts: predeploy, the Procfile's release, a first deploy's script.

    Raises:
        PaasError: One of them failed.
    """
    manifest = kept.of_release(release.id)
    live = releases.live(app)
    if kept.brought(app) is not None or has_changed(release, live):
        _run(app, release, Job("predeploy", of_deploy(manifest, "predeploy")), "app.json")
        _run(app, release, Job(RELEASE, release.processes.get(RELEASE, "")), "the Procfile")
    if not live and not state.property("app-json", app.owner, SEEDED):
        _run(app, release, Job("postdeploy", of_first_deploy(manifest)), "app.json, for the first deploy")
        state.change("app-json", app.owner, {SEEDED: True})


def after(app: App, release: Release) -> None:
    """Run what must succeed once requests go to a release.

    Raises:
        PaasError: It failed.
    """
    script = of_deploy(kept.of_release(release.id), "postdeploy")
    if script:
        hooks.tell(hookspecs.proxy_settle, app)  # it may ask the app, which must be the new one
    _run(app, release, Job("postdeploy", script), "app.json")


def has_changed(release: Release, live: Release | None) -> bool:
    """Whether a release runs something else than the live one: a restart has nothing to migrate."""
    return not live or (release.image.id, release.config) != (live.image.id, live.config)


def _run(app: App, release: Release, job: Job, origin: str) -> None:
    if not job.command.strip():
        return
    output.step(f"Checking for {job.name} task")
    output.detail(f"Executing {job.name} task from {origin}: {job.command}")
    if code := scheduler.run(app, release, job):
        raise PaasError(
            f"The {job.name} task of {app.name} failed with exit code {code}.",
            hint="What it printed is above. What ran before goes on running.",
        )


def _object(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = parent.get(key, {})
    if not isinstance(found, dict):
        raise PaasError(f"app.json has no object where its {key} is.", hint=SHAPE)
    return found


def _command(parent: Mapping[str, Any], path: str) -> str:
    found = parent.get(path.rpartition(".")[2], "")
    if not isinstance(found, str) or "\0" in found:
        raise PaasError(f"app.json has {str(found)[:60]} for {path}, which is not a command.", hint=SHAPE)
    return found
