"""For the tests of plugins: a pytest plugin that brings paas under a temporary root.

    def test_a_domain_leads_to_one_app_only(paas: Harness) -> None:
        paas.run("apps:create", "shop")
        ...
        assert result.exit_code == 1

Every installed plugin takes part. Programs are not run: a test says what each would answer, and an
unexpected one fails the test. The plugin `docker` brings a stand-in engine of its own (`paas_docker.testing`).
"""

from __future__ import annotations

import contextlib
import functools
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from . import apps, cli, entrypoints, lifecycle
from .apps import App
from .context import Caller, Context, use
from .entrypoints import EntryPoint
from .errors import ProgramFailed
from .paths import Nginx, Paths
from .plugins import Plugins
from .upkeep import Finding

Answer = Callable[[list[str], bytes], "str | subprocess.CompletedProcess[bytes]"]


@dataclass(frozen=True)
class Result:
    """What a command printed, and its exit code."""

    exit_code: int
    stdout: str
    stderr: str


@dataclass
class Harness:
    """paas under a temporary root, in this process.

    Attributes:
        paths: Where everything is.
        programs: Name of a program to a function of its argv and input that gives what it prints (or a
            CompletedProcess); `real` lists those that are run as they are.
        ran: The argv of every program that was asked for.
        detached: The argv of every program that was to outlive its command.
        resources: Put in place in the context of every run.
    """

    paths: Paths
    programs: dict[str, Answer] = field(default_factory=dict)
    real: set[str] = field(default_factory=lambda: {"git", "ssh-keygen"})
    ran: list[list[str]] = field(default_factory=list)
    detached: list[list[str]] = field(default_factory=list)
    resources: dict[str, Any] = field(default_factory=dict)
    caller: Caller = field(default_factory=lambda: Caller(user="root"))

    def run(self, *argv: str, input: str | bytes = b"", key: str | None = None) -> Result:
        """Run a command as `paas` would, on the server or with an ssh key of some name."""
        caller = Caller("paas", key, "SHA256:test") if key else self.caller
        out, err = _Capture(), _Capture()
        with (
            _typed(input.encode() if isinstance(input, str) else input),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = cli.run(argv, self.context(caller))
            out.flush()
        return Result(code, out.text, err.text)

    def ok(self, *argv: str, input: str | bytes = b"", key: str | None = None) -> str:
        """Run a command that must succeed; what it printed."""
        result = self.run(*argv, input=input, key=key)
        assert result.exit_code == 0, result.stderr or result.stdout
        return result.stdout

    def context(self, caller: Caller | None = None) -> Context:
        context = Context(self.paths, caller or self.caller)
        context.provide("process.run", self._answer)
        context.provide("process.held", lambda argv: _Held(lambda: self._answer([str(word) for word in argv])))
        context.provide("process.detached", lambda argv: self.detached.append([str(word) for word in argv]))
        for name, thing in self.resources.items():
            context.provide(name, thing)
        return context

    @contextlib.contextmanager
    def inside(self, key: str | None = None) -> Iterator[Context]:
        """A block in which a test calls modules of paas itself."""
        with use(self.context(Caller("paas", key, "SHA256:test") if key else None)) as context:
            yield context

    def app(self, name: str = "shop") -> App:
        """An app, created if need be."""
        with self.inside():
            return apps.find(name) or lifecycle.create(name)

    def wrong(self, diagnose: Callable[[], Iterable[Finding]]) -> list[str]:
        """What a plugin finds wrong on the server, each as `about: wrong`."""
        with self.inside():
            return [f"{one.about}: {one.wrong}" for one in diagnose()]

    def repair(self, diagnose: Callable[[], Iterable[Finding]]) -> None:
        """Make right what a plugin finds, as far as it can."""
        with self.inside():
            for one in diagnose():
                if one.repair:
                    one.repair()

    def plugins(self) -> Plugins:
        from .plugins import load

        with self.inside():
            return load()

    def _answer(self, argv: list[str], **given: Any) -> subprocess.CompletedProcess[bytes]:
        self.ran.append(argv)
        name = Path(argv[0]).name
        if name in self.real:
            return subprocess.run(argv, **given)  # noqa: PLW1510
        if name not in self.programs:
            raise AssertionError(f"The test didn't expect {argv}.")
        answer = self.programs[name](argv, given.get("input") or b"")
        if isinstance(answer, str):
            return subprocess.CompletedProcess(argv, 0, answer.encode(), b"")
        return answer


@dataclass(frozen=True)
class _Held:
    """A program that runs when it is told to; nothing of it runs before, or if it never is."""

    run: Callable[[], subprocess.CompletedProcess[bytes]]

    def go(self) -> str:
        done = self.run()
        if done.returncode:
            raise ProgramFailed(list(done.args), done.returncode, done.stderr.decode())
        return done.stdout.decode().partition("\n")[0]

    def end(self) -> None:
        pass


@contextlib.contextmanager
def _typed(text: bytes) -> Iterator[None]:
    """Standard input with a text to read: a real file, which programs can inherit."""
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        with mock.patch.object(sys, "stdin", io.TextIOWrapper(file)):
            yield


class _Capture(io.TextIOWrapper):
    """Text that was written, whether as text or as bytes to its buffer."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", write_through=True)

    @property
    def text(self) -> str:
        self.flush()
        written: io.BytesIO = self.buffer  # type: ignore[assignment]
        return written.getvalue().decode(errors="surrogateescape")


@dataclass(frozen=True)
class _MadeUp(EntryPoint):
    """An entry point that names a thing of the test's own, or what importing it raises."""

    thing: Any = None

    def load(self) -> Any:
        if isinstance(self.thing, BaseException):
            raise self.thing
        return self.thing


@dataclass
class Inventory:
    """What is installed, as far as a test is concerned.

    Attributes:
        entries: Entry points that the test makes up, by group.
        real: Whether what is really installed is there as well: all of it, or some distributions (`paas-apps` …).
    """

    entries: dict[str, list[EntryPoint]] = field(default_factory=dict)
    real: bool | Collection[str] = False

    def has(self, entry: EntryPoint) -> bool:
        """Whether a declaration that is really installed takes part."""
        return self.real if isinstance(self.real, bool) else entry.distribution in self.real

    def plugin(self, name: str, *hooks: Callable[..., Any], distribution: str = "", **attributes: Any) -> ModuleType:
        """Install a plugin that has these functions, marked with `hookimpl`, and attributes such as `after`."""
        module = ModuleType(f"paas_{name}.plugin")
        for hook in hooks:
            setattr(module, hook.__name__, hook)
        for attribute, value in attributes.items():
            setattr(module, attribute, value)
        self.add(entrypoints.PLUGINS, name, module, distribution)
        return module

    def add(self, group: str, name: str, thing: Any, distribution: str = "") -> None:
        """Install an entry point that loads a thing; an exception is raised instead."""
        target = f"paas_{name.replace('-', '_')}.made_up"
        entry = _MadeUp(name, target, distribution or f"paas-{name}", "1.0", thing=thing)
        self.entries.setdefault(group, []).append(entry)


ENVIRONMENT = frozenset(sys.path)
"""The folders of this Python: what is installed there stays while the tests run. A test's own are read each time."""
_read = entrypoints._held
_read_once = functools.cache(_read)


def _held(folder: str) -> Any:
    return (_read_once if folder in ENVIRONMENT else _read)(folder)


@pytest.fixture
def inventory(monkeypatch: pytest.MonkeyPatch) -> Inventory:
    """Nothing is installed but what the test installs."""
    made_up, whole = Inventory(), entrypoints.declared

    def declared(*groups: str) -> dict[str, list[EntryPoint]]:
        found = {g: [*filter(made_up.has, whole(g)[g]), *made_up.entries.get(g, ())] for g in groups}
        return {g: sorted(entries, key=lambda e: (e.name, e.distribution)) for g, entries in found.items()}

    monkeypatch.setattr(entrypoints, "declared", declared)
    return made_up


@pytest.fixture
def paas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Harness:
    """paas under a temporary root."""
    for variable in ("NAME", "FINGERPRINT", "SSH_ORIGINAL_COMMAND"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(entrypoints, "_held", _held)
    (tmp_path / "home").mkdir()
    nginx = Nginx(
        config=str(tmp_path / "nginx.conf"), include=str(tmp_path / "paas.conf"), logs=str(tmp_path / "log"), pid=""
    )
    return Harness(Paths(root=tmp_path / "data", home=tmp_path / "home", nginx=nginx))
