"""Variables that come from a file or standard input, or go into an archive."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

from paas import InvalidValue, PaasError, UsageError
from paas.context import current

from . import envfile
from .formats import ImportFormat

MAX_FILE = 4 * 1024 * 1024
"""Bytes of a file of variables: several times what a process can be given, however it is escaped."""


def read(file: str) -> str:
    """The text of a file on this server, or of standard input for `-`.

    Raises:
        UsageError: Someone who isn't on the server names a file of it, or nothing was piped in.
        PaasError: It can't be read, or isn't text.
    """
    data = _standard_input() if file == "-" else _file(file)
    if len(data) > MAX_FILE:
        raise InvalidValue(
            f"There are more than {MAX_FILE:,} bytes of variables.",
            hint="Is it the right file? What is as large as that belongs into a mounted folder: see storage:help",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidValue(
            f"The variables are not UTF-8 text: {error.reason} at byte {error.start}.",
            hint="Save them in UTF-8; what is no text has to be encoded, with base64 say.",
        ) from error


def parse(text: str, format: ImportFormat) -> dict[str, str]:
    """The variables of a text.

    Raises:
        InvalidValue: It isn't of that format.
    """
    return envfile.read(text) if format is ImportFormat.envfile else _from_json(text)


def bundle(values: Mapping[str, str]) -> bytes:
    """A tar archive with a file for each variable: its name, its value."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, value in values.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data := value.encode()), 0o600
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def _standard_input() -> bytes:
    if sys.stdin.isatty():
        raise UsageError("The variables are read from standard input.", hint="Pipe them in: … config:import APP < .env")
    return sys.stdin.buffer.read(MAX_FILE + 1)


def _file(name: str) -> bytes:
    if current().caller.is_remote:
        raise UsageError(
            "A file of the server can't be read through ssh.",
            hint=f"Pipe yours in: ssh … config:import APP - < {Path(name).name}",
        )
    try:
        with open(name, "rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise PaasError(
            f"{name} can't be read: {error.strerror}.", hint="Pipe it in instead: config:import APP - < FILE"
        ) from error


def _from_json(text: str) -> dict[str, str]:
    """An object of strings; a number is taken as it is written."""
    try:
        values = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        where = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidValue(
            f"The variables are not JSON: there is an error{where}.", hint='As in {"KEY": "value"}'
        ) from error
    if not isinstance(values, dict):
        raise InvalidValue("The variables are not a JSON object.", hint='As in {"KEY": "value"}')
    for name, value in values.items():
        if not isinstance(value, str):
            raise InvalidValue(f"The value of {name!r} is neither a string nor a number.", hint="Put quotes around it.")
    return values
