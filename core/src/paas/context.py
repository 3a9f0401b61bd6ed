"""What one run of a command knows: where it works, who called it, and what it has opened.

`cli.run` makes one context and uses it for the length of the run, so that many runs fit in one
process and a test can replace any part.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from .output import Output
from .paths import Paths

T = TypeVar("T")


@dataclass(frozen=True)
class Caller:
    """Who runs the command.

    Attributes:
        user: The account on the server that ran it (`root`, a login name, or paas itself over ssh).
        key_name: Name of the ssh key, None when no key was used.
        fingerprint: The key's, as `SHA256:…`.
    """

    user: str
    key_name: str | None = None
    fingerprint: str | None = None

    @property
    def is_remote(self) -> bool:
        return self.key_name is not None

    @property
    def name(self) -> str:
        return self.key_name or self.user


@dataclass(frozen=True)
class Flags:
    """The flags that stand before the command."""

    quiet: bool = False
    trace: bool = False
    force: bool = False
    app: str | None = None


@dataclass
class Context:
    paths: Paths
    caller: Caller
    output: Output = field(default_factory=Output)
    flags: Flags = Flags()
    _resources: dict[str, Any] = field(default_factory=dict)
    _endings: list[Callable[[], None]] = field(default_factory=list, init=False)

    def resource(self, name: str, make: Callable[[], T]) -> T:
        """What was made once for this run under a name; `make` is called the first time."""
        if name not in self._resources:
            self._resources[name] = make()
        return cast("T", self._resources[name])

    def at_end(self, end: Callable[[], None]) -> None:
        """Have something called when this run ends."""
        if end not in self._endings:
            self._endings.append(end)

    def end(self) -> None:
        while self._endings:
            self._endings.pop()()

    def provide(self, name: str, thing: object) -> None:
        """Put a resource in place before anyone makes it, as tests do."""
        self._resources[name] = thing


_current: ContextVar[Context] = ContextVar("paas")


def current() -> Context:
    return _current.get()


@contextmanager
def use(context: Context) -> Iterator[Context]:
    token = _current.set(context)
    try:
        yield context
    finally:
        context.end()
        _current.reset(token)


def caller() -> Caller:
    """Who called, read from what sshd's forced command and sudo leave in the environment."""
    if key := os.environ.get("NAME") if os.environ.get("FINGERPRINT") else None:
        return Caller(user=_login(), key_name=key, fingerprint=os.environ["FINGERPRINT"])
    return Caller(user=os.environ.get("SUDO_USER") or _login())


def _login() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
