"""A web app in Python that can be slow, takes uploads and speaks on sockets, on the machine's own Python."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .system import USER

BASE = f"{USER}-python"
"""The image that it is built from: one for each checkout."""
PYTHON = Path("/usr/bin/python3").resolve()
SERVER = '''\
"""Answers /, /slow (after 5 s), POST /upload (with the size) and echoes on /socket; at SIGTERM it ends at once."""
import asyncio, os, signal, sys

PAGE = open("/page", "rb").read()

async def answer(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            path = head.split()[1]
            if path == b"/socket":
                return await echo(reader, writer)
            body = await reply(path, head, reader)
            status = b"200 OK" if body else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (status, len(body), body))
            await writer.drain()
            if b"\\nconnection: close" in head.lower():
                return
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()

async def reply(path, head, reader):
    if path == b"/slow":
        await asyncio.sleep(5)
    if path == b"/upload":
        size = int(head.lower().split(b"content-length:")[1].split()[0])
        left = size
        while left:
            left -= len(await reader.read(min(left, 65536))) or sys.exit("an upload was cut off")
        return b"%d" % size
    return PAGE if path in (b"/", b"/slow") else b""

async def echo(reader, writer):
    writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n")
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, os._exit, 0)
    server = await asyncio.start_server(answer, "0.0.0.0", int(os.environ["PORT"]), backlog=1024)
    await server.serve_forever()

asyncio.run(main())
'''


def files(page: str) -> dict[str, str | bytes]:
    """Its source, with what its page says."""
    return {
        "Dockerfile": f'FROM {BASE}\nCOPY server.py page /\nCMD ["{PYTHON}", "/server.py"]\n',
        "server.py": SERVER,
        "page": page,
    }


@contextmanager
def base_image() -> Iterator[None]:
    """The image that it is built from, until the block ends."""
    with subprocess.Popen(["tar", "-C", "/", "-ch", "--exclude=test", *_paths()], stdout=subprocess.PIPE) as tar:
        subprocess.run(["docker", "import", "-", BASE], stdin=tar.stdout, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["docker", "rmi", "--force", BASE], capture_output=True)


def _paths() -> list[str]:
    """Python, its modules and what it is linked with, from the root of the file system."""
    linked = subprocess.run(["ldd", PYTHON], check=True, capture_output=True, text=True).stdout
    paths = [str(PYTHON), f"/usr/lib/{PYTHON.name}", *re.findall(r"/\S+", linked)]
    return [path.removeprefix("/") for path in paths]
