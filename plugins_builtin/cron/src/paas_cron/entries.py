"""The entries of an app: what its app.json says under `cron`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paas import App, InvalidValue, PaasError, Source, releases
from paas_app_json import api as app_json

from .schedule import Schedule, parse

POLICIES = ("allow", "forbid", "replace")
MOST = 100
_LONGEST = 4096


@dataclass(frozen=True)
class Entry:
    """A command and when it runs.

    Attributes:
        id: Made of the command and the schedule, so that it stays from deploy to deploy.
        policy: What if it is to run while it still does: both run, the new one doesn't, or the old one ends.
        maintenance: It waits until somebody resumes it.
    """

    id: str
    command: str
    schedule: str
    policy: str = "allow"
    maintenance: bool = False

    @property
    def when(self) -> Schedule:
        return parse(self.schedule)

    @property
    def kind(self) -> str:
        """What its containers are called after: `APP.KIND.N`."""
        return f"cron-{self.id}"


def of(app: App) -> list[Entry]:
    """The entries that came with an app's live release."""
    live = releases.live(app)
    return read(app_json.of_release(live)) if live else []


def load(app: App, id: str) -> Entry:
    """One of them.

    Raises:
        PaasError: The app has none of that id.
    """
    for entry in of(app):
        if entry.id == id:
            return entry
    raise PaasError(f"{app.name} has no cron task {id[:64]!r}.", hint=f"See cron:list {app.name}")


def check(app: App, source: Source) -> None:
    """Refuse a source whose entries could not be run as they are meant.

    Raises:
        PaasError: Which, and why.
    """
    read(app_json.of_source(app, source))


def read(manifest: Mapping[str, Any]) -> list[Entry]:
    """The entries of an app.json.

    Raises:
        InvalidValue: One is of no use, or there are two of the same.
    """
    given = manifest.get("cron") or []
    if not isinstance(given, list) or len(given) > MOST:
        raise InvalidValue(f"cron of app.json is not a list of at most {MOST} entries.")
    found: dict[str, Entry] = {}
    for number, each in enumerate(given, 1):
        entry = _read(each, f"Entry {number} of cron in app.json")
        if entry.id in found:
            raise InvalidValue(f"app.json has {entry.command[:80]!r} at {entry.schedule!r} twice.")
        found[entry.id] = entry
    return list(found.values())


def _read(given: Any, about: str) -> Entry:
    if not isinstance(given, dict):
        raise InvalidValue(f"{about} is not an object.", hint='Such as {"command": "./clean", "schedule": "@daily"}')
    command, schedule = (given.get(key) for key in ("command", "schedule"))
    if not isinstance(command, str) or not command.strip() or "\0" in command or len(command) > _LONGEST:
        raise InvalidValue(f"{about} has no command that could be run.")
    if not isinstance(schedule, str):
        raise InvalidValue(f"{about} has no schedule.", hint='Such as "schedule": "0 4 * * *"')
    try:
        parse(schedule)
    except InvalidValue as error:
        raise InvalidValue(f"{about}: {error.message}", hint=error.hint) from error
    policy, maintenance = given.get("concurrency_policy") or "allow", given.get("maintenance") or False
    if policy not in POLICIES:
        raise InvalidValue(f"{about} has a concurrency_policy that is not one of {', '.join(POLICIES)}.")
    if not isinstance(maintenance, bool):
        raise InvalidValue(f"{about} has a maintenance that is neither true nor false.")
    return Entry(_id(command, schedule), command, schedule, policy, maintenance)


def _id(command: str, schedule: str) -> str:
    return hashlib.sha256(f"{schedule}\n{command}".encode()).hexdigest()[:10]
