"""The commands of a kind of service: `postgres:create`, `redis:create` …"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Annotated, Any

import typer

from paas import InvalidValue, PaasError, apps, output
from paas.params import PASS_ON, AppName, Format, OutputFormat

from . import backup_verbs, checked, containers, events, images, kept, lifecycle, linking, moving, settings, showing
from .asked import confirm, given_word
from .kinds import Kind
from .options import Given

Name = Annotated[str, typer.Argument(metavar="SERVICE", parser=checked.name, help="Name of the service.")]
NewName = Annotated[str, typer.Argument(metavar="NEW-SERVICE", parser=checked.name, help="The new name.")]
Password = Annotated[
    str | None,
    typer.Option("-p", "--password", help="Its password, else a random one; - reads it from standard input."),
]
RootPassword = Annotated[
    str | None,
    typer.Option("-r", "--root-password", help="The same: the account of apps is the one that may do everything."),
]
NotRestarted = Annotated[bool, typer.Option("-n", "--no-restart", help="Let it apply with the app's next start.")]
Alone = Annotated[bool, typer.Option(help="Only that.")]
Force = Annotated[bool, typer.Option("-f", "--force", help="Don't ask.")]


def commands(kind: Kind) -> typer.Typer:
    """All commands of a kind."""
    app = typer.Typer(help=f"{kind.title} services for apps.")
    verbs = {**VERBS, **(backup_verbs.VERBS if kind.dump else {})}
    for name, verb in sorted(verbs.items()):
        settings: dict[str, Any] = {"context_settings": PASS_ON} if name == "enter" else {}
        app.command(name, **settings)(_bound(verb, kind))
    return app


def _bound(verb: Callable[..., Any], kind: Kind) -> Callable[..., Any]:
    """A command of one kind: the same without its first parameter, and with the options of a `Given` in its place."""
    parameters = list(inspect.signature(verb, eval_str=True).parameters.values())[1:]
    shaped = {each.name for each in parameters if each.annotation is Given}

    def command(**words: Any) -> Any:
        for name in shaped:
            words[name] = Given(**{each.name: words.pop(each.name) for each in fields(Given)})
        return verb(kind, **words)

    open = [each for each in parameters if each.annotation is not Given]
    options = list(inspect.signature(Given, eval_str=True).parameters.values()) if shaped else []
    whole = sorted([*open, *options], key=lambda each: each.default is not inspect.Parameter.empty)
    command.__doc__, command.__name__ = verb.__doc__, verb.__name__
    command.__signature__ = inspect.Signature(whole)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in whole}
    return command


def create(kind: Kind, name: Name, given: Given, password: Password = None, root_password: RootPassword = None) -> None:
    """Make a service."""
    wanted = given.changed(lifecycle.draft(kind, name, _one(password, root_password)))
    output.step(f"Creating {kind.title} service {name}")
    lifecycle.create(kind, wanted)
    output.result(f"{kind.title} container created: {name}")
    showing.show(kind, wanted, showing.facts(kind, wanted))


def clone(
    kind: Kind,
    name: Name,
    new_name: NewName,
    given: Given,
    password: Password = None,
    root_password: RootPassword = None,
) -> None:
    """Make a service that holds what another does."""
    service = kept.load(kind, name)
    new = lifecycle.draft(kind, new_name, _one(password, root_password))
    wanted = given.changed(replace(service, name=new.name, password=new.password, ports=(), data=new.data))
    output.step(f"Cloning {name} to {new_name}")
    lifecycle.clone(kind, service, wanted)
    output.result(f"{kind.title} container created: {new_name}")
    showing.show(kind, wanted, showing.facts(kind, wanted))


def destroy(kind: Kind, name: Name, force: Force = False) -> None:
    """Remove a service with all that it holds; refused while an app is linked to it."""
    service = kept.load(kind, name)
    lifecycle.require_unlinked(kind, service)
    confirm(name, f"This will destroy {name} {kind.title} service.", force=force)
    output.step(f"Deleting {name}")
    lifecycle.destroy(kind, service)
    output.result(f"{kind.title} container deleted: {name}")


def exists(kind: Kind, name: Name) -> None:
    """Succeed if there is such a service."""
    kept.load(kind, name)
    output.step(f"Service {name} exists")


def listing(kind: Kind, format: OutputFormat = Format.stdout) -> None:
    """List the services."""
    names = events.visible(kind.noun, kept.names(kind.noun))
    if format is Format.json:
        return output.data(names)
    if not names:
        return output.warn(f"There are no {kind.title} services")
    output.result(f"{kind.title} services")
    for name in names:
        output.line(name)


def info(
    kind: Kind,
    name: Name,
    format: OutputFormat = Format.stdout,
    config_dir: Alone = False,
    config_options: Alone = False,
    connections: Alone = False,
    data_dir: Alone = False,
    dsn: Annotated[bool, typer.Option(help="Only the URL.")] = False,
    exposed_ports: Alone = False,
    id: Annotated[bool, typer.Option(help="Only that of its container.")] = False,
    initial_network: Alone = False,
    internal_ip: Alone = False,
    links: Alone = False,
    max_connections: Alone = False,
    memory: Annotated[bool, typer.Option(help="Only how much it may use.")] = False,
    post_create_network: Alone = False,
    post_start_network: Alone = False,
    service_root: Alone = False,
    shm_size: Alone = False,
    size: Annotated[bool, typer.Option(help="Only what it takes of the disk, or of the memory.")] = False,
    status: Alone = False,
    version: Alone = False,
) -> None:
    """Show a service."""
    chosen = {key.replace("_", "-"): value for key, value in locals().items() if value is True}
    service = kept.load(kind, name)
    found = showing.facts(kind, service, asks=not chosen or any(key in chosen for key in showing.SAID))
    if format is Format.json:
        return output.data(found)
    if not chosen:
        return showing.show(kind, service, found)
    for key in chosen:
        output.line(found[key])
    return None


def set(
    kind: Kind,
    name: Name,
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="initial-network, post-create-network, post-start-network or backup-keep"),
    ],
    value: Annotated[
        str, typer.Argument(metavar="[VALUE]", help="Networks, as N,N, or a number; none clears it.")
    ] = "",
) -> None:
    """Set or clear the networks of a service's next container (restart makes one), or how many backups of it stay."""
    settings.set(kind, kept.load(kind, name), key, value)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


def link(
    kind: Kind,
    name: Name,
    app: AppName,
    alias: Annotated[str, typer.Option("-a", "--alias", help="BLUE makes the variable BLUE_URL.")] = "",
    querystring: Annotated[str, typer.Option("-q", "--querystring", help="What follows the ? of the URL.")] = "",
    no_restart: NotRestarted = False,
) -> None:
    """Give an app the URL of a service, and restart it."""
    service, target = kept.load(kind, name), apps.load(app)
    alias = checked.alias(alias) if alias else ""
    linking.link(kind, service, target, alias, checked.query(querystring), restart=not no_restart)


def unlink(kind: Kind, name: Name, app: AppName, no_restart: NotRestarted = False) -> None:
    """Take the URL of a service from an app, and restart it."""
    linking.unlink(kind, kept.load(kind, name), apps.load(app), restart=not no_restart)


def promote(kind: Kind, name: Name, app: AppName) -> None:
    """Have the kind's own variable of an app lead to this service."""
    linking.promote(kind, kept.load(kind, name), apps.load(app))


def linked(kind: Kind, name: Name, app: AppName) -> None:
    """Succeed if an app is linked to a service."""
    linking.require(kind, kept.load(kind, name), apps.load(app))
    output.step(f"Service {name} is linked to {app}")


def links(kind: Kind, name: Name) -> None:
    """List the apps that are linked to a service."""
    for app in kept.links(kept.load(kind, name)):
        output.line(app.name)


def app_links(kind: Kind, app: AppName) -> None:
    """List the services that an app is linked to."""
    for name in events.visible(kind.noun, list(kept.links_of(apps.load(app), kind.noun))):
        output.line(name)


def start(kind: Kind, name: Name) -> None:
    """Have a service run."""
    service = kept.load(kind, name)
    output.step(f"Starting {name}")
    lifecycle.start(kind, service)


def stop(kind: Kind, name: Name) -> None:
    """Stop a service and remove its container; what it holds stays."""
    service = kept.load(kind, name)
    output.step(f"Stopping {name}")
    lifecycle.stop(kind, service, keeps_container=False)


def pause(kind: Kind, name: Name) -> None:
    """Stop a service and keep its container."""
    service = kept.load(kind, name)
    output.step(f"Pausing {name}")
    lifecycle.stop(kind, service, keeps_container=True)


def restart(kind: Kind, name: Name) -> None:
    """Stop a service and start it with a new container."""
    service = kept.load(kind, name)
    output.step(f"Restarting {name}")
    lifecycle.restart(kind, service)


def upgrade(
    kind: Kind,
    name: Name,
    given: Given,
    restart_apps: Annotated[str, typer.Option("-R", "--restart-apps", help="true: restart the linked apps too.")] = "",
) -> None:
    """Have a service run another version of its image; what it holds is copied to it by dump and restore."""
    from . import upgrading

    service = kept.load(kind, name)
    if given == Given():
        raise InvalidValue(
            f"To which version? {name} is {service.image}:{service.version}.",
            hint=f"Name it: --image-version {kind.version}",
        )
    if restart_apps not in ("", "true", "false"):
        raise InvalidValue(f"--restart-apps can't be {restart_apps!r}.", hint="Say true, or leave it out.")
    output.step(f"Upgrading {name}")
    after = upgrading.upgrade(kind, service, given.changed)
    output.result(f"{kind.title} service {name} is {after.image}:{after.version}")
    if restart_apps == "true":
        linking.restart_all(kind, service)


def expose(
    kind: Kind,
    name: Name,
    ports: Annotated[
        list[int] | None, typer.Argument(metavar="[PORT...]", help="Of the host, else a free one.")
    ] = None,
) -> None:
    """Have ports of the host lead to a service; it is started anew."""
    service = lifecycle.expose(kind, kept.load(kind, name), ports or [])
    output.step(f"Exposed {name} at {', '.join(map(str, service.ports))}")


def unexpose(kind: Kind, name: Name) -> None:
    """Have no port of the host lead to a service; it is started anew."""
    lifecycle.unexpose(kind, kept.load(kind, name))
    output.step(f"Unexposed {name}")


def logs(
    kind: Kind,
    name: Name,
    lines: Annotated[
        int | None, typer.Argument(metavar="[LINES]", min=0, help="The same as --num: logs orders -t 20.")
    ] = None,
    tail: Annotated[bool, typer.Option("-t", "--tail", help="Go on as lines come.")] = False,
    num: Annotated[int | None, typer.Option("-n", "--num", min=0, help="Only the last lines.")] = None,
) -> None:
    """Show what a service prints."""
    from paas_docker.api import engine

    service = kept.load(kind, name)
    for stamp, text in engine().logs(
        containers.existing(kind, service), tail=lines if num is None else num, follow=tail
    ):
        output.line(f"{stamp} {text}")


def enter(
    kind: Kind,
    name: Name,
    command: Annotated[list[str] | None, typer.Argument(metavar="[COMMAND...]", help="Else a shell.")] = None,
) -> int:
    """Run a program in a service's container."""
    return moving.run(kind, kept.load(kind, name), command or ["/bin/sh"])


def connect(kind: Kind, name: Name) -> int:
    """Open the client of a service; what it is given on standard input is passed on."""
    service = kept.load(kind, name)
    if not kind.client:
        raise PaasError(f"{kind.title} has no client of its own.", hint=f"Use {kind.noun}:enter {name}")
    return moving.connect(kind, service)


def export(kind: Kind, name: Name) -> None:
    """Print all that a service holds."""
    service = kept.load(kind, name)
    if sys.stdout.isatty():
        raise InvalidValue(
            "A terminal can't show an export.", hint=f"Write it to a file: {kind.noun}:export {name} > FILE"
        )
    moving.dump(kind, service, containers.running(kind, service))


def import_(kind: Kind, name: Name) -> None:
    """Have a service hold what an export printed, read from standard input."""
    service = kept.load(kind, name)
    if sys.stdin.isatty():
        raise InvalidValue("Nothing to import.", hint=f"Pass it on: {kind.noun}:import {name} < FILE")
    moving.restore(kind, service, containers.running(kind, service))


def image_build(
    kind: Kind,
    version: Annotated[str, typer.Argument(metavar="[VERSION]", help="As the base's packages have it.")] = "",
    base: Annotated[str, typer.Option("--base", help="An image of a Debian release, else of that which has it.")] = "",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="With the packages of today.")] = False,
) -> None:
    """Make the image of Debian's packages, for where no registry answers; one that is there already is kept."""
    version = checked.version(version or kind.version)
    output.step(f"Building an image of {kind.title} {version}")
    made = images.build(kind, version, checked.image(base) if base else "", anew=no_cache)
    output.result(f"{made} is there, and is taken where {kind.image}:{version} is not")


def _one(password: str | None, root_password: str | None) -> str | None:
    """The one password that a service has; None if none was given.

    Raises:
        InvalidValue: Two were given.
    """
    if None not in (password, root_password) and password != root_password:
        raise InvalidValue("A service has one password.", hint="Give --password or --root-password.")
    word = root_password if password is None else password
    return None if word is None else given_word(word)


VERBS: dict[str, Callable[..., Any]] = {
    "app-links": app_links,
    "clone": clone,
    "connect": connect,
    "create": create,
    "destroy": destroy,
    "enter": enter,
    "exists": exists,
    "export": export,
    "expose": expose,
    "image-build": image_build,
    "import": import_,
    "info": info,
    "link": link,
    "linked": linked,
    "links": links,
    "list": listing,
    "logs": logs,
    "pause": pause,
    "promote": promote,
    "restart": restart,
    "set": set,
    "start": start,
    "stop": stop,
    "unexpose": unexpose,
    "unlink": unlink,
    "upgrade": upgrade,
}
"""Verb to its function, whose first parameter is the kind."""
