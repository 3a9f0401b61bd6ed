from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paas import App, PaasError, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_config import api
from paas_config.variables import MAX_STRING, MAX_TOTAL

VARIABLES = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200),
    min_size=1,
)
AWKWARD = 'it\'s "two" words = $HOME `id` \\n\n\t🌍 -x'


PROPERTY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(values=VARIABLES)
@example({"KEY": AWKWARD, "OTHER": "--global", "EMPTY": "", "EQUALS": "="})
@PROPERTY
def test_any_text_comes_back_as_it_was_set(paas: Harness, shop: App, values: dict[str, str]) -> None:
    paas.ok("config:clear", "shop")
    paas.ok("config:set", "shop", *(f"{name}={value}" for name, value in values.items()))

    name = next(iter(values))
    assert paas.ok("config:get", "shop", name) == f"{values[name]}\n"
    assert json.loads(paas.ok("config:export", "shop", "--format", "json")) == values


@pytest.mark.parametrize("format", ["envfile", "json"])
@given(values=VARIABLES)
@example({"KEY": AWKWARD})
@PROPERTY
def test_an_export_can_be_imported_again(paas: Harness, shop: App, format: str, values: dict[str, str]) -> None:
    with paas.inside():
        api.set(shop, values)
        expected = api.environment(shop)

    exported = paas.ok("config:export", "shop", "--format", format)
    paas.ok("config:import", "--replace", "--format", format, "--global", "-", input=exported)

    with paas.inside():
        assert api.environment(None) == expected


@given(values=VARIABLES)
@PROPERTY
def test_an_encoded_value_is_set_decoded(paas: Harness, shop: App, values: dict[str, str]) -> None:
    encoded = [f"{name}={base64.b64encode(value.encode()).decode()}" for name, value in values.items()]
    paas.ok("config:set", "--encoded", "shop", *encoded)

    with paas.inside():
        assert api.environment(shop).items() >= values.items()


def test_numbers_stay_as_they_were_written(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=0123", "B=+5", "C=1.10")

    assert json.loads(paas.ok("config:export", "shop", "--format", "json")) == {"A": "0123", "B": "+5", "C": "1.10"}


def test_setting_prints_names_and_no_values(paas: Harness, shop: App) -> None:
    result = paas.run("config:set", "shop", "TOKEN=hidden", "A=b")

    assert result.stdout.splitlines() == ["-----> Setting config vars", "       A", "       TOKEN"]
    assert "hidden" not in result.stderr


def test_the_table_is_aligned_below_its_heading(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "LONGER=two words", "A=1")

    expected = ["=====> shop env vars", "A:       1", "LONGER:  two words"]
    assert paas.ok("config:show", "shop").splitlines() == paas.ok("config", "shop").splitlines() == expected
    assert paas.ok("--quiet", "config:show", "shop").splitlines() == expected[1:]
    assert paas.ok("config:show", "--global") == "=====> global env vars\n"


def test_the_older_flags_of_the_bare_command_export(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=1", "B=2")

    assert paas.ok("config", "--export", "shop") == "export A='1'\nexport B='2'\n"
    assert paas.ok("config", "shop", "--shell") == "A='1' B='2'\n"


def test_a_missing_variable_is_told_by_the_exit_code_alone(paas: Harness, shop: App) -> None:
    result = paas.run("config:get", "shop", "NONE")

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "")


def test_a_quoted_value_is_a_word_for_a_shell(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=it's")

    assert paas.ok("config:get", "--quoted", "shop", "A") == "'it'\"'\"'s'\n"


def test_an_apps_own_variables_win_over_the_global_ones(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "--global", "A=everywhere", "B=everywhere")
    paas.ok("config:set", "shop", "B=here", "C=here")

    assert paas.ok("config:keys", "shop") == "B\nC\n"
    assert paas.ok("config:keys", "shop", "--merged") == "A\nB\nC\n"
    assert paas.ok("config:export", "--merged", "shop", "--format", "shell") == "A='everywhere' B='here' C='here'\n"
    assert paas.ok("config:get", "--global", "B") == "everywhere\n"
    assert paas.run("config:get", "shop", "A").exit_code == 1
    with paas.inside():
        environment = hooks.gather(hookspecs.app_environment, shop, "")
    assert environment == {"A": "everywhere", "B": "here", "C": "here"}


@pytest.mark.parametrize(
    "words",
    [["--global", "A=1"], ["A=1", "--global"]],
)
def test_global_may_stand_anywhere(paas: Harness, words: list[str]) -> None:
    paas.ok("config:set", *words)

    assert paas.ok("config:get", "A", "--global") == "1\n"


@pytest.mark.parametrize(
    ("word", "code", "message"),
    [
        ("1A=x", 1, "'1A' is not a name for a variable"),
        ("=x", 1, "'' is not a name for a variable"),
        ("A-B=x", 1, "'A-B' is not a name"),
        ("A\n=x", 1, "'A\\n' is not a name"),
        ("Ä=x", 1, "'Ä' is not a name"),
        ("secret", 2, "Word 2 after the app is not of the shape KEY=VALUE"),
        ("A=a\0b", 1, "The value of A holds a NUL"),
        ("A=a\udcff", 1, "The value of A is not UTF-8 text"),
        (f"A={'x' * (MAX_STRING - 2)}", 1, "131,073 bytes long; 131,072 can be passed"),
        (f"A={'x' * 10_000_000}", 1, "can be passed to a process"),
    ],
)
def test_one_bad_pair_and_nothing_is_set(paas: Harness, shop: App, word: str, code: int, message: str) -> None:
    result = paas.run("config:set", "shop", "GOOD=1", word)

    assert result.exit_code == code
    assert message in result.stderr
    assert "secret" not in result.stderr
    assert paas.ok("config:keys", "shop") == ""


def test_the_longest_value_that_a_process_takes_is_set(paas: Harness, shop: App) -> None:
    value = "x" * (MAX_STRING - len("A=") - 1)
    paas.ok("config:set", "shop", f"A={value}")

    paas.real.add("env")
    with paas.inside():
        from paas import process

        shown = process.run(["env", "-0"], env=api.environment(shop)).stdout
    assert f"A={value}\0".encode() in shown


def test_more_than_a_process_can_be_given_in_all_is_refused(paas: Harness, shop: App) -> None:
    large = [f"A{n}={'x' * 100_000}" for n in range(MAX_TOTAL // 100_000)]
    paas.ok("config:set", "shop", *large)

    result = paas.run("config:set", "shop", f"B={'x' * 100_000}")

    assert result.exit_code == 1
    assert "bytes long together" in result.stderr
    assert paas.run("config:get", "shop", "B").exit_code == 1


@pytest.mark.parametrize(
    ("word", "message"),
    [("A=not base64!", "is not base64"), ("A=/w==", "is not text in UTF-8"), ("A=AA==", "holds a NUL")],
)
def test_what_is_not_encoded_as_it_should_be_is_refused(paas: Harness, shop: App, word: str, message: str) -> None:
    result = paas.run("config:set", "--encoded", "shop", word)

    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize("verb", ["set shop A=1", "unset shop A", "get shop A", "show shop", "keys shop", "clear shop"])
def test_an_app_that_does_not_exist_is_said_with_its_own_code(paas: Harness, verb: str) -> None:
    assert paas.run(*f"config:{verb}".split()).exit_code == 20


def test_nothing_to_set_is_wrong_usage(paas: Harness, shop: App) -> None:
    assert paas.run("config:set", "shop").exit_code == 2
    assert paas.run("config:unset", "shop").exit_code == 2


def test_unsetting_says_what_was_not_there(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=1", "B=2")

    assert paas.ok("config:unset", "shop", "A", "NONE").splitlines() == [
        "-----> Unsetting A",
        "-----> Skipping NONE, it is not set in the environment",
    ]
    assert paas.ok("config:clear", "shop") == "-----> Unsetting B\n"
    assert paas.ok("config:keys", "shop") == ""


def test_an_import_adds_to_what_is_there_unless_it_replaces_it(paas: Harness, shop: App, tmp_path: Path) -> None:
    paas.ok("config:set", "shop", "A=1", "B=1")
    (tmp_path / "env").write_text("B=2\nC=2\n")

    paas.ok("config:import", "shop", str(tmp_path / "env"))
    assert paas.ok("config:export", "shop", "--format", "shell") == "A='1' B='2' C='2'\n"

    paas.ok("config:import", "--replace", "shop", "-", input="B=3")
    assert paas.ok("config:export", "shop", "--format", "shell") == "B='3'\n"


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        ("envfile", "A=1\nhidden", "Line 2 of the variables is not of the shape KEY=VALUE"),
        ("envfile", b"A=\xff", "not UTF-8 text: invalid start byte at byte 2"),
        ("envfile", "A=" + "x" * 10_000_000, "more than"),
        ("json", "{", "not JSON: there is an error in line 1"),
        ("json", "[" * 100_000, "not JSON"),
        ("json", "[]", "not a JSON object"),
        ("json", '{"A": null}', "The value of 'A' is neither a string nor a number"),
        ("json", '{"A": {"hidden": 1}}', "The value of 'A' is neither"),
        ("json", '{"A B": "hidden"}', "'A B' is not a name"),
        ("json", '{"A": "\\ud800"}', "not UTF-8"),
        ("json", '{"A": "\\u0000"}', "holds a NUL"),
    ],
)
def test_an_import_that_is_wrong_sets_nothing_and_shows_nothing(
    paas: Harness, shop: App, format: str, text: str | bytes, message: str
) -> None:
    result = paas.run("config:import", "--format", format, "--replace", "shop", input=text)

    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) > 1, "it says what is wrong, and not what to do"
    assert "hidden" not in result.stderr
    assert paas.ok("config:keys", "shop") == ""


@pytest.mark.parametrize("verb", ["set", "import"])
def test_a_variable_that_another_plugin_gives_is_refused_before_every_deploy_fails(
    paas: Harness, inventory: Inventory, shop: App, verb: str
) -> None:
    @hookimpl
    def app_environment(app: App, revision: str) -> Mapping[str, str]:
        return {"GIT_REV": revision}

    @hookimpl(specname="app_environment")
    def broken(app: App) -> Mapping[str, str]:
        raise RuntimeError

    inventory.plugin("git", app_environment)

    words = ["-"] if verb == "import" else ["A=1", "GIT_REV=c0ffee"]
    result = paas.run(f"config:{verb}", "--no-restart", "shop", *words, input="A=1\nGIT_REV=c0ffee\n")

    assert result.exit_code == 1
    assert "GIT_REV is given to every release by another plugin" in result.stderr
    assert "Leave it out" in result.stderr
    assert paas.ok("config:keys", "shop") == ""
    inventory.plugin("faulty", broken)
    paas.ok("config:set", "--no-restart", "shop", "A=1")


def test_numbers_of_json_are_taken_as_they_are_written(paas: Harness, shop: App) -> None:
    paas.ok("config:import", "--format", "json", "shop", input='{"A": 1.10, "B": -5, "C": 1e400}')

    assert paas.ok("config:export", "shop", "--format", "shell") == "A='1.10' B='-5' C='1e400'\n"


def test_a_file_of_the_server_is_not_for_a_key(paas: Harness, shop: App, tmp_path: Path) -> None:
    (tmp_path / "env").write_text("A=1")

    result = paas.run("config:import", "shop", str(tmp_path / "env"), key="ann")

    assert result.exit_code == 2
    assert "can't be read through ssh" in result.stderr
    assert paas.run("config:import", "shop", "-", key="ann", input="A=1").exit_code == 0


def test_a_file_that_is_not_there_is_named(paas: Harness, shop: App, tmp_path: Path) -> None:
    result = paas.run("config:import", "shop", str(tmp_path / "none"))

    assert result.exit_code == 1
    assert "none can't be read: No such file or directory" in result.stderr


def test_a_bundle_holds_a_file_for_each_variable(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", f"A={AWKWARD}", "B=")
    paas.ok("config:set", "--global", "C=3")

    archive = paas.ok("config:bundle", "--merged", "shop").encode(errors="surrogateescape")

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {entry.name: tar.extractfile(entry).read().decode() for entry in tar}  # type: ignore[union-attr]
    assert found == {"A": AWKWARD, "B": "", "C": "3"}


def test_a_clone_has_the_variables_and_goes_its_own_way(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=1")
    paas.ok("apps:clone", "shop", "copy")
    paas.ok("config:set", "shop", "A=2")

    assert paas.ok("config:get", "copy", "A") == "1\n"


def test_a_renamed_app_keeps_its_variables_and_a_destroyed_one_leaves_none(paas: Harness, shop: App) -> None:
    paas.ok("config:set", "shop", "A=1")
    paas.ok("apps:rename", "shop", "store")
    assert paas.ok("config:get", "store", "A") == "1\n"

    paas.ok("apps:destroy", "--force", "store")
    paas.app("store")
    assert paas.ok("config:keys", "store") == ""


def test_a_plugin_sets_variables_under_its_name(
    paas: Harness, shop: App, heard: list[tuple[str | None, str, list[str]]]
) -> None:
    with paas.inside():
        assert api.set(shop, {"DATABASE_URL": "postgres://", "A": "1"}, by="postgres") == ["DATABASE_URL", "A"]
        assert api.get(shop, "DATABASE_URL") == "postgres://"
        assert api.get(shop, "NONE") is None
    paas.ok("config:set", "shop", "A=2")

    with paas.inside():
        assert {name: variable.by for name, variable in api.variables(shop).items()} == {
            "A": "",
            "DATABASE_URL": "postgres",
        }
        assert api.unset(shop, ["DATABASE_URL", "NONE"]) == ["DATABASE_URL"]
        with pytest.raises(PaasError, match="not a name"):
            api.set(None, {"A B": ""}, by="postgres")
    assert heard == [
        ("shop", "set", ["DATABASE_URL", "A"]),
        ("shop", "set", ["A"]),
        ("shop", "unset", ["DATABASE_URL"]),
    ]


def test_a_key_may_be_refused_for_the_app_that_it_names(paas: Harness, inventory: Inventory, shop: App) -> None:
    asked = []

    @hookimpl
    def authorize(verb: str, app: str | None) -> None:
        asked.append((verb, app))
        raise PaasError("Not for you.")

    inventory.plugin("guard", authorize)

    assert paas.run("config:show", "shop", key="ann").stderr == " !     Not for you.\n"
    assert paas.run("config:set", "A=1", "--global", key="ann").exit_code == 1
    assert asked == [("config:show", "shop"), ("config:set", None)]
    assert paas.ok("config:keys", "--global") == ""
