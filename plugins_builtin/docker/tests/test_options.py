from __future__ import annotations

import pytest

from paas_docker import options
from paas_docker.build import reason


def test_only_what_a_build_takes_is_left_of_the_options() -> None:
    words = [
        "--volume",
        "/a:/b",
        "--build-arg",
        "A=1",
        "--no-cache",
        "-v",
        "--target=web",
        "/etc",
        "--tag=x",
        "--file=y",
    ]

    assert options.known(words) == ["--build-arg=A=1", "--no-cache", "--target=web"]


@pytest.mark.parametrize(
    "words", [["--build-arg"], ["--"], ["-"], [""], ["--=x"], ["--output=/etc"], ["--iidfile", "x"]]
)
def test_words_that_are_no_options_are_left_out(words: list[str]) -> None:
    assert options.known(words) == []


def test_only_named_variables_reach_the_client() -> None:
    variables = {"A": "1", "B": "2", "C": "3", "D": "4", "TOKEN": "t"}
    words = ["--build-arg=A", "--build-arg", "B", "--build-arg=C=other", "--secret=id=x,env=TOKEN", "--label=D"]

    assert options.named(words, variables) == {"A": "1", "B": "2", "TOKEN": "t"}


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "DOCKER_HOST", "BUILDKIT_HOST", "HOME"])
def test_a_variable_that_would_change_the_client_stays_out(name: str) -> None:
    assert options.named([f"--build-arg={name}"], {name: "/tmp/evil"}) == {}


def test_the_reason_of_a_failed_build_is_its_last_line() -> None:
    assert reason("#5 x\n------\nerror: failed: exit code 7\n\n") == "error: failed: exit code 7"
    assert reason("------\n ERROR: no buildx\n") == "no buildx"
    assert reason("") == "Docker gave no reason."
