from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError
from paas.releases import PROCESS_TYPE
from paas.testing import Harness
from paas_ps import procfile
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


def test_a_wrong_procfile_is_refused_before_anything_is_built(stage: Stage, paas: Harness) -> None:
    with pytest.raises(PaasError, match="line 1"):
        stage.deploy(Procfile="oops")

    assert "build" not in [call[0] for call in stage.docker.calls]
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
