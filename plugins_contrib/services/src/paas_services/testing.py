"""A kind of service for tests, on the stand-in Docker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paas.testing import Harness

from .api import Access, Held, Kind

ROWS = {"orders": 3}
"""What every box holds."""


@contextmanager
def counted(_: Access) -> Iterator[Held]:
    yield Held(dict(ROWS), ["as", "counted"])


BOX = Kind(
    noun="box",
    title="Box",
    image="box",
    version="1",
    port=4000,
    alias="BOX",
    url="{scheme}://:{password}@{host}:{port}/{database}",
    schemes=("box", "boxes"),
    data="/data",
    environment={"SECRET": "{password}"},
    command=("serve", "{database}"),
    files={"box.conf": "password {quoted}\n"},
    config="/etc/box",
    ready=("true",),
    client=("cat",),
    dump=("echo", "rows of {database}"),
    restore=("cat",),
    frozen=counted,
)
"""It says what it holds, and shows what it is given."""


def refused(paas: Harness, *words: str, code: int = 1) -> str:
    """What a command says that must fail."""
    result = paas.run(*words)
    assert result.exit_code == code, result.stdout + result.stderr
    return result.stderr
