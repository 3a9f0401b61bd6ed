from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from paas import InvalidValue
from paas_certs import bundles


def tar(*members: tuple[str, bytes] | tarfile.TarInfo) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size = len(member[1])
            archive.addfile(info, io.BytesIO(member[1]))
    return data.getvalue()


def special(name: str, type: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, target
    return info


def test_the_two_files_are_found_by_how_they_end_packed_or_not() -> None:
    data = tar(("./tls/server.crt", b"C"), ("./tls/server.key", b"K"), ("._server.crt", b"x"), ("README", b"x"))

    assert bundles.of_tar(data) == (b"C", b"K")
    assert bundles.of_tar(gzip.compress(data)) == (b"C", b"K")


# The data is part of a test's name, which must be the same in each process that runs tests: so no time in it.
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (tar(("../server.crt", b"C"), ("server.key", b"K")), "leads out"),
        (tar(("/etc/server.crt", b"C"), ("server.key", b"K")), "leads out"),
        (tar(special("server.crt", tarfile.SYMTYPE, "/etc/shadow"), ("server.key", b"K")), "is no file"),
        (tar(("server.crt", b"C"), special("server.key", tarfile.LNKTYPE, "server.crt")), "is no file"),
        (tar(special("server.crt", tarfile.CHRTYPE)), "is no file"),
        (tar(special("server.crt", tarfile.FIFOTYPE)), "is no file"),
        (tar(("server.crt", b"C"), ("other.crt", b"C"), ("server.key", b"K")), "2 certificates and 1 keys"),
        (tar(("server.key", b"K")), "0 certificates and 1 keys"),
        (tar(("server.crt", b"C" * 300_000)), "of 300000 bytes"),
        (gzip.compress(tar(("server.crt", b"C" * 50_000_000)), mtime=0), "has more than 1024 KB"),
        (gzip.compress(tar(("server.crt", b"C"), ("server.key", b"K" * 2000)), mtime=0)[:-40], "not a whole one"),
        (tar(*((f"{n}.txt", b"") for n in range(200))), "more than 100 files"),
        (b"no tar at all", "is no tar"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "is a PEM file, no tar"),
        (b"", "is no tar"),
        (b"\x1f\x8b\x08\x00broken", "is no tar"),
        (tar(("server.crt", b"C" * 2000))[:1000], "not a whole one"),
        (bytes(2 * 1024 * 1024), "has more than 1024 KB"),
    ],
)
def test_what_is_wrong_with_a_tar_is_named(data: bytes, said: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        bundles.of_tar(data)

    assert said in refused.value.message
