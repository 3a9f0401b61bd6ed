"""Which app a domain leads to: one domain, one app.

A domain that was added to an app is its own, even while its domains are disabled. The names that
apps have in the global domains follow whatever changes; where one is also somebody's own, or two apps
would have it (`shop` in example.com and `shop.example.com`), the owner or the older app keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from paas import App, PaasError, apps, hooks

from . import hookspecs, kept, names
from .kept import Domains


class DomainTaken(PaasError):
    def __init__(self, domain: str, owner: str) -> None:
        super().__init__(
            f"{domain} already belongs to {owner}.",
            hint=f"Free it with domains:remove {owner} {domain}",
        )


def domains(app: App, owners_now: Mapping[str, App] | None = None) -> list[str]:
    """The domains that lead to an app.

    Args:
        owners_now: What `owners` gave, for a caller that asks about many apps.
    """
    said = kept.of(app)
    if not said.enabled:
        return []
    derived = derived_names(app, kept.global_domains()) if said.derived else []
    if derived:
        its = owners() if owners_now is None else owners_now
        derived = [name for name in derived if its[name] == app]
    return list(dict.fromkeys([*derived, *said.custom]))


def owners() -> dict[str, App]:
    """Every domain that is spoken for, with the app that it leads to."""
    return spoken_for(apps.all(), kept.of_all(), kept.global_domains())


def spoken_for(every: Iterable[App], said: Mapping[str, Domains], global_domains: Sequence[str]) -> dict[str, App]:
    by_age = sorted(every, key=lambda app: app.id)
    owners = {name: app for app in by_age if app.owner in said for name in said[app.owner].custom}
    for app in by_age:
        its = said.get(app.owner, Domains())
        if its.derived and its.enabled:
            for name in derived_names(app, global_domains):
                owners.setdefault(name, app)
    return owners


def derived_names(app: App, global_domains: Iterable[str]) -> list[str]:
    """The names that an app has by itself, one for each global domain."""
    return list(dict.fromkeys(_derived(app, global_domains)))


def require_free(app: App, wanted: Sequence[str]) -> None:
    """Refuse domains that lead to other apps.

    Raises:
        DomainTaken: One does.
    """
    owners_now = owners()
    for name in wanted:
        if (owner := owners_now.get(name, app)) != app:
            raise DomainTaken(name, owner.name)


def _derived(app: App, global_domains: Iterable[str]) -> Iterator[str]:
    for vhost in global_domains:
        if names.is_address(vhost):
            continue
        hostname = hooks.refine(hookspecs.nginx_hostname, _usual(app, vhost), app, vhost)
        if name := names.domain_or_none(hostname):
            yield name


def _usual(app: App, vhost: str) -> str:
    """As in Dokku: an app whose name is a whole domain, such as shop.example.com, has that one."""
    return app.name if "." in app.name and names.domain_or_none(app.name) else f"{app.name}.{vhost}"
