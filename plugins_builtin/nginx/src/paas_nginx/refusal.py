"""What nginx says when it refuses a configuration, and which site is to blame."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from paas import PaasError

_PLACE = re.compile(r" in (/\S+):\d+$", re.MULTILINE)
_QUOTED = re.compile(r'"(/[^"]+)"')


class Refused(PaasError):
    def __init__(self, said: str) -> None:
        super().__init__(
            f"nginx refuses the configuration: {essence(said)}",
            hint="Requests go where they went before.",
        )
        self.said = said


def essence(said: str) -> str:
    """The errors among what nginx says."""
    errors = [line for line in said.splitlines() if "[emerg]" in line or "[crit]" in line]
    return "\n".join(errors) or said.strip()


def culprit(said: str, sites: Mapping[Path, str]) -> Path | None:
    """The site that nginx complains about, None if it is none of them.

    Args:
        said: What nginx said.
        sites: The files of all sites, with their texts.
    """
    for place in _PLACE.findall(essence(said)):
        if Path(place) in sites:
            return Path(place)
    # A certificate that can't be read is named without the file that asks for it.
    for mentioned in _QUOTED.findall(essence(said)):
        for path, text in sorted(sites.items()):
            if f" {mentioned};" in text:
                return path
    return None
