from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import InvalidValue
from paas_nginx import conf


def again(text: str) -> str:
    return "\n".join(conf.text(conf.parse(text)))


def test_a_text_is_read_and_written_one_directive_a_line() -> None:
    text = "server{listen 80;# no\n  location ~ ^/a\\{2}$ { return 200 'a; b }'; }}"

    assert again(text) == (
        "server {\n    listen 80;\n    location ~ ^/a\\{2}$ {\n        return 200 'a; b }';\n    }\n}"
    )


def test_variables_in_braces_and_marks_within_words_are_part_of_them() -> None:
    [directive] = conf.parse('set $a x${b}y#z"q;')

    assert directive.words == ("set", "$a", 'x${b}y#z"q')


def test_values_are_without_quotes_and_escapes_as_nginx_takes_them() -> None:
    [directive] = conf.parse(r"""'include' "a\"b" c\;d e\.f;""")

    assert directive.name == "include"
    assert directive.values == ['a"b', r"c\;d", r"e\.f"]


@pytest.mark.parametrize(
    "text",
    ["a", "a;}", "}", ";", "{}", "a {", "a { b }", "a 'open;", 'a "b"c;', "a \x0b;", "a { " * 20 + "}" * 20, "a \\"],
)
def test_what_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        conf.parse(text)


@given(st.text(alphabet="ab \n\t;{}'\"\\#$"))
def test_a_text_is_refused_or_means_the_same_once_written(text: str) -> None:
    try:
        parsed = conf.parse(text)
    except InvalidValue:
        return

    written = again(text)
    assert again(written) == written
    assert shape(conf.parse(written)) == shape(parsed)


def shape(directives: list[conf.Directive]) -> list[object]:
    return [(each.words, None if each.block is None else shape(each.block)) for each in directives]
