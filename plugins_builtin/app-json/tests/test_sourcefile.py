from __future__ import annotations

from pathlib import Path

import pytest

from paas import PaasError
from paas_app_json import sourcefile


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"web: serve\n\x7fELF\xff\xfe", "Line 2 of Procfile is not UTF-8"),
        (b"web: serve\nx: \0", "Line 2 of Procfile holds a NUL"),
        (b"#" * (sourcefile.MAX_BYTES + 1), "has 262145 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, wrong: str) -> None:
    (tmp_path / "Procfile").write_bytes(content)

    with pytest.raises(PaasError, match=wrong):
        sourcefile.read(tmp_path, "Procfile")


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "nowhere"])
def test_a_link_out_of_the_source_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_text("web: secret\n")
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "Procfile").symlink_to(target)

    with pytest.raises(PaasError, match="not a file of the source"):
        sourcefile.read(folder, "Procfile")


def test_a_link_within_the_source_is_followed(tmp_path: Path) -> None:
    (tmp_path / "Procfile.web").write_text("web: serve\n")
    (tmp_path / "Procfile").symlink_to("Procfile.web")

    assert sourcefile.read(tmp_path, "Procfile") == "web: serve\n"


def test_a_folder_is_no_procfile(tmp_path: Path) -> None:
    (tmp_path / "Procfile").mkdir()

    with pytest.raises(PaasError, match="not a file of the source"):
        sourcefile.read(tmp_path, "Procfile")
