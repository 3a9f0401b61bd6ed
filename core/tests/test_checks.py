"""The checks that settings of many plugins share."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paas import InvalidValue
from paas.settings import boolean, one_of, relative_path, whole_number


@given(st.text())
@example("9" * 5000)
@example("٣")
@example("²")
@example("+1")
@example("-1")
@example(" 1")
@example("1_0")
@example("")
def test_a_whole_number_is_in_its_range_or_refused(value: str) -> None:
    try:
        kept = whole_number(1, 65535)(value)
    except InvalidValue:
        return
    assert 1 <= int(kept) <= 65535
    assert int(value) == int(kept)


def test_a_number_is_kept_without_leading_zeros() -> None:
    assert whole_number()("007") == "7"
    assert whole_number()("0") == "0"


@given(st.text())
@example("../x")
@example("a/../../b")
@example("/etc/passwd")
@example("a\0b")
@example("a\nb")
def test_a_relative_path_stays_inside(value: str) -> None:
    try:
        kept = relative_path(value)
    except InvalidValue:
        return
    assert not kept.startswith("/")
    assert ".." not in kept.split("/")
    assert kept.isprintable()


def test_a_choice_is_one_of_its_words() -> None:
    assert boolean("true") == "true"
    assert one_of("a", "b")("b") == "b"
    for check, value in ((boolean, "True"), (boolean, ""), (one_of("a", "b"), "c")):
        with pytest.raises(InvalidValue):
            check(value)
