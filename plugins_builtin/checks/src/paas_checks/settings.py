"""What can be set about checks."""

from __future__ import annotations

from paas.settings import Setting, Settings, whole_number

SETTINGS = Settings(
    "checks",
    Setting(
        "wait-to-retire",
        "60",
        whole_number(0, 86400),
        help="Seconds that old processes may finish what they do, once requests go to new ones.",
    ),
)
