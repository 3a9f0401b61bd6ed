"""What there is to know of this server that belongs to no other plugin."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from paas import __version__, disk


def facts() -> Mapping[str, str]:
    """Label to fact."""
    return {
        "paas version": __version__,
        "Python version": platform.python_version(),
        "System": system(),
        "Kernel": f"{platform.release()} {platform.machine()}",
        "Processors": f"{os.cpu_count()}, load {' '.join(f'{load:.2f}' for load in os.getloadavg())}",
        "Memory": memory(Path("/proc/meminfo").read_text(encoding="ascii")),
        **{f"Room for {what}": room(path) for what, path in disk.own_places().items()},
    }


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def memory(meminfo: str) -> str:
    """`900 MB of 2 GB free`, of what /proc/meminfo says in kB."""
    said = {line.partition(":")[0]: line.split()[1] for line in meminfo.splitlines()}
    free, every = (disk.size(int(said[name]) * 1024) for name in ("MemAvailable", "MemTotal"))
    return f"{free} of {every} free"


def room(path: Path) -> str:
    found = disk.room(path)
    return f"{disk.size(found.free)} of {disk.size(found.total)} free"
