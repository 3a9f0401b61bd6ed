"""The hooks of the lifecycle and of an app's life, in the order in which a deploy meets them.

A feature's own hooks stand in `hookspecs.py` of its plugin. `paas.hooks` explains the shapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .hooks import hookspec

if TYPE_CHECKING:
    from pathlib import Path

    from .apps import App
    from .builds import Build
    from .context import Caller
    from .releases import Endpoint, Image, Mount, PortMapping, Process, Release, Slot, Source
    from .tasks import Task
    from .upkeep import Finding, Leftover

ROLES = {"builder": "build", "scheduler": "deploy", "proxy": "proxy_configure"}
"""Role to the hook whose implementation makes a plugin a holder of it."""


# Who may do what


@hookspec.check
def authorize(caller: Caller, verb: str, app: str | None) -> None:
    """Refuse a command.

    Called for every command that comes through an ssh key, before it runs, once for each app that
    it names. Whoever is on the server itself owns Docker and is not asked.

    Args:
        caller: The key.
        verb: The command, such as `config:set` or `git-receive-pack`.
        app: The app that it names, which need not exist; None when it names none.

    Raises:
        PaasError: The key may not do this.
    """


@hookspec.filter
def visible_apps(apps: Sequence[App], caller: Caller) -> Sequence[App]:
    """Leave out the apps that a key should not see in lists.

    Called for every listing that comes through an ssh key.
    """
    return apps


# The life of the server


@hookspec.tell
def install() -> None:
    """Prepare what a plugin needs on this server: folders, a network, a part of another program's configuration.

    Called by install.sh and by `plugin:install` once the program with the plugin is in place, every
    time anew: what is right already must stay as it is.
    """


@hookspec.check
def require_room(is_deploy: bool) -> None:
    """Refuse what is about to be written while the disks have too little room for it.

    Args:
        is_deploy: A deploy begins, which writes wherever plugins say (`disk_places`); else git is to store a push.
    """


@hookspec.gather
def disk_places() -> Mapping[str, Path]:
    """Where deploys write besides the data root, the repositories and the folder of temporary files.

    Called before a deploy begins, which the plugin doctor refuses while too little is free in one of them.

    Returns:
        What lies there, in a word or two, to the path.
    """
    return {}


@hookspec.gather
def diagnose() -> Sequence[Finding]:
    """What is wrong with what a plugin owns, all over the server; nothing if all is well.

    Called by `doctor` for one plugin after the other; one that raises is a finding of its own. It changes nothing, and
    doesn't take for wrong what a deploy that is going on has not finished.
    """
    return ()


@hookspec.gather
def leftovers(app: App | None) -> Sequence[Leftover]:
    """What a plugin has made and no release needs any more, ready to be removed.

    Called by `cleanup`. Only what carries the labels of this system, or lies in its folders, is ever named.

    Args:
        app: Only what was of this app; None for all of them, and for what was of no app.
    """
    return ()


# The life of an app


@hookspec.check
def pre_autocreate(name: str) -> None:
    """A push goes to an app that doesn't exist; an exception refuses to create it."""


@hookspec.tell
def post_create(app: App) -> None:
    """An app was created, by `apps:create`, by a first push, or as a clone."""


@hookspec.tell
def post_app_clone_setup(app: App, copy: App) -> None:
    """Copy what a plugin keeps for an app to its copy; the copy isn't deployed yet."""


@hookspec.tell
def post_app_clone(app: App, copy: App) -> None:
    """An app was cloned, and its copy deployed if it could be."""


@hookspec.tell
def post_app_rename_setup(app: App, old_name: str) -> None:
    """Move what carries an app's old name; its processes still run under that name.

    Rows of the store follow by themselves, since they belong to the app's id.
    """


@hookspec.tell
def post_app_rename(app: App, old_name: str) -> None:
    """An app was renamed, and its processes run under the new name."""


@hookspec.check
def pre_delete(app: App) -> None:
    """Refuse to destroy an app, for instance while something depends on it."""


@hookspec.tell
def post_delete(app: App) -> None:
    """Remove what a plugin keeps for an app outside the store; its containers are gone.

    The app's rows and its folder in the data root are removed after this.
    """


# 1. Receive


@hookspec.tell
def builds_record_start(app: App, build: Build) -> None:
    """A deploy of an app has begun, and its log.

    Called for every push, `ps:rebuild` and `git:from-…`, and for every restart, scale, rollback and change of config
    that starts processes.
    """


@hookspec.filter
def post_extract(source: Source, app: App) -> Source:
    """Change the source before anyone judges it: choose a sub-folder, add or change files.

    Called once the tree of the pushed commit lies in a folder of its own.
    """
    return source


@hookspec.check
def pre_receive(app: App, source: Source) -> None:
    """Refuse a source that can't be deployed, before anything is built.

    Called for every push, `ps:rebuild` and `git:from-…`, with the tree as `post_extract` left it.

    Raises:
        PaasError: What is wrong with it; a push is declined with this text.
    """


@hookspec.answer
def source_of(app: App, revision: str) -> AbstractContextManager[Source] | None:
    """A commit of an app's as a source that is there while the context is open; None when it is unknown.

    Called by `ps:rebuild`.

    Args:
        revision: That of the live release; empty where nothing is live, for what a push would deploy now.
    """


# 2. Build


@hookspec.gather
def builder_detect(app: App, source: Source) -> Sequence[str]:
    """The builders that could build a source, as names of plugins; a plugin names itself, another, or none.

    Called when no builder is chosen for the app. The first in the order of plugins builds.
    """
    return ()


@hookspec.answer
def chosen_holder(app: App, role: str) -> str | None:
    """The plugin that someone has chosen for a role of an app, None if nobody has.

    Called whenever a role is to act, with `builder`, `scheduler` or `proxy`.
    """


@hookspec.check
def pre_build(app: App, source: Source, builder: str) -> None:
    """A source is about to be built; an exception fails the build."""


@hookspec.role("builder")
def build(app: App, source: Source) -> Image:
    """Turn an app's source into an image.

    Called for the app's builder only, once every `pre_build` has agreed. What the build prints
    goes to whoever pushed, as it comes.

    Raises:
        PaasError: The source can't be built; its log has been shown.
    """
    raise NotImplementedError


@hookspec.check
def post_build(app: App, source: Source, image: Image) -> None:
    """An image was built; an exception fails the build."""


@hookspec.role("builder")
def discard_image(app: App, image: Image) -> None:
    """Remove an image that no release runs, such as that of a failed deploy."""


# 3. Release


@hookspec.check
def pre_release(app: App, image: Image, source: Source | None) -> None:
    """A release is about to be recorded: the last moment to change what it will hold.

    Args:
        source: What was built; None when an image that exists is released again.
    """


@hookspec.gather
def process_types(app: App, source: Source) -> Mapping[str, str]:
    """The process types of a source, each with its command, as a Procfile names them.

    Called after a build. Nobody naming any means one `web` with the image's own command.
    """
    return {}


@hookspec.gather
def formation(app: App, processes: Sequence[str]) -> Mapping[str, int]:
    """How many of each process type run; a type that nobody counts has none, `web` one.

    Called for every release with the types that it has.
    """
    return {}


@hookspec.gather
def app_environment(app: App, revision: str) -> Mapping[str, str]:
    """The variables of an app's processes; the same one from two plugins is an error.

    Called for every release.

    Args:
        revision: The commit that the release was built from, empty if there is none.
    """
    return {}


@hookspec.gather
def container_mounts(app: App) -> Sequence[Mount]:
    """The folders and volumes that an app's containers see. Called for every release."""
    return ()


@hookspec.gather
def app_domains(app: App) -> Sequence[str]:
    """The host names that lead to an app; none means that it is reached by a port of its own.

    Called for every release, and whenever the proxy or a URL needs them.
    """
    return ()


@hookspec.gather
def app_ports(app: App, image: Image | None) -> Sequence[PortMapping]:
    """Which ports of the host lead to which ports of an app's `web` processes.

    Args:
        image: What runs or is about to; None when nothing was ever deployed.
    """
    return ()


@hookspec.gather
def release_parts(app: App) -> Mapping[str, Any]:
    """What a plugin keeps with a release, so that a rollback can bring it back: its part's name, and JSON.

    Called for every release, as it is recorded. Of ours, config keeps what people have set (`config`), ps how many
    processes run (`formation`), domains what leads to the app (`domains`). A rollback always brings `config` back,
    and any other part if `--with` names it.
    """
    return {}


@hookspec.check
def restore_parts(app: App, parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Bring parts of an older release back, in the store and nowhere else.

    Called twice for a rollback: when it begins, to see what that would come to, in a transaction that is undone;
    and in the transaction that makes the new release the live one. So all of it holds, or none.

    Args:
        parts: Those that are to come back, as `release_parts` gave them then; a plugin takes its own.
        before: The same as they were when the rollback began. What someone has changed since then, and the
            rollback would not, should stay.

    Raises:
        PaasError: It can't be had any more, such as a domain that another app has taken.
    """


@hookspec.check
def release(app: App, release: Release) -> None:
    """Do what must succeed before a release may start, such as a migration of its database.

    Called once the release is recorded. An exception fails the release; the old one goes on.
    """


# 4. Deploy


@hookspec.answer
def skip_deploy(app: App) -> bool | None:
    """Whether a new source is only to be built and released, and started by the next `ps:restart`.

    Called for every push, `ps:rebuild` and `git:from-…`, once its release is recorded.
    """


@hookspec.check
def pre_deploy(app: App, release: Release) -> None:
    """Refuse to start a release. Called for every push, restart, scale and change of config."""


@hookspec.role("scheduler")
def deploy(app: App, release: Release, slots: Sequence[Slot]) -> Sequence[Process]:
    """Start processes of a release beside whatever runs, and check that they work.

    Called for the app's scheduler only. All of them work when it returns; when it raises, none of
    them is left and their logs have been shown.

    Args:
        slots: What to start. Others of the release may run already.

    Raises:
        PaasError: Which process didn't start, and why.
    """
    raise NotImplementedError


@hookspec.answer
def wait_to_retire(app: App) -> float | None:
    """How many seconds old processes may finish what they do, once requests go to new ones; by default a minute.

    Called at the end of every deploy that replaces something.
    """


@hookspec.role("scheduler")
def retire(app: App, processes: Sequence[Process], after: float) -> None:
    """Stop processes that nothing is sent to any more, and remove what they leave.

    Args:
        after: Seconds to let them finish what they do; 0 means now, and returns when they are gone.
    """


# 5. Proxy


@hookspec.role("proxy")
def proxy_configure(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> None:
    """Send an app's requests to these endpoints from now on; to nobody if there are none.

    Called for the app's proxy only: in a deploy once every new process works, and whenever the app's
    domains, ports or settings change.

    Args:
        release: What the endpoints run, about to go live or live already; None when nothing was ever deployed.

    Raises:
        PaasError: The configuration is refused; requests go where they went before.
    """


@hookspec.tell
def proxy_settle(app: App) -> None:
    """Return once no request goes anywhere but where `proxy_configure` has sent it.

    Called in a deploy before old processes are given up, if that is at once, and before it ends. So `proxy_configure`
    may return a moment earlier, when the new endpoints are served but what served the old ones still takes its leave.
    """


@hookspec.role("proxy")
def proxy_clear_config(app: App) -> None:
    """Forget an app, as if its proxy had never been configured."""


@hookspec.check
def pre_promote(app: App, release: Release) -> None:
    """Do what must succeed once requests go to a new release, before the old one is given up.

    Called for every push, restart and change of config, not for a scale, which keeps the release. An
    exception fails the release: requests go to the old processes again, and the new ones go.
    """


# After it


@hookspec.gather
def app_urls(app: App) -> Sequence[str]:
    """Where an app answers, the best first. Called at the end of a deploy and by `urls`."""
    return ()


@hookspec.tell
def post_deploy(app: App, release: Release) -> None:
    """A release is live. Called after every push, restart, scale and change of config."""


@hookspec.tell
def builds_record_finalize(app: App, build: Build, status: str) -> None:
    """A deploy of an app has ended. Nobody hears of the end of one that was killed.

    Args:
        status: succeeded, failed or canceled.
    """


@hookspec.tell
def deploy_source_set(app: App, source: Source) -> None:
    """A new source is live. Called after `post_deploy`, not for restarts."""


@hookspec.tell
def post_restore_parts(app: App, parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """A rollback has brought parts of an older release back. Called after `post_deploy`, as `restore_parts` was."""


@hookspec.gather
def needed_images(app: App) -> Sequence[str]:
    """The ids of images that must stay although nothing runs them, such as those that a rollback may need.

    Called for each app before images are removed. What runs, or is about to, stays anyhow.
    """
    return ()


@hookspec.tell
def post_scale(app: App, formation: Mapping[str, int]) -> None:
    """An app runs as many processes of each type as `ps:scale` asked for. Called after `post_deploy`."""


@hookspec.check
def pre_start(app: App) -> None:
    """An app that was stopped is about to start. Called by `ps:start`, `ps:restart` and `ps:restore`."""


@hookspec.tell
def post_stop(app: App) -> None:
    """An app was stopped by its user; its processes are gone and its release stays."""


# Work that is due later


@hookspec.tell
def perform(task: Task) -> None:
    """Carry out a task whose time has come; only the plugin that planned it is called.

    It may have run before and been killed half-way. An exception means: try again later.
    """


@hookspec.tell
def tick(now: float) -> None:
    """A minute has passed; look after what time alone changes.

    Args:
        now: Seconds since the epoch.
    """
