from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paas import output
from paas.context import Context
from paas.testing import Harness


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


def test_lines_have_the_shapes_that_scripts_know(capsys: pytest.CaptureFixture[str]) -> None:
    output.step("a step")
    output.result("a result")
    output.detail("a detail")
    output.line("data")
    output.indented("more")
    output.raw("as it is")
    output.warn("It is wrong.\nTwice.", "Do this.")
    output.data({"ü": [1]})

    captured = capsys.readouterr()
    assert captured.out == ('-----> a step\n=====> a result\n       a detail\ndata\n       more\nas it is{"ü": [1]}\n')
    assert captured.err == " !     It is wrong.\n !     Twice.\n !     Do this.\n"


def test_quiet_leaves_data_and_errors(inside: Context, capsys: pytest.CaptureFixture[str]) -> None:
    inside.output.quiet = True

    output.step("a step")
    output.fields("shop git information", {"Git deploy branch": "main", "Git revision": ""})
    output.warn("wrong")

    captured = capsys.readouterr()
    assert captured.out == "       Git deploy branch:             main\n       Git revision:\n"
    assert captured.err == " !     wrong\n"


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    output.table([("a", "1"), ("longer", "")])
    output.table([])

    assert capsys.readouterr().out == "a       1\nlonger\n"


def test_a_log_has_every_line_for_its_owner_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "builds" / "1.log"
    with output.recorded(log):
        output.step("built")
        output.warn("wrong \ud800")
        assert log.read_text() == "-----> built\n !     wrong \\ud800\n"
    output.step("after it")

    assert "after it" not in log.read_text()
    assert capsys.readouterr().err == " !     wrong \\ud800\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


LEFT_ALONE = """
import sys
from pathlib import Path
from paas import output
from paas.context import Caller, Context, use
from paas.paths import Paths

context = Context(Paths(root=Path("/nowhere"), home=Path("/nowhere")), Caller("ann"))
with use(context), output.recorded(Path(sys.argv[1])):
    for number in range(3):
        output.step(f"step {number}")
        output.warn(f"trouble {number}")
        sys.stdout.flush()
Path(sys.argv[2]).write_text("done")
"""


def test_work_goes_on_when_nobody_reads_any_more_and_the_log_is_whole(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    argv = [sys.executable, "-c", LEFT_ALONE, str(tmp_path / "log"), str(tmp_path / "done")]

    done = subprocess.run(argv, stdout=writer, stderr=writer, check=False)

    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "done").read_text() == "done"
    assert (tmp_path / "log").read_text().splitlines() == [
        line for n in range(3) for line in (f"-----> step {n}", f" !     trouble {n}")
    ]


def test_whoever_reads_the_errors_still_gets_them_when_the_other_stream_is_gone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    argv = [sys.executable, "-c", LEFT_ALONE, str(tmp_path / "log"), str(tmp_path / "done")]

    done = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, check=True)

    os.close(writer)
    assert done.stderr.decode() == "".join(f" !     trouble {n}\n" for n in range(3))


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.data(["line\nbreak"])

    assert json.loads(capsys.readouterr().out.splitlines()[0]) == ["line\nbreak"]
