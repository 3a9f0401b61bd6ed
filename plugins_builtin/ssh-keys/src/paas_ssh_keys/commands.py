"""The ssh-keys: commands."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from paas import PaasError, UsageError, output
from paas.context import current

from . import authorized
from .keys import Key

app = typer.Typer(help="The ssh keys that may push and run commands.")
KeyName = Annotated[str, typer.Argument(metavar="NAME", help="Who the key belongs to.")]


class Format(StrEnum):
    text = "text"
    json = "json"


@app.command("add")
def add(
    name: KeyName,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="A public key; else standard input.")] = None,
) -> None:
    """Let a public key in under a name; prints its fingerprint."""
    _on_the_server()
    output.line(authorized.add(name, _read(file)).fingerprint)


@app.command("remove")
def remove(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Who the key belongs to.")] = None,
    fingerprint: Annotated[str | None, typer.Option("--fingerprint", help="Remove by fingerprint instead.")] = None,
) -> None:
    """Keep a key out from now on; one that isn't there is no error."""
    _on_the_server()
    if (name is None) == (fingerprint is None):
        raise UsageError("Name one key, by its name or with --fingerprint.")
    if not authorized.remove(name=name, fingerprint=fingerprint):
        output.warn(f"There is no key {name or fingerprint}; nothing was removed.")


@app.command("list")
def listing(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this key.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.text,
) -> None:
    """List the keys: fingerprint, name and what sshd allows them."""
    found = [key for key in authorized.all() if name in (None, key.name)]
    if format is Format.json:
        return output.data([_as_json(key) for key in found])
    if not found:
        raise PaasError(
            f"No key is named {name}." if name else "No ssh key is known yet.",
            hint="Add one on the server: paas ssh-keys:add NAME < id_ed25519.pub",
        )
    for key in found:
        output.line(f'{key.fingerprint} NAME="{key.name}" SSHCOMMAND_ALLOWED_KEYS="{key.options}"')


def _as_json(key: Key) -> dict[str, str]:
    return {
        "fingerprint": key.fingerprint,
        "name": key.name,
        "SSHCOMMAND_ALLOWED_KEYS": key.options,
        "public-key": key.public,
    }


def _on_the_server() -> None:
    """A key must not hand out keys."""
    if current().caller.is_remote:
        raise PaasError("Keys are added and removed on the server itself.", hint="Run it there, as root.")


def _read(file: str | None) -> bytes:
    """A little more than any key has, so that a wrong file is seen to be one."""
    if file is None:
        if sys.stdin.isatty():
            raise UsageError("No key specified via file or pipe.", hint="paas ssh-keys:add NAME < id_ed25519.pub")
        return sys.stdin.buffer.read(2 * authorized.MAX_BYTES)
    try:
        with open(file, "rb") as opened:
            return opened.read(2 * authorized.MAX_BYTES)
    except PermissionError as error:
        raise PaasError(
            f"{file} can't be read by the account that paas runs as.", hint=f"Pass it: paas ssh-keys:add NAME < {file}"
        ) from error
    except OSError as error:
        raise PaasError(f"{file} can't be read: {error.strerror}") from error
