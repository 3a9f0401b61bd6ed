"""What nginx says when it refuses a configuration, and which site is to blame."""

from __future__ import annotations

import re
from collections.abc import Mapping

from paas import PaasError

_PLACE = re.compile(r" in \S*/sites/([^/\s]+):\d+$", re.MULTILINE)
_STAMP = re.compile(r"^\d{4}/\S+ \S+ (\[\w+\]) \d+#\d+:")
_QUOTED = re.compile(r'"(/[^"]+)"')


class Refused(PaasError):
    def __init__(self, said: str, hint: str = "Requests go where they went before.") -> None:
        super().__init__(f"nginx refuses the configuration: {essence(said)}", hint=hint)
        self.said = said


def essence(said: str) -> str:
    """The errors among what nginx says."""
    errors = [_STAMP.sub(r"nginx: \1", line) for line in said.splitlines() if "[emerg]" in line or "[crit]" in line]
    return "\n".join(dict.fromkeys(errors)) or said.strip()


def culprit(said: str, sites: Mapping[str, str]) -> str | None:
    """The site that nginx complains about, None if it is none of them.

    Args:
        said: What nginx said.
        sites: The names of all sites' files, with their texts.
    """
    for place in _PLACE.findall(essence(said)):
        if place in sites:
            return str(place)
    # A certificate that can't be read is named without the file that asks for it.
    for mentioned in _QUOTED.findall(essence(said)):
        for name, text in sorted(sites.items()):
            if f" {mentioned};" in text:
                return name
    return None
