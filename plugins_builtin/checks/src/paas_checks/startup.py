"""An app's startup checks, as its scheduler has them tried."""

from __future__ import annotations

from collections.abc import Sequence

from paas import Image, Release
from paas_app_json.api import of_release
from paas_docker.api import engine
from paas_scheduler.api.checks import Check
from paas_scheduler.api.command import within

from . import healthchecks, probes
from .healthchecks import Healthcheck


def checks(release: Release, type: str) -> Sequence[Check]:
    """What each process of a type must pass, by the app.json that came with a release."""
    asked = healthchecks.of_manifest(of_release(release)).get(type, ())
    return [as_check(one, host(release.domains), release.image) for one in asked if one.type == "startup"]


def as_check(asked: Healthcheck, host: str, image: Image) -> Check:
    """A check of app.json as the scheduler wants it.

    Args:
        host: The app's name for itself, for the Host header.
        image: What runs, which may want something before a command.
    """
    return Check(
        name=asked.name,
        probe=_probe(asked, host, image),
        attempts=asked.attempts,
        timeout=asked.timeout,
        wait=asked.wait,
        initial_delay=asked.initial_delay,
        uptime=asked.uptime,
        warn=asked.warn,
    )


def host(domains: Sequence[str]) -> str:
    """The first name by which people reach an app."""
    return next((domain for domain in domains if domain != "localhost" and "*" not in domain), "localhost")


def _probe(asked: Healthcheck, host: str, image: Image) -> probes.Probe:
    if asked.path:
        given = {name.title(): value for name, value in asked.headers.items()}
        return probes.Http(asked.path, asked.port, asked.scheme, {"Host": host, **given}, asked.content)
    if asked.command:
        return probes.Command(engine(), tuple(within(image, asked.command)))
    return probes.Listening(asked.port) if asked.listening else probes.uptime
