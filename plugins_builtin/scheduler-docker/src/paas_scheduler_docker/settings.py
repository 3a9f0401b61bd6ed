"""What can be set about containers on this server."""

from __future__ import annotations

from paas.settings import Setting, Settings, boolean, whole_number

SETTINGS = Settings(
    "scheduler-docker",
    Setting("init-process", "true", boolean, help="Run Docker's init as process 1 of each container."),
    Setting("parallel-schedule-count", "1", whole_number(1, 64), help="How many containers start at once."),
    Setting("start-timeout", "60", whole_number(1, 3600), help="Seconds until a web process must listen."),
    Setting("start-uptime", "2", whole_number(0, 3600), help="Seconds that any other process must stay up."),
)
