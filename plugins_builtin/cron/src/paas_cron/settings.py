"""What can be set about the entries of an app, or of all."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, tzinfo

from paas import App, InvalidValue, UsageError, state
from paas.settings import Setting, Settings, boolean

from .entries import Entry

NOUN = "cron"
LOCAL = "/etc/localtime"
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}(@[A-Za-z0-9.-]{1,253})?")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
ONE = re.compile(r"maintenance\.([0-9a-f]{10})")


def address(value: str) -> str:
    """A check for an address of mail, or the name of an account."""
    if not _ADDRESS.fullmatch(value) or value.startswith("-"):
        raise InvalidValue(f"{value[:80]!r} is not an address for mail.", hint="Such as ann@example.com")
    return value


def time_zone(value: str) -> str:
    """A check for the name of a time zone."""
    _zone(value)
    return value


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    if _ZONE.fullmatch(name):
        with suppress(ValueError, OSError, KeyError):  # none such, or a folder of them
            return ZoneInfo(name)
    raise InvalidValue(
        f"{name[:80]!r} is not a time zone of this server.",
        hint="Such as Europe/Berlin, or UTC. The Debian package tzdata brings them.",
    )


SETTINGS = Settings(
    NOUN,
    Setting("mailfrom", check=address, app=False, help="Who mail of output is from."),
    Setting("mailto", check=address, app=False, help="Who gets mail of what commands print; else nobody."),
    Setting("maintenance", "false", boolean, help="Whether no entry runs by itself."),
    Setting("timezone", check=time_zone, help="Whose clock counts, such as Europe/Berlin; else the server's."),
)


def zone(app: App | str) -> tzinfo:
    """The time zone by which an app's entries run; with GLOBAL, that of all.

    Raises:
        InvalidValue: The server doesn't have it any more.
    """
    if name := SETTINGS.value(app, "timezone"):
        return _zone(name)
    from zoneinfo import ZoneInfo

    with suppress(ValueError, OSError), open(LOCAL, "rb") as file:  # which knows of summer, as an offset doesn't
        return ZoneInfo.from_file(file)
    return UTC


def is_suspended(app: App, entry: Entry) -> bool:
    """Whether an entry doesn't run by itself."""
    own: dict[str, bool] = state.property(NOUN, app.owner, "tasks", {})
    return SETTINGS.value(app, "maintenance") == "true" or own.get(entry.id, entry.maintenance)


def suspend(app: App, id: str, value: bool | None) -> None:
    """Say whether one entry waits; None leaves that to app.json."""
    with state.CORE.writing():
        kept: dict[str, bool] = state.property(NOUN, app.owner, "tasks", {})
        changed = {k: v for k, v in {**kept, id: value}.items() if v is not None}
        state.change(NOUN, app.owner, {"tasks": changed or None})


def change(owner: App | str, key: str, value: str) -> None:
    """Set a key, which may be `maintenance.ID`.

    Raises:
        InvalidValue: The value isn't one for it.
        UsageError: There is no such key, or not for this owner.
    """
    if not (one := ONE.fullmatch(key)):
        return SETTINGS.set(owner, key, value)
    if not isinstance(owner, App):
        raise UsageError("A task belongs to an app: cron:set APP maintenance.ID true")
    suspend(owner, one[1], boolean(value) == "true" if value else None)


def duplicate(app: App, copy: App) -> None:
    SETTINGS.copy(app, copy)
    state.change(NOUN, copy.owner, {"tasks": state.property(NOUN, app.owner, "tasks")})
