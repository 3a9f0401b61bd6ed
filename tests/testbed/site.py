"""An app that is pushed again and again, with a page of its own each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .client import Answer, Client, web
from .servers import wait_until
from .system import System


@dataclass(frozen=True)
class Site:
    """An app, its working copy, and who pushes it.

    Attributes:
        copy: The working copy; its folder has the app's name.
    """

    system: System
    client: Client
    copy: Path

    @property
    def name(self) -> str:
        return self.copy.name

    @property
    def host(self) -> str:
        return f"{self.name}.paas.test"

    def change(self, text: str, *, dockerfile: str = "") -> None:
        """Commit a page, perhaps with further lines of the Dockerfile."""
        files = web(text)
        self.client.commit(self.copy, files | {"Dockerfile": f"{files['Dockerfile']!s}{dockerfile}"})

    def push(self) -> Answer:
        return self.client.push(self.copy)

    def show(self, text: str) -> None:
        """Push a page, which must go live without any step before."""
        self.change(text)
        pushed = self.push()
        assert pushed.code == 0, pushed.all
        assert self.shown() == text

    def shown(self) -> str:
        return self.client.get(self.host).body

    def answers(self, *texts: str) -> None:
        """One of these pages is there soon; until it is, no other."""

        def is_there() -> bool:
            page = self.client.get(self.host)
            assert page.status == 502 or page.body in texts, page
            return page.status == 200

        wait_until(is_there, f"{self.host} doesn't answer.")


def live(system: System, folder: Path, name: str, text: str) -> Site:
    """A site whose first page is live."""
    client = system.client(folder)
    site = Site(system, client, client.app(name, web(text)))
    site.show(text)
    return site
