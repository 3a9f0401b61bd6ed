"""Whoever pushes, as git's hook knows them: once they have gone, what they pushed must not go live.

The hook's own output would not tell: git reads it, and goes on waiting for the hook when nobody reads what git writes.
So the process that ssh has started hands its output over to the hook, which never writes to it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from paas import cancelling

from . import handover

CLIENT = "PAAS_CLIENT"
"""Variable with the number of a file that is open to the client."""


def show() -> None:
    """Let what this process becomes, and whatever that starts, see when our client goes away."""
    with suppress(OSError, ValueError):  # an output that isn't a file: nobody can go away from it
        handover.pass_on(CLIENT, sys.stdout.fileno())


def end_with_it() -> None:
    """Cancel what this process does when the client goes away who was shown; nothing happens if none was."""
    word = os.environ.pop(CLIENT, "")
    if word.isdigit():
        os.set_inheritable(int(word), False)
        cancelling.end_with(int(word))
