"""The dispatcher: words in, exit code out."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paas import App, PaasError, UsageError, apps, cli, context, entrypoints, hookimpl, output, paths
from paas.context import Caller, current
from paas.params import PASS_ON, AppName, AppOrGlobal, OptionalAppName, names_app
from paas.paths import Paths
from paas.testing import Harness, Inventory

bakery = typer.Typer(help="Bread and cakes.\n\nMore about them.")


@bakery.command("bakery")
def bare() -> None:
    """What there is."""
    output.line("bread")


@bakery.command("bake")
def bake(
    name: AppName,
    cakes: Annotated[list[str] | None, typer.Argument()] = None,
    count: Annotated[int, typer.Option("--count")] = 1,
) -> None:
    """Bake cakes.

    Slowly.
    """
    apps.load(name)
    output.step("baking")
    output.data([name, cakes, count, current().flags.force])


@bakery.command("keep")
def keep(name: AppOrGlobal, pairs: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    output.data([name, pairs])


@bakery.command("run", context_settings=PASS_ON)
def run(name: AppName, words: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    output.data([name, words])


@bakery.command("close")
def close(everywhere: Annotated[bool, typer.Option("--global")] = False, word: str = "") -> None:
    output.data(everywhere)


@bakery.command("note")
def note(word: str) -> None:
    output.data(word)


@bakery.command("fail")
def fail(how: str) -> int:
    errors: dict[str, BaseException] = {
        "paas": PaasError("It is wrong.", hint="Do this."),
        "bug": ValueError("a bug"),
        "exit": typer.Exit(7),
        "abort": typer.Abort(),
        "sys": SystemExit(4),
        "sys-text": SystemExit("text"),
        "interrupt": KeyboardInterrupt(),
    }
    if how in errors:
        raise errors[how]
    return int(how)


@bakery.command("taste", hidden=True)
def taste(first: OptionalAppName = None) -> None:
    output.data(first)


@pytest.fixture(autouse=True)
def installed(inventory: Inventory) -> Inventory:
    inventory.add(entrypoints.COMMANDS, "bakery", bakery)
    inventory.plugin("bakery")
    return inventory


@pytest.fixture
def shop(paas: Harness) -> App:
    with paas.inside():
        return apps.add("shop")


# Exit codes


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        (["bakery:fail", "0"], 0, ""),
        (["bakery:fail", "5"], 5, ""),
        (["bakery:fail", "paas"], 1, " !     It is wrong.\n !     Do this.\n"),
        (["bakery:fail", "exit"], 7, ""),
        (["bakery:fail", "sys"], 4, ""),
        (["bakery:fail", "sys-text"], 1, ""),
        (["bakery:fail", "abort"], 130, " !     Interrupted\n"),
        (["bakery:fail", "interrupt"], 130, " !     Interrupted\n"),
        (["bakery:fail"], 2, " !     Missing argument 'how'.\n !     Usage: paas bakery:fail [OPTIONS] how\n"),
        (["bakery:fail", "1", "2"], 2, " !     Got unexpected extra argument(s) (2)\n"),
        (["bakery:fail", "1", "x" * 9_000], 2, " !     Got unexpected extra argument(s) (" + "x" * 366 + "…\n"),
        (["bakery:bake", "shop", "--size", "3"], 2, " !     No such option: --size"),
        (["bakery:bake", "shop", "--count", "x"], 2, " !     Invalid value for '--count': 'x'"),
        (["bakery:bake", "none"], 20, " !     App none does not exist.\n !     Create it with apps:create none\n"),
        (["bakery:bake", "../x"], 1, " !     '../x' is not a name for an app.\n"),
        (["bakery:bake", "--global"], 2, " !     --global is not for this command"),
        (["bakery:bak", "shop"], 127, " !     `bakery:bak` is not a paas command.\n !     Did you mean bakery:bake?"),
        (["bakkery"], 127, " !     `bakkery` is not a paas command.\n !     Did you mean bakery?"),
        (["zzzzzz"], 127, " !     `zzzzzz` is not a paas command.\n !     See paas help for a list of commands.\n"),
        (["--app"], 2, " !     --app needs the name of an app.\n"),
        (["help", "bakery"], 2, " !     help doesn't know bakery.\n !     Try paas bakery:help\n"),
        (["tick", "soon"], 2, " !     tick doesn't know soon.\n"),
        (["tick", "--after", "x"], 2, " !     tick doesn't know --after x.\n"),
        (["tick", "--after", "-1"], 2, " !     tick doesn't know --after -1.\n"),
        (["tick", "--after", "inf"], 2, " !     tick doesn't know --after inf.\n"),
    ],
)
def test_each_kind_of_end_has_its_exit_code(paas: Harness, shop: App, words: list[str], code: int, err: str) -> None:
    result = paas.run(*words)

    assert result.exit_code == code
    assert result.stderr.startswith(err)
    assert bool(err) is bool(result.stderr)


def test_a_bug_keeps_its_traceback(paas: Harness) -> None:
    with pytest.raises(ValueError, match="a bug"):
        paas.run("bakery:fail", "bug")


# Flags


def test_flags_before_the_command_hold_for_it(paas: Harness, shop: App) -> None:
    assert paas.ok("bakery:bake", "shop") == '-----> baking\n["shop", null, 1, false]\n'
    assert paas.ok("--quiet", "--force", "bakery:bake", "shop") == '["shop", null, 1, true]\n'
    assert paas.ok("--quiet", "--app", "shop", "bakery:bake", "lemon") == '["shop", ["lemon"], 1, false]\n'


def test_the_same_words_after_the_command_belong_to_it(paas: Harness, shop: App) -> None:
    assert paas.run("bakery:bake", "shop", "--quiet").exit_code == 2


def test_trace_shows_where_an_error_came_from_beside_the_data(paas: Harness) -> None:
    result = paas.run("--trace", "bakery:fail", "paas")

    assert "Traceback" in result.stderr
    assert result.stderr.endswith(" !     It is wrong.\n !     Do this.\n")
    assert result.stdout == ""


@pytest.mark.parametrize("words", [["--global", "A=1", "B=2"], ["A=1", "--global", "B=2"], ["A=1", "B=2", "--global"]])
def test_global_may_stand_anywhere(paas: Harness, words: list[str]) -> None:
    assert paas.ok("bakery:keep", *words) == '["--global", ["A=1", "B=2"]]\n'


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["bakery:close", "--global"], "true\n"),  # an option of the command's own
        (["bakery:run", "shop", "ls", "--global"], '["shop", ["ls", "--global"]]\n'),  # words for another program
        (["bakery:keep", "shop", "--", "--global"], '["shop", ["--global"]]\n'),
        (["bakery:note", "--", "--global"], '"--global"\n'),
    ],
)
def test_global_stays_where_it_means_something_else(paas: Harness, shop: App, words: list[str], out: str) -> None:
    assert paas.ok(*words) == out


def test_global_is_no_word_of_a_command_without_an_app(paas: Harness) -> None:
    result = paas.run("bakery:note", "--global")

    assert result.exit_code == 2
    assert "No such option: --global" in result.stderr


def test_the_words_for_another_program_pass_as_they_are(paas: Harness, shop: App) -> None:
    out = paas.ok("bakery:run", "shop", "ls", "-la", "--help", "--", "-x", "")

    assert out == '["shop", ["ls", "-la", "--help", "--", "-x", ""]]\n'


# Plugins


def test_only_the_owner_of_a_command_is_loaded(paas: Harness, inventory: Inventory) -> None:
    inventory.add(entrypoints.COMMANDS, "faulty", ImportError("x"))
    inventory.add(entrypoints.PLUGINS, "faulty", ImportError("x"))

    assert paas.ok("bakery") == "bread\n"


@pytest.mark.parametrize("error", [ImportError("no flour"), SystemExit(9), SyntaxError("bad")])
def test_commands_that_cant_be_loaded_are_an_error_of_theirs(
    paas: Harness, inventory: Inventory, error: BaseException
) -> None:
    inventory.add(entrypoints.COMMANDS, "faulty", error, distribution="acme-faulty")

    result = paas.run("faulty:cook")

    assert result.exit_code == 1
    assert f"The commands of faulty (acme-faulty) can't be loaded: {type(error).__name__}" in result.stderr
    assert "Mend or uninstall acme-faulty" in result.stderr


def test_a_prefix_of_two_distributions_is_neithers(paas: Harness, inventory: Inventory) -> None:
    inventory.add(entrypoints.COMMANDS, "bakery", typer.Typer(), distribution="acme-bakery")

    result = paas.run("bakery:bake", "shop")

    assert result.exit_code == 127
    assert "bakery belongs to two distributions, acme-bakery and paas-bakery." in result.stderr


def test_the_commands_of_a_disabled_plugin_say_so(paas: Harness) -> None:
    from paas import state

    with paas.inside():
        state.change("plugin", state.GLOBAL, {"disabled": ["bakery"]})

    result = paas.run("bakery:bake", "shop")

    assert result.exit_code == 127
    assert result.stderr == " !     The plugin bakery is disabled.\n !     Enable it with plugin:enable bakery\n"


# Who may do what


class Guard:
    """Notes what it was asked and refuses it for one app."""

    def __init__(self, inventory: Inventory) -> None:
        self.asked: list[tuple[str, str, str | None]] = []

        @hookimpl
        def authorize(caller: Caller, verb: str, app: str | None) -> None:
            self.asked.append((caller.name, verb, app))
            if app == "secret":
                raise PaasError("Not for you.")

        inventory.plugin("guard", authorize)


def test_a_key_is_asked_about_before_its_command_runs(paas: Harness, shop: App, inventory: Inventory) -> None:
    guard = Guard(inventory)

    paas.run("bakery:bake", "shop", "lemon", key="ann")
    paas.run("bakery:keep", "--global", key="ann")
    paas.run("bakery:taste", key="ann")
    result = paas.run("bakery:bake", "secret", key="ann")

    assert guard.asked == [
        ("ann", "bakery:bake", "shop"),
        ("ann", "bakery:keep", None),
        ("ann", "bakery:taste", None),
        ("ann", "bakery:bake", "secret"),
    ]
    assert (result.exit_code, result.stderr, result.stdout) == (1, " !     Not for you.\n", "")


def test_whoever_is_on_the_server_is_not_asked_about(paas: Harness, shop: App, inventory: Inventory) -> None:
    guard = Guard(inventory)

    paas.ok("bakery:bake", "shop")

    assert guard.asked == []


def test_a_plugin_can_bring_a_parameter_of_its_own_that_names_an_app(paas: Harness, inventory: Inventory) -> None:
    guard = Guard(inventory)
    copies = typer.Typer()

    @names_app
    def quoted(name: str) -> str:
        return name.strip("'")

    def copy(names: list[str]) -> None:
        output.data(names)

    copy.__annotations__["names"] = Annotated[list[str], typer.Argument(parser=quoted)]
    copies.command("copy")(copy)
    inventory.add(entrypoints.COMMANDS, "copies", copies)

    paas.run("copies:copy", "'a'", "b", key="ann")

    assert guard.asked == [("ann", "copies:copy", "a"), ("ann", "copies:copy", "b")]


def test_a_parameter_can_name_a_thing_of_an_app(paas: Harness, inventory: Inventory) -> None:
    guard = Guard(inventory)
    jars = typer.Typer()

    def jar(name: str) -> str:
        return name

    def open_(name: str) -> None:
        output.data(name)

    open_.__annotations__["name"] = Annotated[
        str, typer.Argument(parser=names_app(jar, lambda jar: jar.partition(".")[0]))
    ]
    jars.command("open")(open_)
    inventory.add(entrypoints.COMMANDS, "jars", jars)

    result = paas.run("jars:open", "shop.7", key="ann")

    assert guard.asked == [("ann", "jars:open", "shop")]
    assert result.stdout == '"shop.7"\n'


# Words from ssh

WORDS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


@given(WORDS)
@example(["config:set", "shop", "KEY=two words", "A='", 'B="', "C=\\", "", "\n", "$HOME", "`id`", "; rm -rf / #"])
def test_quoted_words_arrive_as_they_were(words: list[str]) -> None:
    assert cli.words(shlex.join(words)) == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("apps:list; reboot", ["apps:list;", "reboot"]),
        ("a && b || c | d > e < f & g", ["a", "&&", "b", "||", "c", "|", "d", ">", "e", "<", "f", "&", "g"]),
        ("$(id) `id` ${HOME} $HOME ~ * ?", ["$(id)", "`id`", "${HOME}", "$HOME", "~", "*", "?"]),
        ("a #comment", ["a", "#comment"]),
        ("a\nb", ["a", "b"]),
        ("git-receive-pack 'shop'", ["git-receive-pack", "shop"]),
        ("a\\ b 'c d'\"e\"", ["a b", "c de"]),
        ("", []),
    ],
)
def test_what_a_shell_would_act_on_stays_text(line: str, words: list[str]) -> None:
    assert cli.words(line) == words


@pytest.mark.parametrize("line", ["config:set shop KEY='a", 'say "', "end \\"])
def test_a_quote_that_isnt_closed_is_wrong_usage(line: str) -> None:
    with pytest.raises(UsageError, match="can't be split into words") as error:
        cli.words(line)
    assert "Close the quote" in str(error.value.hint)


@given(st.text())
@settings(max_examples=200)
def test_any_line_is_split_or_refused(line: str) -> None:
    try:
        words = cli.words(line)
    except UsageError:
        return
    assert all(isinstance(word, str) for word in words)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The `paas` script in this process: words and environment in; exit code and both outputs."""
    monkeypatch.setattr(paths, "find", lambda: Paths(root=tmp_path / "data", home=tmp_path))

    def run(*argv: str, **environment: str) -> tuple[int, str, str]:
        for name in ("SSH_ORIGINAL_COMMAND", "NAME", "FINGERPRINT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = cli.start(list(argv))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_forced_command_takes_its_words_from_the_client_and_from_nowhere_else(script: Any) -> None:
    code, out, _ = script("ignored", SSH_ORIGINAL_COMMAND="bakery:note 'two words'", NAME="ann", FINGERPRINT="SHA256:x")

    assert (code, out) == (0, '"two words"\n')
    assert "SSH_ORIGINAL_COMMAND" not in os.environ


def test_the_engine_of_the_server_is_that_of_every_program_whatever_the_shell_says(
    script: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = Paths(root=tmp_path / "data", home=tmp_path, docker_socket="/run/apps.sock")
    monkeypatch.setattr(paths, "find", lambda: places)

    script("version", DOCKER_HOST="unix:///run/roots-own.sock")

    assert os.environ["DOCKER_HOST"] == "unix:///run/apps.sock"


def test_a_client_without_a_command_gets_the_words_of_the_key(script: Any) -> None:
    assert script("bakery", NAME="ann", FINGERPRINT="SHA256:x")[:2] == (0, "bread\n")


@pytest.mark.parametrize("line", ["bakery:note 'x", "bakery:note \udcff"])
def test_a_line_that_cant_be_split_ends_with_wrong_usage(script: Any, line: str) -> None:
    code, out, err = script(SSH_ORIGINAL_COMMAND=line, NAME="ann", FINGERPRINT="SHA256:x")

    assert (code, out) == (2, "")
    assert err.startswith(" !     The command ")


def test_the_script_says_who_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "ann")
    monkeypatch.delenv("FINGERPRINT", raising=False)
    assert not context.caller().is_remote  # NAME alone is anybody's variable

    monkeypatch.setenv("FINGERPRINT", "SHA256:x")
    assert context.caller() == Caller(context.caller().user, "ann", "SHA256:x")
    assert context.caller().name == "ann"

    monkeypatch.delenv("FINGERPRINT")
    monkeypatch.setenv("SUDO_USER", "bob")
    assert context.caller().name == "bob"


def test_words_and_output_are_utf8_whatever_the_locale_is(tmp_path: Path) -> None:
    import subprocess

    script = "import sys; sys.argv[1:] = sys.argv[2:]; from paas import cli; cli.main()"
    argv = [sys.executable, "-c", script, "x", "grüße"]
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PAAS_ROOT": str(tmp_path),
    }

    done = subprocess.run(argv, capture_output=True, env=environment, check=False)

    assert done.returncode == 127
    assert "`grüße` is not a paas command." in done.stderr.decode()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(["--quiet", "--force", "--trace", "--app", "shop", "--global", "--", "x", ""])))
def test_no_order_of_flags_ends_in_a_bug(paas: Harness, words: list[str]) -> None:
    assert paas.run(*words, "bakery:keep").exit_code in (0, 1, 2, 127)
    assert paas.run("bakery:keep", *words).exit_code in (0, 1, 2, 127)
