"""A service as values: its URL, its variable, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from paas import InvalidValue
from paas_services import checked, kinds, testing
from paas_services.kinds import COLORS, Service

BOX = replace(testing.BOX, url="{scheme}://user:{password}@{host}:{port}/{database}")
PRINTABLE = "".join(map(chr, range(ord(" "), ord("~") + 1)))


def test_a_password_of_every_printable_character_arrives_in_the_url() -> None:
    found = urlsplit(kinds.url(BOX, Service("box", "a-b", "box", "1", checked.password(PRINTABLE)), "host"))

    assert unquote(found.password or "") == PRINTABLE
    assert (found.hostname, found.port, found.path) == ("host", 4000, "/a_b")


def test_a_link_takes_the_first_name_that_is_free() -> None:
    taken = {"BOX_URL": "", "BOX_AQUA_URL": ""}

    assert kinds.variable(BOX, {}) == "BOX_URL"
    assert kinds.variable(BOX, taken) == "BOX_BLACK_URL"
    with pytest.raises(InvalidValue, match="are taken"):
        kinds.variable(BOX, {"BOX_URL": "", **{f"BOX_{color}_URL": "" for color in COLORS}})


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a_b", "a/b", "..", "a b", "a\n", "ä", "a" * 33, "a;b", "$a"])
def test_a_name_that_is_no_host_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        checked.name(name)


@pytest.mark.parametrize("password", ["", "a\nb", "a\0b", "ä", "x" * 201])
def test_a_password_that_a_program_might_not_get_whole_is_refused(password: str) -> None:
    with pytest.raises(InvalidValue):
        checked.password(password)


@pytest.mark.parametrize("query", ["a b", "a#b", "a'b", "a\nb", "a;b", '"', "$(x)"])
def test_a_query_that_ends_a_url_or_a_word_is_refused(query: str) -> None:
    with pytest.raises(InvalidValue):
        checked.query(query)


def test_variables_and_options_are_read_or_refused() -> None:
    assert checked.environment("A=1;B=x=y;") == {"A": "1", "B": "x=y"}
    assert checked.words("-c 'a b'") == ["-c", "a b"]
    for wrong in ("A", "1A=2", "A B=1"):
        with pytest.raises(InvalidValue):
            checked.environment(wrong)
    with pytest.raises(InvalidValue):
        checked.words("'a")
