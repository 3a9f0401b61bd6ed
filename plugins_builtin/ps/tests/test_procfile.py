from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError
from paas.apps import PROCESS_TYPE
from paas.testing import Harness
from paas_ps import procfile, sourcefile
from paas_scheduler_docker.testing import Stage


def test_each_line_is_a_type_and_its_command() -> None:
    text = "# processes\n\nweb: serve --port $PORT\r\nmy_worker-2:work: hard  \n"

    assert procfile.parse(text) == {"web": "serve --port $PORT", "my_worker-2": "work: hard"}


def test_an_empty_procfile_names_nothing() -> None:
    assert procfile.parse("") == procfile.parse("\n# nothing yet\n") == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("web: serve\nserve", "line 2 is 'serve'"),
        ("web serve", "line 1 is 'web serve'"),
        ("web: a\n\nweb: b", "line 3 names web again"),
        ("web: \n", "line 1 has no command for web"),
        (f"{'a' * 64}: serve", "the name in line 1 is too long"),
        ("wéb: serve", "line 1"),
        ("  web: serve", "line 1"),
        ("web: a\x0bb\nx", "line 2"),
    ],
)
def test_a_line_that_is_wrong_is_named(text: str, wrong: str) -> None:
    with pytest.raises(PaasError, match="Procfile is invalid") as refusal:
        procfile.parse(text)

    assert wrong in refusal.value.message
    assert refusal.value.hint


TYPES = st.from_regex(PROCESS_TYPE, fullmatch=True)
COMMANDS = st.from_regex(r"[!-~]([ -~]*[!-~])?", fullmatch=True)


@given(st.dictionaries(TYPES, COMMANDS))
def test_what_was_written_is_read(processes: dict[str, str]) -> None:
    assert procfile.parse("".join(f"{type}: {command}\n" for type, command in processes.items())) == processes


@given(st.text())
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        found, said = procfile.parse(text), "every line"
    except PaasError as error:
        found, said = {}, error.message

    assert "line" in said
    assert all(PROCESS_TYPE.fullmatch(type) and command for type, command in found.items())


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


def test_a_wrong_procfile_is_refused_before_anything_is_built(stage: Stage, paas: Harness) -> None:
    with pytest.raises(PaasError, match="line 1"):
        stage.deploy(Procfile="oops")

    assert stage.docker.calls == []
    assert "false" in paas.ok("ps:report", "shop", "--deployed")


def test_the_procfile_may_lie_elsewhere(stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    paas.app("shop")
    paas.ok("ps:set", "shop", "procfile-path", "Procfile.prod")

    assert stage.deploy(Procfile_prod="web: serve --prod").processes == {"web": "serve --prod"}
    assert stage.deploy(Procfile="web: serve").processes == {"web": ""}
    assert "no Procfile.prod" in capsys.readouterr().err


def test_a_path_out_of_the_source_cannot_be_set(paas: Harness) -> None:
    paas.app("shop")

    assert paas.run("ps:set", "shop", "procfile-path", "../Procfile").exit_code == 1
