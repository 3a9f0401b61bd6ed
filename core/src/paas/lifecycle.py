"""The only place where hooks are put in order: what happens to an app, from its creation to its end.

A push is `receive`: receive → build → release → deploy → proxy. A restart, a change of config and a
rename release the image that is there again; `scale` keeps even the release. The steps of a deploy
stand in `deployment`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import apps, builds, cancelling, hooks, hookspecs, intents, locks, output, privileged, releases, state
from .apps import App
from .context import current
from .deployment import (
    abandon,
    announce,
    build,
    configure_proxy,
    discard,
    formation,
    is_up_to_date,
    leave_to_the_next_start,
    record,
    replace,
    restoration,
    route,
    slots,
    start,
    switch,
)
from .errors import AppNotFound, PaasError
from .releases import Release, Slot, Source

# A new release


def receive(app: App, source: Source, reason: str) -> Release:
    """Build, release and start a source, and send requests to it.

    The old release serves until the new one works. When this raises, it still does, and nothing of
    the new one is left but its log.

    Args:
        reason: What asked for this, for the record: `git push`, `ps:rebuild` …

    Raises:
        PaasError: Why the source isn't live.
        Locked: Another deploy of this app is going on.
    """
    with _deploying(app, reason, wait=False) as app:
        hooks.check(hookspecs.require_room, is_deploy=True)
        with builds.recorded(app, builds.BUILD, reason):
            return _received(app, source, reason)


def _received(app: App, source: Source, reason: str) -> Release:
    source = hooks.refine(hookspecs.post_extract, source, app)
    hooks.check(hookspecs.pre_receive, app, source)
    image = build(app, source)
    try:
        release = record(app, image, source, reason)
        if skipped := hooks.ask(hookspecs.skip_deploy, app):
            leave_to_the_next_start(app, release)
        else:
            start(app, release)
    except BaseException:
        discard(app, image)
        raise
    hooks.tell(hookspecs.deploy_source_set, app, source)
    if not skipped:
        announce(app)
    return release


def redeploy(app: App, reason: str) -> Release | None:
    """Release the live image of an app that runs again, with the config, domains and mounts of now.

    Returns:
        The new release; None when nothing of the app runs, so that there is nothing to replace.
    """
    with _deploying(app, reason) as app:
        live = releases.live(app)
        if not live or not releases.processes(app):
            return None
        return _release_again(app, live, reason)


def resume(app: App, reason: str) -> Release | None:
    """Start an app that was stopped: release its live image with the config, domains and mounts of now.

    Returns:
        The new release; None when the app was never deployed.
    """
    with _deploying(app, reason) as app:
        hooks.check(hookspecs.pre_start, app)
        live = releases.live(app)
        return _release_again(app, live, reason) if live else None


def rollback(app: App, target: Release, parts: Collection[str], reason: str) -> Release:
    """Release the image and the process types of an older release again, with parts that plugins have kept of it.

    Everything else is as it is now. When this raises, all of it is.

    Args:
        parts: Their names, such as `config`; one that the older release has not is left as it is now.

    Raises:
        PaasError: Why the new release isn't live.
    """
    with _deploying(app, reason) as app, builds.recorded(app, builds.DEPLOY, reason):
        restored = restoration(app, target, parts)
        release = record(app, target.image, target, reason, restored=restored)
        start(app, release, restored)
        if restored.parts:
            hooks.tell(hookspecs.post_restore_parts, app, restored.parts, restored.before)
        announce(app)
    return release


def _release_again(app: App, live: Release, reason: str, counts: Mapping[str, int] | None = None) -> Release:
    hooks.check(hookspecs.require_room, is_deploy=True)
    with builds.recorded(app, builds.DEPLOY, reason):
        release = record(app, live.image, live, reason, counts)
        start(app, release)
        announce(app)
    return release


# The live release


def scale(app: App, wanted: Mapping[str, int]) -> None:
    """Start or stop processes of the live release until there are as many as wanted.

    What runs goes on running; when nothing does, the live image is released again, as by a restart.

    Args:
        wanted: Process type to count; other types keep theirs.
    """
    with _deploying(app, "ps:scale") as app:
        release = releases.live(app)
        if not release:
            return
        wanted = {**formation(app, release.processes), **wanted}
        if running := releases.processes(app):
            places, taken = slots(wanted), {p.slot for p in running}
            surplus = [p for p in running if p.slot not in places]
            with builds.recorded(app, builds.DEPLOY, "ps:scale"):
                replace(app, release, surplus, [slot for slot in places if slot not in taken])
        else:
            _release_again(app, release, "ps:scale", wanted)
        hooks.tell(hookspecs.post_scale, app, wanted)


def restart_type(app: App, type: str) -> None:
    """Replace the processes of one type by new ones of the same image, with the config and mounts of now.

    The other processes stay as they are. Where something has changed since the live release, the new processes are
    those of a new one, and the others follow with their next start.

    Raises:
        PaasError: The app runs no such processes.
    """
    reason = f"ps:restart {type}"
    with _deploying(app, reason) as app:
        old = [p for p in releases.processes(app) if p.slot.type == type]
        if not (live := releases.live(app)) or not old:
            raise PaasError(f"{app.name} runs no {type}.", hint=f"See ps:scale {app.name}")
        with builds.recorded(app, builds.DEPLOY, reason):
            release = live if is_up_to_date(app, live) else record(app, live.image, live, reason)
            replace(app, release, old, [p.slot for p in old])


def revive(app: App, missing: Callable[[App], Collection[Slot]], reason: str, *, wait: bool = True) -> None:
    """Put new processes of the live release in the place of those that should run and don't.

    Args:
        missing: Which these are; asked when nobody else can start them any more.

    Raises:
        Locked: Somebody else is at the app, and `wait` is false.
    """
    with _deploying(app, reason, wait=wait) as app:
        release, slots = releases.live(app), missing(app)
        old = [p for p in releases.processes(app) if p.slot in slots]
        if release and old:
            with builds.recorded(app, builds.DEPLOY, reason):
                replace(app, release, old, [p.slot for p in old])


def stop(app: App) -> None:
    """Stop all processes of an app; its release stays the live one."""
    with deploying(app, "ps:stop") as app:
        running = releases.processes(app)
        switch(app, releases.live(app), [], [], lambda: releases.set_processes(app, []))
        hooks.act(hookspecs.retire, app, running, 0)
        hooks.tell(hookspecs.post_stop, app)


def reroute(app: App, noun: str, reason: str, change: Callable[[], None]) -> None:
    """Change what a plugin keeps of an app and have the app's proxy follow, or change nothing.

    Args:
        noun: The plugin whose properties of the app `change` changes.
        reason: The command, for whoever has to wait.

    Raises:
        PaasError: The change or the proxy refused it; the properties are as they were.
    """
    with deploying(app, reason) as app:
        before = state.properties(noun, app.owner)
        intents.begin(app, intents.ROUTE)
        try:
            change()
            configure_proxy(app)
        except BaseException:
            state.replace(noun, app.owner, before)
            raise
        finally:
            intents.done(app, intents.ROUTE)


# The life of an app


def create(name: str) -> App:
    """Create an app that has nothing deployed yet."""
    return _created(apps.add(name))


def _created(app: App) -> App:
    current().paths.app(app.name).mkdir(parents=True, exist_ok=True)
    hooks.tell(hookspecs.post_create, app)
    return app


def destroy(app: App) -> None:
    """Stop an app and remove everything of it."""
    with _alone(app, "apps:destroy") as app:
        hooks.check(hookspecs.pre_delete, app)
        intents.begin(app, intents.DESTROY)
        _remove(app)


def _remove(app: App) -> None:
    if running := releases.processes(app):
        hooks.act(hookspecs.retire, app, running, 0)
    if hooks.plugins().holders("proxy"):
        hooks.act(hookspecs.proxy_clear_config, app)
    hooks.tell(hookspecs.post_delete, app)
    _remove_folder(current().paths.app(app.name))
    apps.remove(app)
    locks.forget(app.id)


def _remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):  # something in it belongs to root, or to the account of a container
        privileged.run("remove", str(folder))


def rename(app: App, name: str, *, deploy: bool = True) -> App:
    """Give an app another name; its processes are replaced by new ones that carry it.

    Args:
        deploy: Replace the processes now. Else they keep the old name until the next deploy.
    """
    with deploying(app, "apps:rename") as app:
        with state.CORE.writing():
            renamed = apps.rename(app, name)
            intents.begin(renamed, intents.RENAME, old_name=app.name)
        _carry_name(renamed, app.name)
    if deploy:
        redeploy(renamed, "apps:rename")
    hooks.tell(hookspecs.post_app_rename, renamed, app.name)
    return renamed


def _carry_name(app: App, old_name: str) -> None:
    old, new = current().paths.app(old_name), current().paths.app(app.name)
    if old.exists() and not apps.find(old_name):
        old.rename(new)
    hooks.tell(hookspecs.post_app_rename_setup, app, old_name)
    intents.done(app, intents.RENAME)


def clone(app: App, name: str, *, deploy: bool = True) -> App:
    """Create an app with the settings and the release of another.

    Args:
        deploy: Start the copy too, if the app was deployed.

    Raises:
        PaasError: There is no copy; or there is one, and it doesn't start.
    """
    hooks.plugins().require_sound()
    copy = _copied(app, name)
    live = releases.live(app)
    if deploy and live:
        with _deploying(copy, "apps:clone"):
            _release_again(copy, live, "apps:clone")
    hooks.tell(hookspecs.post_app_clone, app, copy)
    return copy


def _copied(app: App, name: str) -> App:
    """A new app with the settings of another: of a copy that is cut short, nothing is left."""
    with state.CORE.writing():
        copy = apps.add(name)
        intents.begin(copy, intents.DESTROY)
    with locks.deploying(copy.id, copy.name, "apps:clone"):
        _created(copy)
        hooks.tell(hookspecs.post_app_clone_setup, app, copy)
        intents.done(copy, intents.DESTROY)
    return copy


# Around it


@contextmanager
def deploying(app: App, what: str, *, wait: bool = True) -> Iterator[App]:
    """Hold the app's deploy lock, with every plugin sound and nothing of a killed command left.

    Yields:
        The app as it is now: it may have another name than before the wait.

    Raises:
        BrokenPlugin: A plugin isn't sound.
        Locked: Somebody else holds the lock, and `wait` is false.
        AppNotFound: Somebody else has destroyed the app meanwhile.
    """
    hooks.plugins().require_sound()
    with _alone(app, what, wait=wait) as app:
        yield app


@contextmanager
def _deploying(app: App, what: str, *, wait: bool = True) -> Iterator[App]:
    """Hold the lock for what starts processes, and can be cancelled until they are live."""
    with cancelling.allowed(), deploying(app, what, wait=wait) as app:
        try:
            yield app
        except cancelling.Cancelled:
            _finish(app)  # which no later command has to, then
            raise


@contextmanager
def _alone(app: App, what: str, *, wait: bool = True) -> Iterator[App]:
    with locks.deploying(app.id, app.name, what, wait=wait):
        if intents.left(app.id):
            _finish(app)
        if not (now := apps.by_id(app.id)):
            raise AppNotFound(app.name)
        yield now


def recover() -> None:
    """Finish what killed commands have left of any app. Called by every tick."""
    for app_id in sorted({intent.app_id for intent in intents.left()}):
        with locks.exclusive(f"app-{app_id}", wait=False) as idle:
            if idle and (app := apps.by_id(app_id)):
                _finish(app)


def _finish(app: App) -> None:
    """Finish what a killed command has begun; what can't be finished now is tried again by the next tick."""
    for intent in intents.left(app.id):
        try:
            _FINISH[intent.what](app, **intent.details)
        except PaasError as error:
            output.warn(f"What was killed in {app.name} could not be finished: {error.message}", error.hint)
        if intent.what == intents.DESTROY:
            return


_FINISH: Mapping[str, Callable[..., None]] = {
    intents.DESTROY: _remove,
    intents.RELEASE: abandon,
    intents.RENAME: _carry_name,
    intents.ROUTE: route,
}
