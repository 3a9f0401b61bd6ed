"""What docs/dokku-triggers.md says of each trigger of Dokku's."""

from __future__ import annotations

import re
from typing import NamedTuple

from contracts import members

PAGE = members.ROOT / "docs" / "dokku-triggers.md"
ROW = re.compile(r"^\| `([\w-]+)` \| (mirrored|covered|not applicable|planned) \| (.+) \|$", re.MULTILINE)


class Row(NamedTuple):
    trigger: str
    word: str
    how: str

    @property
    def names(self) -> list[str]:
        return re.findall(r"`([^`]+)`", self.how)


ROWS = [Row(*found) for found in ROW.findall(PAGE.read_text())]
