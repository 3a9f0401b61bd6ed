"""What is read from standard input: consent to what can't be undone, and words that no other user is to see."""

from __future__ import annotations

import sys

from paas import PaasError, output
from paas.context import current


def confirm(name: str, what: str, *, force: bool) -> None:
    """Have the name typed on standard input, which may be a pipe, unless `--force` was given.

    Args:
        what: What will be done, a sentence.

    Raises:
        PaasError: Something else was typed.
    """
    if force or current().flags.force:
        return
    output.warn("WARNING: Potentially Destructive Action", what)
    output.warn(f"To proceed, type {name}")
    output.raw("> ")
    if sys.stdin.readline().strip() != name:
        raise PaasError(f"Confirmation did not match {name}. Aborted.", hint="Add --force to do it unasked.")


def given_word(word: str) -> str:
    """A word, or with a hyphen the first line of standard input: no other user sees it there."""
    return sys.stdin.readline().rstrip("\r\n") if word == "-" else word
