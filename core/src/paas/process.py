"""The one way to run a program: a list of words, never a shell.

Programs start without git's `GIT_*` variables, which in a hook would point every other git
call at the wrong repository; a caller that wants them says so.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from . import state
from .context import current
from .errors import InvalidValue, PaasError, ProgramFailed

Argv = Sequence[str | Path]
GRACE_SECONDS = 5
NICENESS = 10
"""Of work that may wait: at 10, a process that serves gets nine tenths of a processor that both want."""
Runner = Callable[..., subprocess.CompletedProcess[bytes]]


def environment(changes: Mapping[str, str] | None = None, *, git: bool = False) -> dict[str, str]:
    """Our environment for a program.

    Args:
        changes: Variables on top.
        git: Keep git's own variables, to read the objects of a push that isn't accepted yet.
    """
    kept = {k: v for k, v in os.environ.items() if git or not k.startswith("GIT_")}
    return kept | dict(changes or {})


def run(
    argv: Argv,
    *,
    input: bytes | IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    git: bool = False,
    cwd: Path | None = None,
    check: bool = True,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end and keep what it printed.

    Args:
        argv: The program and its words.
        input: What it reads; nothing if None.
        timeout: Seconds after which it is killed.

    Raises:
        ProgramFailed: It ended with an error, and `check` is set.
        PaasError: It isn't installed, or ran out of time.
    """
    words = checked(argv)
    state.let_go()
    runner: Runner = current().resource("process.run", lambda: subprocess.run)
    given = {"input": input} if isinstance(input, bytes) else {"stdin": input or subprocess.DEVNULL}
    try:
        done: subprocess.CompletedProcess[bytes] = runner(
            words, capture_output=True, env=environment(env, git=git), cwd=cwd, timeout=timeout, **given
        )
    except OSError as error:
        raise _unstartable(words[0], error, cwd) from error
    except subprocess.TimeoutExpired as error:
        raise PaasError(f"{words[0]} did not end within {timeout:g} seconds.") from error
    if check and done.returncode:
        raise _failed(words, done.returncode, done.stderr.decode(errors="replace"))
    return done


def text(argv: Argv, *, git: bool = False, cwd: Path | None = None) -> str:
    """What a program prints, without the last line end."""
    return run(argv, git=git, cwd=cwd).stdout.decode(errors="surrogateescape").rstrip("\n")


def stream(
    argv: Argv,
    show: Callable[[str], None],
    *,
    input: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a program and show each line of both its streams as it comes.

    Raises:
        ProgramFailed: It ended with an error.
    """
    last: list[str] = []
    with started(argv, stdin=input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=cwd) as program:
        assert program.stdout
        for line in program.stdout:
            show(text := line.decode(errors="replace").rstrip("\r\n"))
            last = [*last[-19:], text]
        status = program.wait()
    if status:
        raise _failed(checked(argv), status, "\n".join(last))


@contextmanager
def started(
    argv: Argv,
    *,
    env: Mapping[str, str] | None = None,
    git: bool = False,
    cwd: Path | None = None,
    stdin: IO[bytes] | int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs beside us until the block ends; told to end, and then killed, if the block raises."""
    words = checked(argv)
    state.let_go()
    try:
        program = subprocess.Popen(
            words,
            env=environment(env, git=git),
            cwd=cwd,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=stdout,
            stderr=stderr,
        )
    except OSError as error:
        raise _unstartable(words[0], error, cwd) from error
    with program:
        try:
            yield program
        except BaseException:
            _end(program)
            raise


def _end(program: subprocess.Popen[bytes]) -> None:
    """End a program, which may have to tell others that it does: docker its builder."""
    program.terminate()
    with suppress(subprocess.TimeoutExpired):
        program.wait(GRACE_SECONDS)
    program.kill()


class Held:
    """A program that was started ahead: it goes on once it reads a line, and ends unused if its input ends before."""

    def __init__(self, argv: Argv) -> None:
        self._words = checked(argv)
        state.let_go()
        pipe = subprocess.PIPE
        try:
            self._program = subprocess.Popen(self._words, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe)
        except OSError as error:
            raise _unstartable(self._words[0], error) from error

    def go(self) -> str:
        """Let it go on; the first line that it prints.

        Raises:
            ProgramFailed: It ended with an error.
        """
        assert self._program.stdin
        assert self._program.stdout
        with suppress(BrokenPipeError):  # it has ended; why stands in what it said
            self._program.stdin.write(b"\n")
            self._program.stdin.flush()
        if line := self._program.stdout.readline():
            return line.decode(errors="replace").rstrip("\n")
        _, said = self._program.communicate()
        raise _failed(self._words, self._program.returncode, said.decode(errors="replace"))

    def end(self) -> None:
        """Wait for its end; unused, it comes at once."""
        if self._program.returncode is None:
            self._program.communicate()


def held(argv: Argv) -> Held:
    """Start a program that waits for our word."""
    start = current().resource("process.held", lambda: Held)
    program: Held = start(argv)
    current().at_end(program.end)
    return program


def detached(argv: Argv) -> None:
    """Start a program that outlives us and whoever called us."""
    words = checked(argv)
    state.let_go()
    try:
        subprocess.Popen(
            words,
            env=environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _unstartable(words[0], error) from error


def become(argv: Argv, *, git: bool = False) -> None:
    """Turn this process into a program; doesn't return."""
    words = checked(argv)
    state.let_go()
    try:
        os.execvpe(words[0], words, environment(git=git))  # noqa: S606 (no shell is what we want)
    except OSError as error:
        raise _unstartable(words[0], error) from error


def copied(carry_out: Callable[[], int]) -> None:
    """Start a copy of this process that carries something out and ends with its status, whatever becomes of us.

    What is to be done at our end isn't done at its: that is still ours to do.
    """
    if os.fork():
        return
    try:
        status = carry_out()
    except BaseException:  # nobody above us may see it: they would go on as we do, a second time
        import traceback

        traceback.print_exc()
        status = 1
    os._exit(status)


def give_way() -> None:
    """Have what serves requests go first, as far as we and the programs that we start can wait for a processor."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def checked(argv: Argv) -> list[str]:
    """The words as strings.

    Raises:
        InvalidValue: A word holds a NUL, which no program can be given.
    """
    words = [str(word) for word in argv]
    if any("\0" in word for word in words):
        raise InvalidValue(f"A NUL can't be passed to {words[0]}.")
    return words


def _failed(argv: list[str], status: int, output: str) -> ProgramFailed:
    """What a program failed with, and what to do if the disk is to blame."""
    from .disk import blamed_words

    error = ProgramFailed(argv, status, output)
    if blamed := blamed_words(output):
        error.hint = f"{blamed.message} {blamed.hint}"
    return error


def _unstartable(program: str, error: OSError, cwd: Path | None = None) -> PaasError:
    if isinstance(error, FileNotFoundError) and (cwd is None or cwd.is_dir()):
        return PaasError(f"{program} isn't installed.", hint="Install it, or run install.sh again.")
    where = f" in {cwd}" if cwd else ""
    return PaasError(f"{program} can't be started{where}: {error.strerror}.")
