"""Does Docker answer, and is it one that we know?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from paas.upkeep import Finding, Severity

from .api import engine

OLDEST = (20, 10)
FACTS = {
    "Docker version": "ServerVersion",
    "Docker storage": "Driver",
    "Docker root": "DockerRootDir",
    "Docker containers": "ContainersRunning",
    "Docker images": "Images",
}
"""Label to what Docker calls it."""


def diagnose() -> Iterator[Finding]:
    """What is wrong with Docker.

    Raises:
        DockerError: It can't be reached.
    """
    said = engine().info()["ServerVersion"]
    version = tuple(int(number) for number in re.findall(r"\d+", said)[:2])
    if version < OLDEST:
        yield Finding(
            "docker",
            f"Docker is {said}, which is older than {'.'.join(map(str, OLDEST))}.",
            "Update it; nobody has tried so old a one.",
            Severity.warning,
        )


def facts() -> Mapping[str, str]:
    """What a report says of Docker.

    Raises:
        DockerError: It can't be reached.
    """
    found = engine().info()
    return {label: str(found[key]) for label, key in FACTS.items() if key in found}
