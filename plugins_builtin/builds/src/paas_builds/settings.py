"""What can be set about builds."""

from __future__ import annotations

from paas.settings import Setting, Settings, whole_number

SETTINGS = Settings(
    "builds",
    Setting("retention", "20", whole_number(1, 10_000), help="How many ended builds of an app are kept, with logs."),
)
