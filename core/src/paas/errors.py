"""What can go wrong in a way that its reader can put right."""

from __future__ import annotations


class PaasError(Exception):
    """Something is wrong and whoever reads this can mend it.

    Args:
        message: What is wrong, a sentence.
        hint: What to do about it, a sentence or a command.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PaasError):
    """The words of the command line are wrong."""

    exit_code = 2


class AppNotFound(PaasError):
    exit_code = 20

    def __init__(self, name: str) -> None:
        super().__init__(f"App {name} does not exist.", hint=f"Create it with apps:create {name}")


class CommandNotFound(PaasError):
    exit_code = 127


class InvalidValue(PaasError):
    """A value from outside is not of the shape that its place needs."""


class ProgramFailed(PaasError):
    """A program that we ran ended with an error.

    Args:
        argv: Its words.
        status: Its exit status; negative for the signal that ended it.
        output: What it printed to stderr, or to both streams where they were one.
    """

    def __init__(self, argv: list[str], status: int, output: str) -> None:
        last = output.strip().splitlines()[-5:]
        super().__init__(f"{argv[0]} failed with status {status}" + (f": {' / '.join(last)}" if last else "."))
        self.argv, self.status, self.output = argv, status, output
