"""How a source becomes a release, and a release the processes that requests go to.

The steps that `lifecycle` takes; each expects the app's deploy lock to be held.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from . import apps, cancelling, hooks, hookspecs, intents, output, releases, tasks
from .apps import App
from .context import current
from .errors import PaasError
from .releases import Image, Process, Release, Slot, Source
from .state import CORE

DRAIN_SECONDS = 60
"""How long old processes may finish what they do where nobody says otherwise (as in Dokku)."""


# From a source to a release


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


@dataclass(frozen=True)
class Restoration:
    """What a rollback brings back besides an image.

    Attributes:
        parts: Name to what plugins have kept of an older release.
        before: The same as they were when the rollback began.
    """

    parts: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    def perform(self, app: App) -> None:
        """Bring it back; within a transaction."""
        if self.parts:
            hooks.check(hookspecs.restore_parts, app, self.parts, self.before)


NOTHING = Restoration()


def restoration(app: App, target: Release, names: Collection[str]) -> Restoration:
    """What bringing back these parts of a release means, as far as it has kept them."""
    now = hooks.gather(hookspecs.release_parts, app)
    parts = {name: kept for name, kept in target.parts.items() if name in names}
    return Restoration(parts, {name: now[name] for name in parts if name in now})


def record(
    app: App,
    image: Image,
    origin: Source | Release,
    reason: str,
    counts: Mapping[str, int] | None = None,
    restored: Restoration = NOTHING,
) -> Release:
    """Record a release of an image: everything that will run, at this moment.

    Args:
        counts: Process type to count; None for what plugins say.
        restored: What is to be as it once was, when the release is live.
    """
    output.step(f"Releasing {app.name}...")
    source = origin if isinstance(origin, Source) else None
    hooks.check(hookspecs.pre_release, app, image, source)
    processes = _process_types(app, source) if source else dict(origin.processes)  # type: ignore[union-attr]
    with CORE.supposing() if restored.parts else nullcontext():
        restored.perform(app)
        draft = _draft(app, image, origin, reason, processes, counts)
    with CORE.writing():
        intents.begin(app, intents.RELEASE)
        return releases.add(app, draft)


def _draft(
    app: App,
    image: Image,
    origin: Source | Release,
    reason: str,
    processes: Mapping[str, str],
    counts: Mapping[str, int] | None,
) -> Release:
    return Release(
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
        parts=hooks.gather(hookspecs.release_parts, app),
        created_by=current().caller.name,
        reason=reason,
    )


def is_up_to_date(app: App, live: Release) -> bool:
    """Whether a process that starts now would be given just what it is given by the live release."""
    now = (
        hooks.gather(hookspecs.app_environment, app, live.revision),
        hooks.gather(hookspecs.container_mounts, app),
        [port.container for port in hooks.gather(hookspecs.app_ports, app, live.image)],
    )
    return now == (live.config, live.mounts, [port.container for port in live.ports])


def formation(app: App, processes: Mapping[str, str]) -> dict[str, int]:
    """How many of each process type run: as plugins say, else one `web` and none of the others."""
    counted = hooks.gather(hookspecs.formation, app, sorted(processes))
    return {type: counted.get(type, 1 if type == releases.ROUTED else 0) for type in processes}


def slots(formation: Mapping[str, int]) -> list[Slot]:
    """The places that a formation has, by type and number."""
    return [Slot(type, n + 1) for type, count in sorted(formation.items()) for n in range(count)]


def discard(app: App, image: Image) -> None:
    """Remove the image of a deploy that failed, unless a release that once lived has it too.

    Why the deploy failed counts more: what can't be removed now is left to a tick.
    """
    if any(r.image.id == image.id for r in releases.all(app) if r.status in ("live", "superseded")):
        return
    try:
        hooks.act_as(image.builder, hookspecs.discard_image, app, image)
    except PaasError as error:
        output.warn(f"The new image could not be removed: {error.message}", "The next paas tick tries again.")


def needed_images(idle: App) -> set[str]:
    """The ids of the images that must stay: what any app runs or is about to run, and what plugins need.

    Args:
        idle: An app whose deploy lock is held by whoever asks.
    """
    wanted = (hooks.gather(hookspecs.needed_images, app) for app in apps.all())
    return releases.images_in_use(idle).union(*wanted)


def _process_types(app: App, source: Source) -> dict[str, str]:
    return hooks.gather(hookspecs.process_types, app, source) or {releases.ROUTED: ""}


# From a release to what runs


def start(app: App, release: Release, restored: Restoration = NOTHING) -> None:
    """Start all processes of a release and, once they work, make it the live one.

    Args:
        restored: What comes back with it, as `record` was told.
    """
    before = releases.processes(app)
    try:
        hooks.check(hookspecs.release, app, release)
        hooks.check(hookspecs.pre_deploy, app, release)
        started = launch(app, release, slots(release.formation))
        switch(
            app,
            release,
            started,
            started,
            lambda: promote(app, release, started, restored),
            lambda: hooks.check(hookspecs.pre_promote, app, release),
        )
    except BaseException:
        abandon(app)
        raise
    finish(app, release, before)


def leave_to_the_next_start(app: App, release: Release) -> None:
    """Make a release the live one while what runs goes on running."""
    try:
        hooks.check(hookspecs.release, app, release)
    except BaseException:
        abandon(app)
        raise
    cancelling.too_late()
    output.step("Skipping deployment")
    promote(app, release, releases.processes(app))


def promote(app: App, release: Release, running: Sequence[Process], restored: Restoration = NOTHING) -> None:
    """Make a release the live one, with what comes back with it."""
    with CORE.writing():
        restored.perform(app)
        releases.promote(app, release, running)
        intents.done(app, intents.RELEASE)


def abandon(app: App) -> None:
    """Record that the app's pending release has failed."""
    with CORE.writing():
        releases.fail(app)
        intents.done(app, intents.RELEASE)


def replace(app: App, release: Release, leaving: Sequence[Process], coming: Sequence[Slot]) -> None:
    """Start some processes of a release and let others go, once the new ones work; all that remain stay as they are.

    Args:
        release: The live one, or a new one that becomes it.
    """
    is_new = release.status == "pending"
    try:
        hooks.check(hookspecs.pre_deploy, app, release)
        started = launch(app, release, coming)
        remaining = [p for p in releases.processes(app) if p not in leaving] + started
        keep = promote if is_new else lambda app, _release, running: releases.set_processes(app, running)
        switch(app, release, remaining, started, lambda: keep(app, release, remaining))
    except BaseException:
        if is_new:
            abandon(app)
        raise
    finish(app, release, leaving)


def launch(app: App, release: Release, coming: Sequence[Slot]) -> list[Process]:
    """Start processes that nobody is sent to yet; all of them work, or none is left."""
    return list(hooks.act(hookspecs.deploy, app, release, coming)) if coming else []


def switch(
    app: App,
    release: Release | None,
    running: Sequence[Process],
    started: Sequence[Process],
    keep: Callable[[], None],
    confirm: Callable[[], None] = lambda: None,
) -> None:
    """Send requests to these processes and have the store know them: both, or neither.

    Args:
        running: All that is to run from now on.
        started: Those of them that go again if this fails.
        keep: Writes `running` into the store.
        confirm: Raises if requests had better go where they went before.
    """
    try:
        intents.begin(app, intents.ROUTE)
        cancelling.hold()  # or nobody would know whether the proxy has followed
        hooks.act(hookspecs.proxy_configure, app, release, releases.endpoints(running))
    except BaseException:
        hooks.act(hookspecs.retire, app, started, 0)
        intents.done(app, intents.ROUTE)
        raise
    try:
        cancelling.go_on()
        confirm()
        cancelling.too_late()
        with CORE.writing():
            keep()
            intents.done(app, intents.ROUTE)
    except BaseException:
        # Requests go to the new processes already (the disk is full, say): those go only once the proxy is back.
        route(app)
        hooks.act(hookspecs.retire, app, started, 0)
        raise


def route(app: App) -> None:
    """Have the app's proxy send requests to what the store says runs, by the domains and ports of now."""
    configure_proxy(app)
    intents.done(app, intents.ROUTE)


def configure_proxy(app: App) -> None:
    if hooks.plugins().holders("proxy"):
        hooks.act(hookspecs.proxy_configure, app, releases.live(app), releases.endpoints(releases.processes(app)))


def finish(app: App, release: Release, old: Sequence[Process]) -> None:
    """Let old processes go and tell of the release; it is what everybody is served when this returns."""
    retire(app, old)
    hooks.tell(hookspecs.post_deploy, app, release)
    hooks.tell(hookspecs.proxy_settle, app)


def retire(app: App, processes: Sequence[Process]) -> None:
    """Let processes go that nothing is sent to; the new ones are live, so a failure is only shown."""
    if not processes:
        return
    try:
        if not (seconds := drain_seconds(app)):
            hooks.tell(hookspecs.proxy_settle, app)
        hooks.act(hookspecs.retire, app, processes, seconds)
        tasks.carry_out_detached(seconds)
    except PaasError as error:
        output.warn(f"Old processes of {app.name} could not be retired: {error.message}", error.hint)


def drain_seconds(app: App) -> float:
    """How long old processes may finish what they do."""
    chosen = hooks.ask(hookspecs.wait_to_retire, app)
    return DRAIN_SECONDS if chosen is None else chosen


def announce(app: App) -> None:
    output.result("Application deployed:")
    for url in hooks.gather(hookspecs.app_urls, app):
        output.detail(url)
    output.line()
