"""Link apps to services, and take links away."""

from __future__ import annotations

from dataclasses import replace

from paas import App, PaasError, output
from paas_config import api as config
from paas_config.api import Variable

from . import containers, events, kept, kinds, lifecycle
from .events import Event
from .kept import Link
from .kinds import Kind, Service


def link(kind: Kind, service: Service, app: App, alias: str, query: str, *, restart: bool) -> None:
    """Give an app the URL of a service, in a variable that it doesn't have yet.

    Raises:
        PaasError: It is linked already, or the variable is taken.
    """
    with lifecycle.alone(service):  # nobody may destroy it meanwhile
        event = _linked(kind, kept.load(kind, service.name), app, alias, query)
    events.done(event)
    _restart(kind, app, "link", restart)


def _linked(kind: Kind, service: Service, app: App, alias: str, query: str) -> Event:
    if already := kept.links_of(app, kind.noun).get(service.name):
        raise PaasError(f"Already linked as {already.variable}", hint=f"Unlink it with {kind.noun}:unlink first.")
    taken = config.environment(app)
    variable = f"{alias}_URL" if alias else kinds.variable(kind, taken)
    if variable in taken:
        raise PaasError(f"{variable} is set for {app.name} already.", hint="Choose another --alias.")
    found = Link(variable, _scheme(kind, taken), query)
    event = events.refusable("link", service, app)
    output.step(f"Linking {kind.title} service {service.name} to {app.name} as {variable}")
    kept.link(service, app, found)
    try:
        config.set(app, {variable: _url(kind, service, found)}, by=kind.noun)
    except BaseException:  # it may be too much for one environment
        kept.link(service, app, None)
        raise
    return event


def unlink(kind: Kind, service: Service, app: App, *, restart: bool) -> None:
    """Take the URL of a service from an app.

    Raises:
        PaasError: It isn't linked.
    """
    found = require(kind, service, app)
    event = events.refusable("unlink", service, app)
    kept.link(service, app, None)
    output.step(f"Unlinking {kind.title} service {service.name} from {app.name}")
    ours = [name for name, value in config.variables(app).items() if value.by == kind.noun]
    config.unset(app, [name for name in (found.variable, found.further) if name in ours])
    events.done(event)
    _restart(kind, app, "unlink", restart)


def promote(kind: Kind, service: Service, app: App) -> None:
    """Have the kind's own variable hold the URL of this service, which keeps the one that it had.

    What the kind's own variable held gets another, be it that of a service or the app's own.

    Raises:
        PaasError: It isn't linked, or is promoted already.
    """
    found, first = require(kind, service, app), f"{kind.alias}_URL"
    if found.variable == first:
        raise PaasError(f"{service.name} is promoted as {first} already.")
    output.step(f"Promoting {kind.title} service {service.name} to {first} of {app.name}")
    if before := config.variables(app).get(first):
        _demote(kind, app, first, before)
    kept.link(service, app, replace(found, variable=first, further=found.variable))
    config.set(app, {first: _url(kind, service, found)}, by=kind.noun)
    _restart(kind, app, "promote", True)


def _demote(kind: Kind, app: App, first: str, before: Variable) -> None:
    """Have the value of the kind's own variable in another one too."""
    links = {name: link for name, link in kept.links_of(app, kind.noun).items() if link.variable == first}
    further = next((link.further for link in links.values()), "")
    other = further or kinds.variable(kind, config.environment(app))
    for name, link in links.items():
        kept.link(kept.load(kind, name), app, replace(link, variable=other, further=""))
    if not further:
        output.detail(f"What {first} was is {other} now")
        config.set(app, {other: before.value}, by=before.by)


def require(kind: Kind, service: Service, app: App) -> Link:
    """An app's link to a service.

    Raises:
        PaasError: There is none.
    """
    if not (found := kept.links_of(app, kind.noun).get(service.name)):
        raise PaasError(
            f"{kind.title} service {service.name} is not linked to {app.name}.",
            hint=f"Link it with {kind.noun}:link {service.name} {app.name}",
        )
    return found


def _url(kind: Kind, service: Service, link: Link) -> str:
    return containers.dsn(kind, service, link.scheme, link.query)


def _scheme(kind: Kind, environment: dict[str, str]) -> str:
    """What the app's variable, such as POSTGRES_DATABASE_SCHEME, asks for.

    Raises:
        PaasError: The kind has no such scheme.
    """
    name = f"{kind.noun.upper()}_DATABASE_SCHEME"
    wanted = environment.get(name, kind.schemes[0])
    if wanted not in kind.schemes:
        raise PaasError(f"{name} is {wanted!r}.", hint=f"Set it to {' or '.join(kind.schemes)}.")
    return wanted


def wake(app: App) -> None:
    """Start the services that an app is linked to and that somebody has paused."""
    for service in kept.services_of(app):
        if not lifecycle.wake(service):
            output.warn(f"{app.name} uses {service.name}, which is stopped: {service.kind}:start {service.name}")


def restart_all(kind: Kind, service: Service) -> None:
    """Restart the apps that are linked to a service."""
    for app in kept.links(service):
        config.restart(app, f"{kind.noun}:upgrade")


def _restart(kind: Kind, app: App, verb: str, wanted: bool) -> None:
    if not wanted:
        return output.detail("Skipping restart of linked app")
    config.restart(app, f"{kind.noun}:{verb}")
