from __future__ import annotations

from paas_scheduler_docker.testing import Stage

TWO = "web: serve\nworker: work\n"


def ids(stage: Stage) -> dict[str, str]:
    return {name: container.id for name, container in stage.containers().items() if name.count(".") == 2}
