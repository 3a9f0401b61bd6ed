"""What people do to a running app: each change is tried as they do it, and its outcome is seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path

from . import python_app
from .client import Client

NEVER_LISTENS = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()"
FAILURES: Mapping[str, Mapping[str, str]] = {
    "failing check": {
        "app.json": json.dumps(
            {"healthchecks": {"web": [{"type": "startup", "path": "/missing", "attempts": 2, "wait": 0.1}]}}
        )
    },
    "exits at once": {"server.py": "raise SystemExit('no')\n"},
    "broken build": {"Dockerfile": f"FROM {python_app.BASE}\nCOPY missing /\n"},
    "never listens": {"server.py": f"{NEVER_LISTENS}\n"},
}
"""Files of deploys that must fail, by why they do."""


@dataclass
class Changing:
    """An app that can be slow, takes uploads and speaks on sockets, while it is changed.

    Attributes:
        client: Whose it is.
        copy: Their working copy of it.
    """

    client: Client
    copy: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def name(self) -> str:
        return self.copy.name

    @property
    def host(self) -> str:
        return f"{self.name}.paas.test"

    @classmethod
    def deployed(cls, client: Client, name: str, drain_seconds: int) -> Changing:
        """A new one that runs; old processes have so many seconds to finish what they do."""
        made = cls(client, client.app(name, python_app.files("page 0")))
        client.ok(f"apps:create {name}")
        client.ok(f"checks:set {name} wait-to-retire {drain_seconds}")
        client.ok(f"nginx:set {name} client-max-body-size 20m")
        client.ok(f"scheduler-docker:set {name} start-timeout 10")
        pushed = client.push(made.copy)
        assert pushed.code == 0, pushed.all
        return made

    def redeploy(self) -> None:
        page = f"page {next(self._numbers)}"
        self.client.commit(self.copy, {"page": page})
        pushed = self.client.push(self.copy)
        assert pushed.code == 0, pushed.all
        assert self.client.get(self.host).body == page

    def scale(self, web: int) -> None:
        self.client.ok(f"ps:scale {self.name} web={web}")

    def set_config(self) -> None:
        self.client.ok(f"config:set {self.name} CHANGE={next(self._numbers)}")

    def fail(self, why: str) -> None:
        """Push what can't go live; it is refused, and the page stays."""
        page = self.client.get(self.host).body
        self.client.commit(self.copy, {**FAILURES[why], "page": "page that nobody sees"})
        pushed = self.client.push(self.copy)
        assert pushed.code == 1, f"{why}: {pushed.all}"
        assert "pre-receive hook declined" in pushed.err, pushed.all
        self.client.git(self.copy, "reset", "--quiet", "--hard", "HEAD~1")
        assert self.client.get(self.host).body == page

    def redeploy_often(self, times: int) -> None:
        for _ in range(times):
            self.redeploy()

    def scale_often(self, times: int) -> None:
        """Up to three and down again; every fourth time there is one, as before."""
        for web, _ in zip(cycle((2, 3, 2, 1)), range(times), strict=False):
            self.scale(web)

    def set_config_often(self, times: int) -> None:
        for _ in range(times):
            self.set_config()

    def fail_often(self, times: int) -> None:
        for why, _ in zip(cycle(FAILURES), range(times), strict=False):
            self.fail(why)
