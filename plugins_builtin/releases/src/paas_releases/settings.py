"""What can be set about releases."""

from __future__ import annotations

from paas.settings import Setting, Settings, whole_number

SETTINGS = Settings(
    "releases",
    Setting("keep", "5", whole_number(1, 100), help="How many images stay to go back to, that of what runs included."),
)
