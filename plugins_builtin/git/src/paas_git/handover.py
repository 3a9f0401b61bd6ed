"""One interpreter for a push: a copy of the process that became git carries out git's hook.

git calls its hook as a program, which would be a second start of Python in every push. So the process that ssh has
started leaves a copy of itself behind before it becomes git. The copy imports what a deploy wants while git receives,
and the hook, a few lines of shell, hands itself over to it: it writes its process id into one pipe, and exits with the
code that comes out of another. Where there is no copy, as in a push on the server itself, the hook starts `paas`.

Either may end at any time: the copy when git has ended without a call, the hook when the copy has without a code.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import sys
from pathlib import Path

from paas import ahead, cli, hooks, process
from paas.context import Context, current

CALL, CODE = "PAAS_HOOK_CALL", "PAAS_HOOK_CODE"
"""The variables that name the pipes' descriptors to the hook."""
INPUT, OUTPUT, ERRORS = 3, 4, 2
"""Where the hook keeps its streams: while it calls and waits, its first two are the pipes."""
HIGH = 100
"""The first number for a descriptor that shells and git don't use themselves."""


def hook(executable: str) -> str:
    """The script of the pre-receive hook; it names no app, so that it holds after a rename."""
    return f"""\
#!/bin/sh
if [ -n "${CALL}" ]; then
    exec {INPUT}<&0 {OUTPUT}>&1
    echo $$ >"/dev/fd/${CALL}" && read -r code <"/dev/fd/${CODE}" && exit "$code"
    exit 1
fi
exec {shlex.quote(executable)} git-hook .
"""


def prepare() -> None:
    """Leave a copy of this process behind that waits for the hook; call it just before this process becomes git."""
    called, call = os.pipe()
    code, answered = os.pipe()

    def carry_out() -> int:
        for descriptor in (call, code):  # the other side's: while we had them too, neither pipe would ever end
            os.close(descriptor)
        return _carry_out(called, answered)

    process.copied(carry_out)
    for descriptor in (called, answered):
        os.close(descriptor)
    for name, descriptor in ((CALL, call), (CODE, code)):
        pass_on(name, descriptor)


def pass_on(name: str, descriptor: int) -> None:
    """Let what this process becomes, and whatever that starts, have a descriptor, whose number a variable names."""
    os.environ[name] = str(fcntl.fcntl(descriptor, fcntl.F_DUPFD, HIGH))


def _carry_out(called: int, answered: int) -> int:
    """Wait for the hook and do its work; 0 unless that breaks."""
    _stream_to(os.devnull, os.devnull, os.devnull)  # what ssh gave us belongs to git
    ahead.importing(f"{__package__}.receive")
    ahead.of_build()
    if not (caller := os.read(called, 64).strip()):
        return 0
    hook = Path("/proc", str(int(caller)))
    os.chdir(hook / "cwd")
    os.environb.clear()
    os.environb.update(_environment((hook / "environ").read_bytes()))
    for name in (CALL, CODE):
        del os.environ[name]
    _stream_to(*(str(hook / "fd" / str(number)) for number in (INPUT, OUTPUT, ERRORS)))
    context = Context(current().paths, current().caller)
    context.provide("plugins", hooks.plugins())
    status = cli.run(["git-hook", "."], context)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.write(answered, b"%d\n" % status)
    return 0


def _stream_to(stdin: str, stdout: str, stderr: str) -> None:
    """Have other files as our standard streams."""
    for number, path in enumerate((stdin, stdout, stderr)):
        opened = os.open(path, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)


def _environment(block: bytes) -> dict[bytes, bytes]:
    """What a process was started with, as the kernel shows it: `NAME=VALUE`, each ended by a NUL."""
    return dict(entry.split(b"=", 1) for entry in block.split(b"\0") if b"=" in entry)
