"""The `healthchecks` of an app.json as values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paas import PaasError, releases

TYPES = ("startup", "readiness", "liveness")
KINDS = ("path", "command", "listening", "uptime")
"""What an entry looks at, one of them."""
OTHERS = (
    "type", "name", "port", "scheme", "httpHeaders", "content", "attempts", "timeout", "wait", "initialDelay", "warn",
)  # fmt: skip
UNUSED = ("onFailure",)
"""Dokku's, read over."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ABSENT = object()


@dataclass(frozen=True)
class Healthcheck:
    """An entry of `healthchecks`.

    Attributes:
        name: As given, else what it looks at.
        type: startup, readiness or liveness.
        path: What to GET; empty unless this is a check by http.
        command: What to run in the container; empty unless this is a check by command.
        uptime: Seconds that the process must have run; 0 unless this is a check of that.
        listening: Whether a port must accept connections.
        port: Which port; None for the one that requests reach.
    """

    name: str
    type: str
    path: str = ""
    command: Sequence[str] = ()
    uptime: float = 0
    listening: bool = False
    port: int | None = None
    scheme: str = "http"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    attempts: int = 3
    timeout: float = 5
    wait: float = 5
    initial_delay: float = 0
    warn: bool = False


class Wrong(PaasError):
    """An entry isn't what it should be."""

    def __init__(self, where: str, what: str, hint: str) -> None:
        super().__init__(f"{where} in app.json {what}.", hint)


def of_manifest(manifest: Mapping[str, Any]) -> Mapping[str, Sequence[Healthcheck]]:
    """Process type to its checks, in their order.

    Raises:
        PaasError: The first thing that is wrong, with the check and the field.
    """
    given = manifest.get("healthchecks", {})
    shape = 'Write "healthchecks": {"web": [{"type": "startup", "path": "/health"}]}.'
    if not isinstance(given, dict):
        raise PaasError("app.json has no object where its healthchecks is.", hint=shape)
    for type, entries in given.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PaasError(f"The healthchecks of {type[:60]} in app.json are no list of objects.", hint=shape)
    return {
        type: [parse(entry, type, f"Check {n} of {type}") for n, entry in enumerate(entries, start=1)]
        for type, entries in given.items()
    }


def unknown(manifest: Mapping[str, Any]) -> list[str]:
    """Fields that mean nothing here, each once; for a manifest that `of_manifest` has accepted."""
    entries = [entry for entries in manifest.get("healthchecks", {}).values() for entry in entries]
    return sorted({key for entry in entries for key in entry} - {*KINDS, *OTHERS, *UNUSED})


def parse(entry: Mapping[str, Any], process_type: str, where: str) -> Healthcheck:
    """One entry.

    Args:
        where: What to call it where it is wrong.

    Raises:
        Wrong: It is.
    """
    if isinstance(entry.get("name"), str) and entry["name"]:
        where = f"{where} ({entry['name'][:60]!r})"

    def read(key: str, default: Any, accept: Callable[[Any], bool], wanted: str) -> Any:
        value = entry.get(key, _ABSENT)
        if value is _ABSENT:
            return default
        if not accept(value):
            raise Wrong(where, f"has {str(value)[:60]!r} for {key}", f"{key} is {wanted}.")
        return value

    kinds = [kind for kind in KINDS if entry.get(kind)]
    if len(kinds) != 1:
        has = f"has {' and '.join(kinds)}" if kinds else "looks at nothing"
        raise Wrong(where, has, f"Give it one of {', '.join(KINDS)}.")
    check = Healthcheck(
        name=read("name", "", _is_text, "a line of text") or _named(kinds[0], entry),
        type=read("type", "", lambda value: value in TYPES, f"one of {', '.join(TYPES)}"),
        path=read("path", "", _is_path, "a path that begins with /"),
        command=read("command", (), _is_command, 'a list of words, such as ["./check", "--all"]'),
        uptime=read("uptime", 0, _is_seconds, "a number of seconds, at most 3600"),
        listening=read("listening", False, _is_boolean, "true or false"),
        port=read("port", None, lambda value: _is_whole(value, 1, 65535), "a whole number, 1 to 65535"),
        scheme=read("scheme", "http", lambda value: value in ("http", "https"), "http or https"),
        headers=_headers(read("httpHeaders", [], _are_headers, 'a list of {"name": …, "value": …}')),
        content=read("content", "", lambda value: isinstance(value, str), "text that the answer holds"),
        attempts=read("attempts", 3, lambda value: _is_whole(value, 1, 1000), "a whole number, 1 to 1000"),
        timeout=read("timeout", 5, lambda value: _is_seconds(value) and value > 0, "a number of seconds, at most 3600"),
        wait=read("wait", 5, _is_seconds, "a number of seconds, at most 3600"),
        initial_delay=read("initialDelay", 0, _is_seconds, "a number of seconds, at most 3600"),
        warn=read("warn", False, _is_boolean, "true or false"),
    )
    if not check.type:
        raise Wrong(where, "has no type", f"Its type is one of {', '.join(TYPES)}.")
    if kinds[0] in ("path", "listening") and process_type != releases.ROUTED and check.port is None:
        raise Wrong(where, "has no port", f"Only {releases.ROUTED} has a port that is known: give it a port.")
    return check


def _named(kind: str, entry: Mapping[str, Any]) -> str:
    value = entry[kind]
    match kind:
        case "path":
            return str(value)[:200]
        case "command":
            return " ".join(map(str, value))[:200] if isinstance(value, list) else kind
        case "uptime":
            return f"uptime {value}"
    return f"listening on {entry['port']}" if "port" in entry else "listening"


def _headers(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {header["name"]: header["value"] for header in given}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= 200


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"/[!-~]*", value))


def _is_command(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and "\0" not in word for word in value)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 3600


def _are_headers(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(header, dict)
        and isinstance(header.get("name"), str)
        and isinstance(header.get("value"), str)
        and _HEADER.fullmatch(header["name"])
        and header["value"].isprintable()
        and header["value"].isascii()
        for header in value
    )
