"""What a running nginx says against a configuration that it was told to take: it goes on and writes it to its log."""

from __future__ import annotations

import os
import re
import stat

_EMERGENCY = r"^\S+ \S+ \[emerg\] {master}#\d+: (.*)$"
BUSY = "Address already in use"
"""nginx tries for a busy port several times before it gives up."""


class MasterLog:
    """The log of nginx itself, from now on: what its master has as standard error."""

    def __init__(self, master: int, descriptor: int) -> None:
        self._pattern = re.compile(_EMERGENCY.format(master=master), re.MULTILINE)
        self._descriptor = descriptor
        self._offset = os.fstat(descriptor).st_size

    @classmethod
    def of(cls, master: int) -> MasterLog | None:
        """That of a master; None if it isn't a file."""
        try:
            descriptor = os.open(f"/proc/{master}/fd/2", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return None
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return cls(master, descriptor)
        os.close(descriptor)
        return None

    def refusal(self) -> str | None:
        """Why nginx goes on with what it had; None if it hasn't said so."""
        size = os.fstat(self._descriptor).st_size
        text = os.pread(self._descriptor, max(size - self._offset, 0), self._offset).decode(errors="replace")
        said = list(dict.fromkeys(self._pattern.findall(text)))
        if not said or (all(BUSY in line for line in said)):
            return None
        return "\n".join(f"nginx: [emerg] {line}" for line in said)

    def close(self) -> None:
        os.close(self._descriptor)
