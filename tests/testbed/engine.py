"""A dockerd beside the machine's own, with its own everything, so that a test can kill it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import servers

READY_SECONDS = 60


@dataclass
class Dockerd:
    """A dockerd that can be killed and started again.

    It leaves the kernel's packet filter alone, which the machine's own dockerd looks after: apps are reached from the
    server itself, and builds here need no network.

    Attributes:
        folder: Where everything of it is.
        bridge: Its default network, an interface of its own.
    """

    folder: Path
    bridge: str
    _program: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _held: list[str] = field(default_factory=list, repr=False)

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self._let_go()
        (self.folder / "daemon.json").write_text("{}")
        words = ["/usr/sbin/dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec"]
        words += ["--config-file", self.folder / "daemon.json", "--pidfile", self.folder / "pid"]
        words += ["--host", f"unix://{self.socket}", "--bridge", self.bridge, "--iptables=false", "--ip-masq=false"]
        with open(self.folder / "log", "ab") as log:
            self._program = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self._program.poll() is None, f"dockerd ended: {self._last_words()}"
            assert time.monotonic() < end, f"dockerd doesn't answer: {self._last_words()}"
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it; containerd goes with it, and containers go on."""
        assert self._program
        children = descendants(self._program.pid)
        self._program.kill()
        self._program.wait()
        servers.wait_until(lambda: not any(map(command, children)), "containerd doesn't end.")
        # An init reaps it; where none does, the next dockerd would take its remains for a living containerd.
        (self.folder / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """End it as an init script does; its containers end with it."""
        assert self._program
        self._program.terminate()
        self._program.wait(READY_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()

    def lose_power(self) -> None:
        """What a reboot leaves: no process of it runs, its runtime folders are empty, its interfaces are gone."""
        assert self._program
        networks = self._networks()
        kill_all([self._program.pid, *self._below()])
        self._program.wait()
        _unmount(self.folder)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)
        for file in (self.socket, self.folder / "pid"):
            file.unlink(missing_ok=True)
        for bridge, subnet in networks:
            subprocess.run(["ip", "link", "delete", bridge], capture_output=True)
            # On this machine others look for free subnets meanwhile, which those of one that is off seem to be.
            # Replaced: the route of the interface may go a moment after it.
            subprocess.run(["ip", "route", "replace", "unreachable", subnet], check=True)
            self._held.append(subnet)

    def docker(self, *words: str) -> list[str]:
        """The lines that a docker command prints."""
        return docker(str(self.socket), *words)

    def _let_go(self) -> None:
        while self._held:
            subprocess.run(["ip", "route", "delete", "unreachable", self._held.pop()], capture_output=True)

    def _networks(self) -> list[tuple[str, str]]:
        """The interface and the subnet of each network that was made."""
        made = self.docker("network", "ls", "-q", "--filter", "driver=bridge", "--filter", "type=custom")
        shape = "br-{{slice .Id 0 12}} {{(index .IPAM.Config 0).Subnet}}"
        found = [line.split() for line in self.docker("network", "inspect", "--format", shape, *made)] if made else []
        return [(bridge, subnet) for bridge, subnet in found]

    def _below(self) -> list[int]:
        """containerd, the shims, and what runs in their containers."""
        ours = [pid for pid in processes() if f"{self.folder}/exec/" in command(pid)]
        return [*ours, *(child for pid in ours for child in descendants(pid))]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(READY_SECONDS)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.recv(64)
            except OSError:
                return False

    def _last_words(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-2000:]


@contextmanager
def dockerd(folder: Path) -> Iterator[Dockerd]:
    """A dockerd of its own in a folder, until the block ends; nothing of it is left."""
    folder.mkdir(parents=True)
    word = f"{os.getpid():x}"[-8:]
    engine = Dockerd(folder, f"paasd{word}")
    subprocess.run(["ip", "link", "add", engine.bridge, "type", "bridge"], check=True)
    try:
        address = f"10.{192 + os.getpid() % 32}.{os.getpid() // 32 % 256}.1/24"
        subprocess.run(["ip", "address", "add", address, "dev", engine.bridge], check=True)
        subprocess.run(["ip", "link", "set", engine.bridge, "up"], check=True)
        engine.start()
        yield engine
    finally:
        with suppress(Exception):
            engine.lose_power()
        engine._let_go()
        subprocess.run(["ip", "link", "delete", engine.bridge], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def docker(host: str, *words: str) -> list[str]:
    """The lines that a docker command prints.

    Args:
        host: The engine's socket; empty for the machine's own.
    """
    env = {**os.environ, **({"DOCKER_HOST": f"unix://{host}"} if host else {})}
    done = subprocess.run(["docker", *words], capture_output=True, check=True, text=True, timeout=60, env=env)
    return done.stdout.split("\n")[:-1]


# Processes, by their ids


def processes() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def command(pid: int) -> str:
    """The words of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def owner(pid: int) -> int | None:
    """The uid of a process; None if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))


def running(words: str) -> list[int]:
    """The processes whose words hold these."""
    return [pid for pid in processes() if words in command(pid) and pid != os.getpid()]


def descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    servers.wait_until(lambda: not any(map(command, pids)), f"{pids} don't end.")


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((mount for mount in mounts if mount.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", mount], capture_output=True)
