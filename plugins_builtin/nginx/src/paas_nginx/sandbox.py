"""Render a template that somebody pushed: in Jinja's sandbox, in a process of its own, with little time and memory."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from paas import PaasError

CPU_SECONDS, SECONDS = 2, 10
MAX_BYTES = 1024 * 1024
MEMORY = 256 * 1024 * 1024
"""Of its own, besides what this process has."""
ABSENT = ("lipsum",)


class TemplateFailed(PaasError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The template can't be rendered: {reason}", hint="Mend it and push again.")


def render(template: str, values: Mapping[str, Any]) -> str:
    """The text that a template makes of plain values: strings, numbers, lists and dictionaries.

    Raises:
        TemplateFailed: It has a mistake, does what a template may not, or takes too long or too much.
    """
    # Here, and not only there: another thread may be at importing it, and nobody would end that in the other process.
    # The whole before its part, which does not wait for it: two threads in its circles would both find half a module.
    import jinja2
    import jinja2.sandbox  # noqa: F401

    plain = json.loads(json.dumps(values))
    read, write = os.pipe()
    if not (child := os.fork()):
        os.close(read)
        _answer(write, template, plain)
    os.close(write)
    try:
        said = _read(read)
    finally:
        os.close(read)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not said.endswith(b"\n"):
        raise TemplateFailed(f"it takes more than {CPU_SECONDS} seconds, or gives more than {MAX_BYTES} bytes.")
    answer: dict[str, str] = json.loads(said)
    if "reason" in answer:
        raise TemplateFailed(answer["reason"])
    return answer["text"]


def _read(descriptor: int) -> bytes:
    """What the child says, as long as there is time; without its last byte it is cut short."""
    said, end = b"", time.monotonic() + SECONDS
    while len(said) <= 7 * MAX_BYTES and select.select([descriptor], [], [], max(0, end - time.monotonic()))[0]:
        if not (more := os.read(descriptor, 65536)):
            return said
        said += more
    return b""


def _answer(descriptor: int, template: str, values: Mapping[str, Any]) -> NoReturn:
    """Say what became of it, and end: nothing else of this process may run here."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        memory = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        try:
            answer = {"text": _rendered(template, values)}
        except BaseException as error:
            answer = {"reason": _reason(error)}
        with open(descriptor, "wb") as pipe:
            pipe.write(json.dumps(answer).encode() + b"\n")
    finally:
        os._exit(0)


def _rendered(template: str, values: Mapping[str, Any]) -> str:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    for name in ABSENT:
        del environment.globals[name]
    text = ""
    for piece in environment.from_string(template).generate(**values):
        text += piece
        if len(text) > MAX_BYTES:
            raise ValueError(f"it gives more than {MAX_BYTES} bytes.")
    return text


def _reason(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    what = str(error) or type(error).__name__
    return f"line {line}: {what}" if line else what
