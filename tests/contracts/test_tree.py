"""One noun names a member's folder, distribution, package, entry points and main command."""

from __future__ import annotations

import ast
import importlib
import re

import pytest

from contracts import hookdocs, members
from contracts.members import Member
from paas import help as helping
from paas.settings import Settings

every_member = pytest.mark.parametrize("member", members.ALL, ids=str)
every_plugin = pytest.mark.parametrize("member", members.PLUGINS, ids=str)


@every_member
def test_a_members_noun_is_the_suffix_of_its_distribution_and_names_its_package(member: Member) -> None:
    assert member.settings["project"]["name"] == member.distribution
    assert member.settings["tool"]["flit"]["module"]["name"] == member.package
    assert [f.name for f in (member.folder / "src").iterdir() if f.suffix != ".egg-info"] == [member.package]
    assert (member.source / "py.typed").exists()


@every_member
def test_a_member_says_what_it_is_and_has_tests(member: Member) -> None:
    project = member.settings["project"]

    assert project["readme"] == "README.md"
    assert project["license"] == "MIT"
    assert member.readme.startswith(f"# {member.distribution}\n\n")
    assert list((member.folder / "tests").glob("test_*.py")), "it has no tests"


@every_plugin
def test_a_plugins_entry_points_carry_its_noun(member: Member) -> None:
    assert member.entry_points("paas.plugins") == {member.noun: f"{member.package}.plugin"}
    assert member.entry_points("paas.origin") == {member.noun: member.origin}
    assert set(member.entry_points("paas.commands").values()) <= {f"{member.package}.commands:app"}
    assert all(v.startswith(f"{member.package}.plumbing:") for v in member.entry_points("paas.plumbing").values())
    if (member.source / "commands.py").exists():
        assert member.noun in member.entry_points("paas.commands")


@every_plugin
def test_a_plugin_declares_its_hooks_under_its_noun_if_it_has_any(member: Member) -> None:
    wanted = {member.noun: f"{member.package}.hookspecs"} if (member.source / "hookspecs.py").exists() else {}

    assert member.entry_points("paas.hookspecs") == wanted


@every_plugin
def test_the_verbs_that_root_carries_out_for_a_plugin_are_the_functions_of_one_module(member: Member) -> None:
    module = member.source / "root.py"
    functions = (
        [node.name for node in members.parsed(module).body if isinstance(node, ast.FunctionDef)]
        if module.exists()
        else []
    )
    verbs = {f"{member.noun}-{name.replace('_', '-')}": f"{member.package}.root:{name}" for name in functions}

    assert member.entry_points("paas.root") == verbs


@every_plugin
def test_a_plugin_module_holds_hook_implementations_and_nothing_else(member: Member) -> None:
    others = [node for node in members.parsed(member.source / "plugin.py").body if not _belongs_in_plugin_py(node)]

    assert [f"line {node.lineno}: {ast.unparse(node)[:60]}" for node in others] == []


@every_plugin
def test_what_a_plugin_has_imported_ahead_are_modules(member: Member) -> None:
    plugin = importlib.import_module(f"{member.package}.plugin")

    for module in [*getattr(plugin, "ahead_of_build", ()), *getattr(plugin, "ahead_of_start", ())]:
        importlib.import_module(module)


@every_plugin
def test_hooks_are_implemented_in_the_plugin_module_alone(member: Member) -> None:
    elsewhere = [
        members.where(path, node.lineno)
        for path in member.modules()
        if path.name != "plugin.py" and not members.is_for_tests(path)
        for node in ast.walk(members.parsed(path))
        if isinstance(node, ast.FunctionDef) and _is_hookimpl(node)
    ]

    assert elsewhere == []


@every_plugin
def test_a_readme_names_every_command(member: Member) -> None:
    assert [name for name in commands(member) if not _mentions(member, name)] == []


@every_plugin
def test_a_readme_names_every_setting(member: Member) -> None:
    assert [key for key in settings(member) if not _mentions(member, key)] == []


@every_plugin
def test_a_readme_names_every_hook_that_the_plugin_declares(member: Member) -> None:
    declared = hookdocs.declared(member.load("hookspecs")) if member.entry_points("paas.hookspecs") else []

    assert [hook.name for hook in declared if not _mentions(member, hook.name)] == []


@every_plugin
def test_a_readme_names_every_verb_of_root(member: Member) -> None:
    assert [verb for verb in member.entry_points("paas.root") if not _mentions(member, verb)] == []


@every_plugin
def test_help_says_of_a_plugin_what_its_metadata_says(member: Member) -> None:
    """`help` reads the metadata, `PLUGIN:help` the Typer."""
    if member.noun in member.entry_points("paas.commands"):
        said = member.load("commands").app.info.help.partition("\n")[0]
        assert said == member.settings["project"]["description"]


def commands(member: Member) -> list[str]:
    """The commands of a plugin that its users see, as they write them."""
    if not member.entry_points("paas.commands"):
        return []
    shown = [info for info in member.load("commands").app.registered_commands if not info.hidden]
    prefixes = member.entry_points("paas.commands")
    names = [str(helping._name(info)) for info in shown]
    return [name if name in prefixes else f"{member.noun}:{name}" for name in names]


def settings(member: Member) -> list[str]:
    found = [
        thing
        for path in member.modules()
        if path.name == "settings.py"
        for thing in vars(member.load("settings")).values()
        if isinstance(thing, Settings)
    ]
    return [key for one in found for key in one.all]


def _mentions(member: Member, word: str) -> bool:
    return bool(re.search(rf"(?<![\w:-]){re.escape(word)}(?![\w:-])", member.readme))


def _belongs_in_plugin_py(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
            return all(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in body)
        case ast.Assign(targets=[ast.Name(id="before" | "after" | "ahead_of_build" | "ahead_of_start")]):
            return True
        case ast.FunctionDef():
            return _is_hookimpl(node)
    return False


def _is_hookimpl(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator).partition("(")[0] == "hookimpl" for decorator in node.decorator_list)
