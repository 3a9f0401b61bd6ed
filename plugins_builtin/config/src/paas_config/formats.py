"""The formats of config:export and config:import, and variables as text in the former."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum

Values = Mapping[str, str]


class ExportFormat(StrEnum):
    exports = "exports"
    envfile = "envfile"
    docker_args = "docker-args"
    docker_args_keys = "docker-args-keys"
    json = "json"
    json_list = "json-list"
    pack_keys = "pack-keys"
    pretty = "pretty"
    shell = "shell"


class ImportFormat(StrEnum):
    envfile = "envfile"
    json = "json"


def text(values: Values, format: ExportFormat) -> str:
    """All variables; empty if there are none and the format has nothing to say of that."""
    return _FORMATS[format](values)


def quoted(value: str) -> str:
    """A value as one word for a shell, always in quotes."""
    return "'" + value.replace("'", "'\"'\"'") + "'"


def pretty(values: Values) -> str:
    """`KEY:  VALUE` lines with the values below each other."""
    width = max(map(len, values), default=0) + 1
    return "\n".join(f"{name + ':':<{width}}  {value}" for name, value in values.items())


def _envfile(values: Values) -> str:
    from . import envfile

    return envfile.write(values)


def _exports(values: Values) -> str:
    return "\n".join(f"export {name}={quoted(value)}" for name, value in values.items())


def _shell(values: Values) -> str:
    return " ".join(f"{name}={quoted(value)}" for name, value in values.items())


def _docker_args(values: Values) -> str:
    return " ".join(f"--env={name}={quoted(value)}" for name, value in values.items())


def _docker_args_keys(values: Values) -> str:
    return " ".join(f"--env={name}" for name in values)


def _pack_keys(values: Values) -> str:
    return " ".join(f"--env {name}" for name in values)


def _json(values: Values) -> str:
    return json.dumps(dict(values), ensure_ascii=False)


def _json_list(values: Values) -> str:
    return json.dumps([{"name": name, "value": value} for name, value in values.items()], ensure_ascii=False)


_FORMATS: Mapping[ExportFormat, Callable[[Values], str]] = {
    ExportFormat.exports: _exports,
    ExportFormat.envfile: _envfile,
    ExportFormat.docker_args: _docker_args,
    ExportFormat.docker_args_keys: _docker_args_keys,
    ExportFormat.json: _json,
    ExportFormat.json_list: _json_list,
    ExportFormat.pack_keys: _pack_keys,
    ExportFormat.pretty: pretty,
    ExportFormat.shell: _shell,
}
