"""A certificate and its key as they come: two files of the server, or a tar on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from paas import App, InvalidValue, PaasError, UsageError
from paas.context import current

from . import kept
from .pairs import MOST_BYTES

if TYPE_CHECKING:
    from tarfile import TarInfo

MOST_MEMBERS = 100
MOST_TAR_BYTES = 4 * MOST_BYTES
CERTIFICATES, KEYS = (".crt", ".pem", ".cer"), (".key",)


def read(app: App, certificate: str | None, key: str | None) -> tuple[bytes, bytes]:
    """The bytes of both.

    Args:
        app: Whose key it is if a tar holds none.
        certificate: A file; None for a tar on standard input.
        key: A file.

    Raises:
        PaasError: They can't be had.
    """
    if certificate and key:
        return _files(app, certificate, key)
    if certificate:
        raise UsageError("The file of the key is missing.", hint=f"certs:add {app.name} server.crt server.key")
    data = b"" if sys.stdin.isatty() else sys.stdin.buffer.read(MOST_TAR_BYTES + 1)
    if not data:
        raise UsageError(
            "No certificate was passed.", hint=f"tar -c server.crt server.key | ssh … certs:add {app.name}"
        )
    chain, private = of_tar(data)
    return chain, private or _own_key(app)


def of_tar(data: bytes) -> tuple[bytes, bytes | None]:
    """The certificate and the key, if there is one, of a tar.

    Raises:
        InvalidValue: It is none, holds links, devices or paths that lead out, or not one of each.
    """
    found: dict[str, list[bytes]] = {"certificate": [], "key": []}
    for member, contents in _members(data):
        suffix = PurePosixPath(member.name).suffix.lower()
        kind = "certificate" if suffix in CERTIFICATES else "key" if suffix in KEYS else None
        if kind:
            found[kind].append(contents)
    if len(found["certificate"]) != 1 or len(found["key"]) > 1:
        raise InvalidValue(
            f"The tar holds {len(found['certificate'])} certificates and {len(found['key'])} keys.",
            hint="It should hold one file that ends in .crt and one that ends in .key.",
        )
    return found["certificate"][0], next(iter(found["key"]), None)


def _members(data: bytes) -> Iterator[tuple[TarInfo, bytes]]:
    """The files of a tar with their contents."""
    import io
    import tarfile
    import zlib

    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(data)), mode="r:") as archive:
            for count, member in enumerate(archive):
                _require_harmless(member, count)
                file = archive.extractfile(member)
                if file and not PurePosixPath(member.name).name.startswith("._"):  # what macOS adds
                    yield member, file.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        form = "a PEM file, no tar" if data.lstrip().startswith(b"-----BEGIN ") else "no tar, or not a whole one"
        raise InvalidValue(
            f"Standard input is {form}.", hint="tar -c server.crt server.key | ssh … certs:add APP"
        ) from error


def _unpacked(data: bytes) -> bytes:
    """A tar without the compression of tar -z, of which no more is ever unpacked than a tar may have."""
    import zlib

    if data.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        data = unpacker.decompress(data, MOST_TAR_BYTES + 1)
        if not unpacker.eof and len(data) <= MOST_TAR_BYTES:
            raise EOFError
    if len(data) > MOST_TAR_BYTES:
        raise InvalidValue(f"The tar has more than {MOST_TAR_BYTES // 1024} KB.", hint="Send the two files alone.")
    return data


def _require_harmless(member: TarInfo, count: int) -> None:
    path = PurePosixPath(member.name)
    if count >= MOST_MEMBERS:
        raise InvalidValue(f"The tar has more than {MOST_MEMBERS} files.", hint="Send the two files alone.")
    if path.is_absolute() or ".." in path.parts:
        raise InvalidValue(f"The tar holds {member.name!r}, a path that leads out of it.", hint="Send plain names.")
    if not member.isfile() and not member.isdir():
        raise InvalidValue(f"The tar holds {member.name!r}, which is no file.", hint="Links: tar -h follows them.")
    if member.size > MOST_BYTES:
        raise InvalidValue(f"The tar holds {member.name!r} of {member.size} bytes.", hint="Send the two files alone.")


def _files(app: App, *paths: str) -> tuple[bytes, bytes]:
    if current().caller.is_remote:  # else a key could name what the system's account may read: other apps' keys
        raise UsageError(
            "Files of the server are for whoever is on it.",
            hint=f"tar -c server.crt server.key | ssh … certs:add {app.name}",
        )
    one, other = (_file(app, path) for path in paths)
    return one, other


def _file(app: App, path: str) -> bytes:
    import os
    from stat import S_ISREG

    try:
        # Without waiting for the other end of a pipe that somebody names.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidValue(f"{path} is no file.")
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no path"
        raise PaasError(
            f"{path} can't be read: {why}.",
            hint=f"If only root may: tar -c server.crt server.key | paas certs:add {app.name}",
        ) from error


def _own_key(app: App) -> bytes:
    found = kept.of(app)
    if not found:
        raise InvalidValue("The tar holds no key.", hint="Add the file that ends in .key.")
    return found.key.read_bytes()
