"""The only place where hooks are put in order: what happens to an app, from its creation to its end.

A push is `receive`: receive → build → release → deploy → proxy. A restart, a change of config and a
rename release the image that is there again; `scale` keeps even the release.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from . import apps, hooks, hookspecs, locks, output, state, tasks
from .apps import App, Endpoint, Image, Process, Release, Slot, Source
from .context import current
from .errors import AppNotFound, PaasError

DRAIN_SECONDS = 60
"""How long old processes may finish what they do once requests go to the new ones (as in Dokku)."""

ROUTED = "web"
"""The process type that the proxy sends requests to."""


# A deploy


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
    with deploying(app, reason, wait=False) as app, _logged(app):
        source = hooks.refine(hookspecs.post_extract, source, app)
        hooks.check(hookspecs.pre_receive, app, source)
        image = build(app, source)
        try:
            release = record(app, image, source, reason)
            if skipped := hooks.ask(hookspecs.skip_deploy, app):
                _leave_to_the_next_start(app, release)
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
    with deploying(app, reason) as app:
        live = apps.live_release(app)
        if not live or not apps.processes(app):
            return None
        return _release_again(app, live, reason)


def resume(app: App, reason: str) -> Release | None:
    """Start an app that was stopped: release its live image with the config, domains and mounts of now.

    Returns:
        The new release; None when the app was never deployed.
    """
    with deploying(app, reason) as app:
        hooks.check(hookspecs.pre_start, app)
        live = apps.live_release(app)
        return _release_again(app, live, reason) if live else None


def _release_again(app: App, live: Release, reason: str, counts: Mapping[str, int] | None = None) -> Release:
    release = record(app, live.image, live, reason, counts)
    start(app, release)
    return release


def build(app: App, source: Source) -> Image:
    """Have the app's builder turn a source into an image."""
    builder = choose_builder(app, source)
    hooks.check(hookspecs.pre_build, app, source, builder)
    image = hooks.act_as(builder, hookspecs.build, app, source)
    try:
        hooks.check(hookspecs.post_build, app, source, image)
    except BaseException:
        discard(app, image)
        raise
    return image


def choose_builder(app: App, source: Source) -> str:
    """The builder that was chosen, else the first that says it can."""
    chosen = hooks.ask(hookspecs.chosen_holder, app, "builder")
    detected = [chosen] if chosen else hooks.gather(hookspecs.builder_detect, app, source)[:1]
    if not detected:
        raise PaasError(
            f"Nothing in the source of {app.name} says how to build it.",
            hint="Add a Dockerfile, or choose a builder with builder:set. "
            f"Installed: {', '.join(hooks.plugins().holders('builder')) or 'none'}.",
        )
    return hooks.plugins().choose("builder", app, detected)


def record(
    app: App, image: Image, origin: Source | Release, reason: str, counts: Mapping[str, int] | None = None
) -> Release:
    """Record a release of an image: everything that will run, at this moment.

    Args:
        counts: Process type to count; None for what plugins say.
    """
    output.step(f"Releasing {app.name}...")
    source = origin if isinstance(origin, Source) else None
    hooks.check(hookspecs.pre_release, app, image, source)
    processes = _process_types(app, source) if source else dict(origin.processes)  # type: ignore[union-attr]
    draft = Release(
        id=0,
        app_id=app.id,
        number=0,
        status="pending",
        created_at=0,
        image=image,
        revision=origin.revision,
        kind=origin.kind,
        reference=origin.reference,
        processes=processes,
        formation=formation(app, processes) if counts is None else counts,
        config=hooks.gather(hookspecs.app_environment, app, origin.revision),
        domains=hooks.gather(hookspecs.app_domains, app),
        ports=hooks.gather(hookspecs.app_ports, app, image),
        mounts=hooks.gather(hookspecs.container_mounts, app),
        created_by=current().caller.name,
        reason=reason,
    )
    return apps.add_release(app, draft)


def start(app: App, release: Release) -> None:
    """Start all processes of a release and, once they work, make it the live one."""
    before = apps.processes(app)
    try:
        hooks.check(hookspecs.release, app, release)
        hooks.check(hookspecs.pre_deploy, app, release)
        running = _replace(app, release, before)
    except BaseException:
        apps.fail_release(release)
        raise
    apps.promote(app, release, running)
    _retire(app, before)
    hooks.tell(hookspecs.post_deploy, app, release)


def _leave_to_the_next_start(app: App, release: Release) -> None:
    """Make a release the live one while what runs goes on running."""
    try:
        hooks.check(hookspecs.release, app, release)
    except BaseException:
        apps.fail_release(release)
        raise
    output.step("Skipping deployment")
    apps.promote(app, release, apps.processes(app))


def _replace(app: App, release: Release, before: Sequence[Process]) -> Sequence[Process]:
    slots = [Slot(type, n + 1) for type, count in sorted(release.formation.items()) for n in range(count)]
    running = hooks.act(hookspecs.deploy, app, release, slots) if slots else []
    try:
        hooks.act(hookspecs.proxy_configure, app, release, endpoints(running))
    except BaseException:
        hooks.act(hookspecs.retire, app, running, 0)
        raise
    return running


def discard(app: App, image: Image) -> None:
    """Remove the image of a deploy that failed, unless a release that once lived has it too."""
    if not any(r.image.id == image.id for r in apps.releases(app) if r.status in ("live", "superseded")):
        hooks.act_as(image.builder, hookspecs.discard_image, app, image)


def announce(app: App) -> None:
    output.result("Application deployed:")
    for url in hooks.gather(hookspecs.app_urls, app):
        output.detail(url)
    output.line()


# What runs


def scale(app: App, wanted: Mapping[str, int]) -> None:
    """Start or stop processes of the live release until there are as many as wanted.

    What runs goes on running; when nothing does, the live image is released again, as by a restart.

    Args:
        wanted: Process type to count; other types keep theirs.
    """
    with deploying(app, "ps:scale") as app:
        release = apps.live_release(app)
        if not release:
            return
        wanted = {**formation(app, release.processes), **wanted}
        if running := apps.processes(app):
            slots = {Slot(type, n + 1) for type, count in wanted.items() for n in range(count)}
            surplus = [p for p in running if p.slot not in slots]
            _swap(app, release, running, surplus, sorted(slots - {p.slot for p in running}))
        else:
            _release_again(app, release, "ps:scale", wanted)
        hooks.tell(hookspecs.post_scale, app, wanted)


def restart_type(app: App, type: str) -> None:
    """Replace the processes of one type by new ones of the same release.

    Raises:
        PaasError: The app runs no such processes.
    """
    if not _renew(app, f"ps:restart {type}", lambda slot: slot.type == type):
        raise PaasError(f"{app.name} runs no {type}.", hint=f"See ps:scale {app.name}")


def revive(app: App, slots: Collection[Slot], reason: str) -> None:
    """Put new processes of the live release in the place of those that should run and don't."""
    _renew(app, reason, lambda slot: slot in slots)


def _renew(app: App, reason: str, chosen: Callable[[Slot], bool]) -> bool:
    """Replace the processes in some slots; whether there were any."""
    with deploying(app, reason) as app:
        release = apps.live_release(app)
        running = apps.processes(app)
        old = [p for p in running if chosen(p.slot)]
        if release and old:
            _swap(app, release, running, old, [p.slot for p in old])
    return bool(old)


def _swap(
    app: App, release: Release, running: Sequence[Process], leaving: Sequence[Process], coming: Sequence[Slot]
) -> None:
    """Start some processes of the live release and let others go, once the new ones work."""
    hooks.check(hookspecs.pre_deploy, app, release)
    started = hooks.act(hookspecs.deploy, app, release, coming) if coming else []
    remaining = [p for p in running if p not in leaving] + list(started)
    try:
        hooks.act(hookspecs.proxy_configure, app, release, endpoints(remaining))
    except BaseException:
        hooks.act(hookspecs.retire, app, started, 0)
        raise
    apps.set_processes(app, remaining)
    _retire(app, leaving)
    hooks.tell(hookspecs.post_deploy, app, release)


def stop(app: App) -> None:
    """Stop all processes of an app; its release stays the live one."""
    with deploying(app, "ps:stop") as app:
        running = apps.processes(app)
        apps.set_processes(app, [])
        configure_proxy(app)
        hooks.act(hookspecs.retire, app, running, 0)
        hooks.tell(hookspecs.post_stop, app)


def configure_proxy(app: App) -> None:
    """Have the app's proxy send requests to what runs now, by the domains and ports of now."""
    hooks.act(hookspecs.proxy_configure, app, apps.live_release(app), endpoints(apps.processes(app)))


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
        try:
            change()
            if hooks.plugins().holders("proxy"):
                configure_proxy(app)
        except BaseException:
            state.replace(noun, app.owner, before)
            raise


def endpoints(running: Sequence[Process]) -> list[Endpoint]:
    return [p.endpoint for p in running if p.slot.type == ROUTED and p.endpoint]


def formation(app: App, processes: Mapping[str, str]) -> dict[str, int]:
    """How many of each process type run: as plugins say, else one `web` and none of the others."""
    counted = hooks.gather(hookspecs.formation, app, sorted(processes))
    return {type: counted.get(type, 1 if type == ROUTED else 0) for type in processes}


def _process_types(app: App, source: Source) -> dict[str, str]:
    return hooks.gather(hookspecs.process_types, app, source) or {ROUTED: ""}


def _retire(app: App, processes: Sequence[Process]) -> None:
    """Let processes go that nothing is sent to; the new ones are live, so a failure is only shown."""
    if not processes:
        return
    try:
        hooks.act(hookspecs.retire, app, processes, DRAIN_SECONDS)
        tasks.carry_out_detached(DRAIN_SECONDS)
    except PaasError as error:
        output.warn(f"Old processes of {app.name} could not be retired: {error.message}", error.hint)


# The life of an app


def create(name: str) -> App:
    """Create an app that has nothing deployed yet."""
    app = apps.add(name)
    current().paths.app(app.name).mkdir(parents=True, exist_ok=True)
    hooks.tell(hookspecs.post_create, app)
    return app


def destroy(app: App) -> None:
    """Stop an app and remove everything of it."""
    with _alone(app, "apps:destroy") as app:
        hooks.check(hookspecs.pre_delete, app)
        if running := apps.processes(app):
            hooks.act(hookspecs.retire, app, running, 0)
        if hooks.plugins().holders("proxy"):
            hooks.act(hookspecs.proxy_clear_config, app)
        hooks.tell(hookspecs.post_delete, app)
        shutil.rmtree(current().paths.app(app.name), ignore_errors=True)
        apps.remove(app)
        locks.forget(app.id)


def rename(app: App, name: str, *, deploy: bool = True) -> App:
    """Give an app another name; its processes are replaced by new ones that carry it.

    Args:
        deploy: Replace the processes now. Else they keep the old name until the next deploy.
    """
    with deploying(app, "apps:rename") as app:
        renamed = apps.rename(app, name)
        old, new = current().paths.app(app.name), current().paths.app(name)
        if old.exists():
            old.rename(new)
        hooks.tell(hookspecs.post_app_rename_setup, renamed, app.name)
    if deploy:
        redeploy(renamed, "apps:rename")
    hooks.tell(hookspecs.post_app_rename, renamed, app.name)
    return renamed


def clone(app: App, name: str, *, deploy: bool = True) -> App:
    """Create an app with the settings and the release of another.

    Args:
        deploy: Start the copy too, if the app was deployed.
    """
    hooks.plugins().require_sound()
    copy = create(name)
    hooks.tell(hookspecs.post_app_clone_setup, app, copy)
    live = apps.live_release(app)
    if deploy and live:
        with deploying(copy, "apps:clone"):
            start(copy, record(copy, live.image, live, "apps:clone"))
    hooks.tell(hookspecs.post_app_clone, app, copy)
    return copy


# Around it


@contextmanager
def deploying(app: App, what: str, *, wait: bool = True) -> Iterator[App]:
    """Hold the app's deploy lock, with every plugin sound.

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
def _alone(app: App, what: str, *, wait: bool = True) -> Iterator[App]:
    with locks.deploying(app.id, app.name, what, wait=wait):
        if not (now := apps.by_id(app.id)):
            raise AppNotFound(app.name)
        yield now


@contextmanager
def _logged(app: App) -> Iterator[None]:
    started = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    with output.recorded(current().paths.app(app.name) / "builds" / f"{started}.log"):
        yield
