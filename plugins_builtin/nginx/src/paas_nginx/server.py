"""Writes files and has nginx read them; decides nothing."""

from __future__ import annotations

import os
from pathlib import Path

from paas import PaasError, privileged
from paas.context import current
from paas.errors import ProgramFailed


class Refused(PaasError):
    def __init__(self, said: str) -> None:
        super().__init__(f"nginx refuses the configuration: {said.strip()}", hint="Requests go where they went before.")


def sites() -> Path:
    return current().paths.plugin("nginx") / "sites"


def file(app: str) -> Path:
    return sites() / f"{app}.conf"


def put(app: str, text: str | None, *, also_gone: str | None = None) -> None:
    """Have nginx serve a site, or no site if there is no text; nothing has changed if it refuses.

    Args:
        also_gone: Another app name whose site goes with the same reload.

    Raises:
        Refused: nginx doesn't take it.
    """
    wanted = {file(app): text} | ({file(also_gone): None} if also_gone else {})
    before = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in wanted}
    if before == wanted:
        return
    _write(wanted)
    try:
        reload()
    except BaseException:
        _write(before)
        raise


def put_default(text: str) -> None:
    """Have the file that all sites need."""
    path = current().paths.plugin("nginx") / "00-default.conf"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    sites().mkdir(parents=True, exist_ok=True)
    _write({path: text})


def reload() -> None:
    """Have nginx take its configuration.

    Raises:
        Refused: It doesn't; it goes on with the one that it has.
    """
    try:
        privileged.run("nginx-reload")
    except ProgramFailed as error:
        raise Refused(error.output) from error


def _write(files: dict[Path, str | None]) -> None:
    """Replace or remove files, each in one step."""
    for path, text in files.items():
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with open(beside, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
