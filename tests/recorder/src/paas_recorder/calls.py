"""The calls that were seen, in a file of the data root, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paas import App, Image, Process, Release, Slot, Source
from paas.context import Caller, current


def file() -> Path:
    return current().paths.plugin("recorder") / "calls.jsonl"


def write(hook: str, arguments: Mapping[str, Any]) -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"hook": hook} | {name: short(value) for name, value in arguments.items()})
    with open(file(), "a", encoding="utf-8") as log:
        log.write(f"{line}\n")


def short(value: Any) -> Any:
    """A value by which a test can tell what it was, as JSON."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case App() | Caller():
            return value.name
        case Release():
            return value.number
        case Source():
            return value.kind
        case Image():
            return value.builder
        case Slot():
            return str(value)
        case Process():
            return str(value.slot)
        case Mapping():
            return {str(key): short(one) for key, one in value.items()}
        case Sequence():
            return [short(one) for one in value]
    return type(value).__name__
