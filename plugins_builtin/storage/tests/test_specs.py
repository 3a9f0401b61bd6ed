from __future__ import annotations

import pytest

from paas import InvalidValue, UsageError
from paas_storage import owners, specs
from paas_storage.specs import Spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("/srv/a:/app/a", Spec("/srv/a", "/app/a")),
        ("/srv/a/:/app//a/:ro,z", Spec("/srv/a", "/app/a", "ro,z")),
        ("data:/app/a:rw,rw", Spec("data", "/app/a", "rw")),
    ],
)
def test_a_mount_is_a_place_on_the_server_one_in_containers_and_options(text: str, spec: Spec) -> None:
    assert specs.parse(text) == spec


@pytest.mark.parametrize("text", ["/srv/a", "/a:/b:ro:z", ""])
def test_fewer_or_more_parts_are_a_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        specs.parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("/srv/../etc:/a", "holds . or .."),
        ("/srv/./a:/a", "holds . or .."),
        ("..:/a", "not an absolute path"),
        ("a/b:/a", "not an absolute path"),
        ("-a:/a", "not a name for a volume"),
        ("/srv/a\nb:/a", "a character"),
        ("/srv/a\0:/a", "a character"),
        ("/srv/a:app", "not an absolute path"),
        ("/srv/a:/", "Nothing can be mounted at /"),
        ("/srv/a:/proc/self", "Nothing can be mounted at /proc/self"),
        ("/srv/a:/app/../etc", "holds . or .."),
        ("/srv/a:/a:", "'' is not an option"),
        ("/srv/a:/a:exec", "'exec' is not an option"),
        ("/srv/a:/a:rshared", "rshared is refused"),
        ("/srv/a:/a:ro,rw", "ro and rw contradict"),
    ],
)
def test_what_could_mean_something_else_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why.replace(".", r"\.")):
        specs.parse(text)


@pytest.mark.parametrize(
    ("word", "uid"), [("herokuish", 32767), ("heroku", 1000), ("paketo", 2000), ("root", 0), ("7", 7)]
)
def test_a_folder_is_given_to_the_account_that_an_image_runs_as(word: str, uid: int) -> None:
    assert owners.number(owners.checked(word)) == uid


@pytest.mark.parametrize("word", ["ann", "-1", "4294967295", "٣", "1:2", ""])
def test_nobody_else_is_given_a_folder(word: str) -> None:
    with pytest.raises(InvalidValue):
        owners.checked(word)


@pytest.mark.parametrize(("text", "mode"), [("755", "0755"), ("0700", "0700"), ("2770", "2770")])
def test_a_mode_is_octal(text: str, mode: str) -> None:
    assert specs.mode(text) == mode


@pytest.mark.parametrize("text", ["4755", "888", "77", "u+x", "07777"])
def test_no_folder_gets_a_mode_that_gives_more_than_access(text: str) -> None:
    with pytest.raises(InvalidValue):
        specs.mode(text)


def test_a_part_of_a_volume_lies_in_it() -> None:
    assert specs.below("a//b/") == "a/b"
    with pytest.raises(InvalidValue):
        specs.below("../other")
