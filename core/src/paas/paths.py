"""Where everything sits on the host.

An installed system keeps a root-owned `host.json` beside its generations (`/opt/paas/host.json`); a
program that runs from `/opt/paas/N` finds it one folder above its own prefix. Whatever the file
doesn't say has the default of the design. `PAAS_ROOT` moves the data root of a program
that isn't installed, which is what the tests and a checkout use.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path


@dataclass(frozen=True)
class Nginx:
    """The nginx that serves the apps: the system's, or one that a test started.

    Attributes:
        binary: The program.
        config: The main configuration, which includes ours.
        include: The file that root writes so that nginx reads our sites.
        pid: The master's pid file.
        logs: Folder of the access and error logs, written by nginx as root.
        http_port: Port of plain http for apps with a domain.
        https_port: Port of TLS for apps with a domain.
    """

    binary: str = "/usr/sbin/nginx"
    config: str = "/etc/nginx/nginx.conf"
    include: str = "/etc/nginx/conf.d/paas.conf"
    pid: str = "/run/nginx.pid"
    logs: str = "/var/log/nginx"
    http_port: int = 80
    https_port: int = 443


@dataclass(frozen=True)
class Paths:
    """Every place that paas reads or writes, as absolute paths.

    Attributes:
        root: The data root.
        home: Home of the user, with the bare repositories and `.ssh`.
        program: Folder of the generations and of `host.json`; None when paas runs from a checkout.
        user: The account that owns both and runs the commands.
        ssh_port: Where the sshd listens that pushes come through.
        docker_socket: The Docker engine's, empty for `DOCKER_HOST` or Docker's own default.
        nginx: The proxy's own places.
    """

    root: Path
    home: Path
    program: Path | None = None
    user: str = "paas"
    ssh_port: int = 22
    docker_socket: str = ""
    nginx: Nginx = field(default_factory=Nginx)

    @property
    def state(self) -> Path:
        return self.root / "state.db"

    @property
    def apps(self) -> Path:
        return self.root / "apps"

    @property
    def storage(self) -> Path:
        return self.root / "storage"

    @property
    def services(self) -> Path:
        return self.root / "services"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def scratch(self) -> Path:
        """For files that live no longer than a command."""
        return self.root / "tmp"

    @property
    def authorized_keys(self) -> Path:
        return self.home / ".ssh" / "authorized_keys"

    @property
    def host_file(self) -> Path | None:
        return self.program / "host.json" if self.program else None

    @property
    def executable(self) -> str:
        """The `paas` that hooks, keys and timers call: the link to the current generation's."""
        return str(self.program / "current" / "bin" / "paas") if self.program else f"{sys.prefix}/bin/paas"

    def app(self, name: str) -> Path:
        """Folder of an app's files other than its repository."""
        return self.apps / name

    def repository(self, name: str) -> Path:
        return self.home / name

    def plugin(self, noun: str) -> Path:
        """Folder for files of a plugin that belong to no app."""
        return self.root / "plugins" / noun


def find() -> Paths:
    """The paths of the system that this program belongs to."""
    program = Path(sys.prefix).parent
    host = program / "host.json"
    if host.is_file():
        return read(host)
    root = Path(os.environ.get("PAAS_ROOT", "/var/lib/paas"))
    return Paths(root=root, home=Path(os.environ.get("PAAS_HOME", root / "home")))


def read(host: Path) -> Paths:
    """The paths that a `host.json` names.

    Raises:
        ValueError: The file isn't JSON, or names a setting that doesn't exist.
    """
    settings = json.loads(host.read_text(encoding="utf-8"))
    about_nginx = settings.pop("nginx", {})
    unknown = (settings.keys() - {"root", "home", "user", "ssh_port", "docker_socket"}) | (
        about_nginx.keys() - {f.name for f in fields(Nginx)}
    )
    if unknown:
        raise ValueError(f"{host} names unknown settings: {', '.join(sorted(unknown))}")
    nginx = Nginx(**about_nginx)
    root, home = Path(settings.pop("root", "/var/lib/paas")), Path(settings.pop("home", "/home/paas"))
    return Paths(root=root, home=home, program=host.parent, nginx=nginx, **settings)
