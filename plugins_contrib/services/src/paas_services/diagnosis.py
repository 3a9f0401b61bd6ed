"""What is wrong with services: their containers, folders, links and backups, against what the store says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paas import locks, state
from paas.upkeep import Finding, Severity
from paas_config import api as config
from paas_docker.api import State, engine, ours

from . import backups, containers, kept, turns
from .kinds import Service


def diagnose() -> Iterator[Finding]:
    found = {each.labels[containers.SERVICE]: each for each in engine().containers(ours() | {containers.SERVICE: ""})}
    services = [Service(**value) for value in state.owners(kept.NOUN, "service").values()]
    for service in sorted(services, key=lambda service: service.key):
        with locks.exclusive(turns.change(service), wait=False) as nobody_is_at_it:
            if nobody_is_at_it:
                yield from _of(service, found.get(service.key))
        yield from _of_backups(service)
    for key in sorted(found.keys() - {service.key for service in services}):
        yield Finding(
            key, "It has a container, and the store knows no such service.", f"docker rm -f {found[key].id[:12]}"
        )


def _of(service: Service, container: State | None) -> Iterator[Finding]:
    about, linked = f"{service.kind} {service.name}", kept.links(service)
    root = containers.root(service)
    if not root.is_dir():
        yield Finding(about, f"Its folder {root} is missing.", "Put it back from a backup of the server's disk.")
    if linked and not (container and container.is_running):
        status = container.status if container else "missing"
        names = ", ".join(app.name for app in linked)
        yield Finding(
            about, f"Its container is {status}, and {names} uses it.", f"{service.kind}:start {service.name} starts it."
        )
    if container:
        yield from _of_mounts(service, about, engine().inspect(container.id)["HostConfig"]["Binds"] or [])
    for app, link in linked.items():
        value = config.variables(app).get(link.variable)
        if value is None or value.by != service.kind or containers.host(service) not in value.value:
            yield Finding(
                about,
                f"{link.variable} of {app.name} is not what the link to it has set.",
                f"{service.kind}:unlink {service.name} {app.name} and link it again, unless you have meant it.",
                Severity.warning,
            )


def _of_mounts(service: Service, about: str, binds: list[str]) -> Iterator[Finding]:
    root = str(containers.root(service))
    sources = [bind.partition(":")[0] for bind in binds]
    if strange := [source for source in sources if not source.startswith(f"{root}/")]:
        yield Finding(
            about,
            f"Its container sees {strange[0]}, not {root}.",
            f"{service.kind}:restart {service.name} makes a new one.",
        )


def _of_backups(service: Service) -> Iterator[Finding]:
    last: Mapping[str, str] = backups.last(service)
    if not last.get("error"):
        return
    with locks.exclusive(turns.backup(service), wait=False) as nobody_is_at_it:
        if nobody_is_at_it:
            yield Finding(
                f"{service.kind} {service.name}",
                f"Its last backup, to {last['target']}, failed: {last['error']}",
                f"Try it: {service.kind}:backup {service.name} {last['target']}",
            )
