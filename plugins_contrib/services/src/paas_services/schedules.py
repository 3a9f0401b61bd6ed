"""Backups that are taken at times of their own, by `paas tick`."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

from paas import process, state
from paas.context import current
from paas_cron import api as cron

from . import kept
from .kept import NOUN, owner
from .kinds import Service

KEY = "backup-schedule"
PATIENCE = 3600
"""Seconds for which a backup may be late, for instance since the server was off."""


@dataclass(frozen=True)
class Schedule:
    """When a service is backed up, and where.

    Attributes:
        cron: Minute, hour, day, month and weekday.
        begun: When the last of these backups was started, or the first was asked for; seconds since the epoch.
    """

    cron: str
    target: str
    use_iam: bool = False
    begun: float = 0

    def words(self, service: Service) -> list[str]:
        """The command that is run."""
        options = ["--use-iam"] if self.use_iam else []
        return [f"{service.kind}:backup", service.name, self.target, *options]


def find(service: Service) -> Schedule | None:
    found = state.property(NOUN, owner(service.key), KEY)
    return Schedule(**found) if found else None


def keep(service: Service, schedule: Schedule) -> None:
    """Back a service up so from now on.

    Raises:
        InvalidValue: Its times can't be read, or never come.
    """
    cron.checked(schedule.cron)
    _put(service, replace(schedule, begun=time.time()))


def begin(now: float) -> None:
    """Start the backups that are due, beside the tick, for which others wait."""
    start = current().resource("process.detached", lambda: process.detached)
    for key, told in state.owners(NOUN, KEY).items():
        schedule, value = Schedule(**told), state.property(NOUN, key, "service")
        if value and cron.is_due(schedule.cron, max(schedule.begun, now - PATIENCE), now):
            service = Service(**value)
            _put(service, replace(schedule, begun=now))
            start([current().paths.executable, *schedule.words(service)])


def _put(service: Service, schedule: Schedule) -> None:
    kept.change(service, {KEY: asdict(schedule)})
