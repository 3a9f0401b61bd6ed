"""Link apps to services, and take links away."""

from __future__ import annotations

from paas import App, PaasError, output
from paas_config import api as config

from . import containers, events, kept, kinds, lifecycle
from .kept import Link
from .kinds import Kind, Service


def link(kind: Kind, service: Service, app: App, alias: str, query: str, *, restart: bool) -> None:
    """Give an app the URL of a service, in a variable that it doesn't have yet.

    Raises:
        PaasError: It is linked already, or the variable is taken.
    """
    if already := kept.links_of(app, kind.noun).get(service.name):
        raise PaasError(f"Already linked as {already.variable}", hint=f"Unlink it with {kind.noun}:unlink first.")
    taken = config.environment(app)
    variable = f"{alias}_URL" if alias else kinds.variable(kind, taken)
    if variable in taken:
        raise PaasError(f"{variable} is set for {app.name} already.", hint="Choose another --alias.")
    found = Link(variable, _scheme(kind, taken), query)
    event = events.refusable("link", service, app)
    kept.link(service, app, found)
    output.step(f"Linking {kind.title} service {service.name} to {app.name} as {variable}")
    config.set(app, {variable: _url(kind, service, found)}, by=kind.noun)
    events.done(event)
    _restart(kind, app, "link", restart)


def unlink(kind: Kind, service: Service, app: App, *, restart: bool) -> None:
    """Take the URL of a service from an app.

    Raises:
        PaasError: It isn't linked.
    """
    found = require(kind, service, app)
    event = events.refusable("unlink", service, app)
    kept.link(service, app, None)
    output.step(f"Unlinking {kind.title} service {service.name} from {app.name}")
    variables = config.variables(app)
    if found.variable in variables and variables[found.variable].by == kind.noun:
        config.unset(app, [found.variable])
    events.done(event)
    _restart(kind, app, "unlink", restart)


def promote(kind: Kind, service: Service, app: App) -> None:
    """Have the kind's own variable hold the URL of this service; what it held gets another.

    Raises:
        PaasError: It isn't linked, or is promoted already.
    """
    found, first = require(kind, service, app), f"{kind.alias}_URL"
    if found.variable == first:
        raise PaasError(f"{service.name} is promoted as {first} already.")
    before, values = config.environment(app), {first: _url(kind, service, found)}
    others = [name for name, link in kept.links_of(app, kind.noun).items() if link.variable == first]
    for name in others:
        other = kept.load(kind, name)
        moved = Link(kinds.variable(kind, before), *_rest(kept.links_of(app, kind.noun)[name]))
        kept.link(other, app, moved)
        values[moved.variable] = before.get(first) or _url(kind, other, moved)
    kept.link(service, app, Link(first, found.scheme, found.query))
    config.set(app, values, by=kind.noun)
    config.unset(app, [found.variable])
    _restart(kind, app, "promote", True)


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


def _rest(link: Link) -> tuple[str, str]:
    return link.scheme, link.query


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
