"""Commands that programs call, such as git and its hooks: one word that names an app, and no Typer to wait for.

    @plumbing(app_of_a_path)
    def receive_pack(name: str) -> None: ...

A plugin declares them in the entry-point group `paas.plumbing`; no help lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .authorization import authorize
from .errors import UsageError


@dataclass(frozen=True)
class Plumbing:
    """A command that a program calls.

    Attributes:
        app: Makes the name of the app of the word, or refuses it.
        carry_out: Called with that name.
    """

    app: Callable[[str], str]
    carry_out: Callable[[str], None]

    def run(self, verb: str, words: Sequence[str]) -> int:
        """Run it; its exit code.

        Raises:
            UsageError: It isn't one word, or an option.
            PaasError: It is refused, or failed.
        """
        if len(words) != 1 or words[0].startswith("-"):  # no option of ours, and git must not get one
            raise UsageError(f"{verb} takes the name of an app and nothing else; it was given {' '.join(words)!r}.")
        name = self.app(words[0])
        authorize(verb, [name])
        self.carry_out(name)
        return 0


def plumbing(app: Callable[[str], str]) -> Callable[[Callable[[str], None]], Plumbing]:
    """Make a function that takes the name of an app a command for programs."""
    return lambda carry_out: Plumbing(app, carry_out)
