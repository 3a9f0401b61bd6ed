from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paas import InvalidValue
from paas_config import envfile

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(st.dictionaries(NAMES, VALUES))
@example({"A": 'two words = "x" $HOME `id` \\n \\', "B": "a\nb\r\n", "C": "\u2028\x0b\x85", "D": "'", "E": "#x # y"})
def test_what_is_written_reads_back_exactly(values: dict[str, str]) -> None:
    assert envfile.read(envfile.write(values)) == values


@given(st.text())
def test_no_text_is_anything_but_read_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        envfile.read(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("KEY=plain", "plain"),
        ("KEY=", ""),
        ("KEY=''", ""),
        ("KEY = spaced out \n", "spaced out"),
        ("  export KEY=x", "x"),
        ("export\tKEY=x", "x"),
        ("KEY=a # comment", "a"),
        ("KEY= # comment", ""),
        ("KEY=#colour", "#colour"),
        ("KEY=a#b", "a#b"),
        ("KEY=a=b=c", "a=b=c"),
        ("KEY=$HOME/`id`", "$HOME/`id`"),
        ("KEY='a # b' # comment", "a # b"),
        ("KEY='back\\slash\\n'", "back\\slash\\n"),
        ('KEY="a\\nb\\tc"', "a\nb\tc"),
        ('KEY="\\"\\\\\\$x\\`\\!"', '"\\$x`!'),
        ('KEY="\\d+\\.py"', "\\d+\\.py"),
        ('KEY="one\ntwo"', "one\ntwo"),
        ("KEY='one\n# two\n'", "one\n# two\n"),
        ('KEY="$HOME"', "$HOME"),
        ("KEY=x\r\n", "x"),
        ('KEY="x"\r\n', "x"),
        ("\ufeffKEY=x", "x"),
        ("KEY=1\nKEY=2", "2"),
        ("KEY=it's", "it's"),
        ("KEY=\x85nel", "\x85nel"),
    ],
)
def test_a_value_is_read_as_people_write_it(text: str, value: str) -> None:
    assert envfile.read(text) == {"KEY": value}


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert envfile.read("\n# A=1\n  \t# B=2\n\nC=3\n\n") == {"C": "3"}
    assert envfile.read("") == envfile.read("\n \n") == envfile.read("#") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A=1\nsecret word\n", "Line 2 of the variables is not of the shape KEY=VALUE"),
        ("A=1\n\nB='x\ny", "Line 3 of the variables has a quote that isn't closed"),
        ('A="x\\"', "Line 1 of the variables has a quote that isn't closed"),
        ('A="x\ny" z', "Line 2 of the variables goes on after the closing quote"),
        ("=x", "Line 1 of the variables is not of the shape"),
        ("1A=x", "'1A' is not a name"),
        ("A-B=x", "'A-B' is not a name"),
        ("A: x", "Line 1 of the variables is not of the shape"),
    ],
)
def test_what_is_wrong_is_named_by_its_line_and_not_shown(text: str, message: str) -> None:
    with pytest.raises(InvalidValue) as error:
        envfile.read(text)

    assert message in error.value.message
    assert "secret" not in error.value.message
