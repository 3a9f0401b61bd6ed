"""What may import what, and who may start programs and open the store."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from contracts import members
from contracts.members import Member

FOREIGN_TO_CORE = {"docker", "jinja2", "acme", "cryptography", "psycopg", "requests"}
DEAR = {
    "docker", "requests", "acme", "psycopg", "cryptography", "jinja2", "asyncio", "importlib.metadata", "rich",
    "pkg_resources", "pydantic", "click", "urllib.request", "http.server", "email.mime", "multiprocessing",
}  # fmt: skip
"""What a plugin imports in the function that uses it, since it costs every start of `paas` much."""

DEAR_THROUGHOUT = {
    "paas_letsencrypt.account": "an account at an ACME server",
    "paas_letsencrypt.challenges": "answers its challenges",
    "paas_letsencrypt.issue": "orders certificates of it",
    "paas_letsencrypt.network": "is the client's network, as a subclass",
}
"""Modules that can do nothing without the dear library: no other one imports them before it uses them."""

STARTS_PROGRAMS = {
    "paas.process": "the one way to start a program",
    "paas.testing": "stands in for paas.process, and runs git for real",
    "paas_plugin.environments": "runs as root, in the root helper, and imports as little as it can",
    "paas_nginx.webserver": "the same",
    "paas_nginx.trial": "the same",
    "paas_nginx.weblogs": "the same",
    "paas_stack.bootstrap": "the same",
    "paas_nginx.sandbox": "forks to render a template with little time and memory, and starts no program",
}
STARTERS = {
    "subprocess": {"run", "Popen", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "os": {
        "system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "execv", "execve", "execvp", "execvpe",
        "execl", "execle", "execlp", "execlpe", "spawnv", "spawnve", "spawnvp", "spawnl", "startfile",
    },
    "pty": {"spawn", "fork"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
}  # fmt: skip

every_member = pytest.mark.parametrize("member", members.ALL, ids=str)
every_plugin = pytest.mark.parametrize("member", members.PLUGINS, ids=str)


def test_core_imports_no_plugin_and_nothing_that_only_plugins_need() -> None:
    plugins = {member.package for member in members.PLUGINS}
    found = [
        f"{members.where(path, line)} {name}"
        for path in members.CORE.modules()
        for name, line in members.imports(members.parsed(path))
        if name.partition(".")[0] in FOREIGN_TO_CORE | plugins
    ]

    assert found == []


@every_plugin
def test_a_plugin_reaches_another_only_through_its_api(member: Member) -> None:
    found = [
        f"{members.where(path, line)} {name}"
        for path, name, line in _imports_of_others(member)
        if not _is_of_the_api(name) and not (members.is_for_tests(path) and name.split(".")[1:2] == ["testing"])
    ]

    assert found == []


@every_plugin
def test_a_plugin_depends_on_the_plugins_that_it_imports(member: Member) -> None:
    imported = {members.BY_PACKAGE[name.partition(".")[0]].distribution for _, name, _ in _imports_of_others(member)}

    assert imported <= member.needs


@every_plugin
def test_a_plugin_imports_nothing_dear_before_it_is_used(member: Member) -> None:
    # A deploy imports those while it waits.
    ahead = getattr(importlib.import_module(f"{member.package}.plugin"), "ahead_of_start", ())
    found = [
        f"{members.where(path, line)} {name}"
        for path in member.modules()
        if not members.is_for_tests(path)
        if f"{member.package}.{path.stem}" not in {*ahead, *DEAR_THROUGHOUT}
        for name, line in members.imports(members.parsed(path), deep=False)
        if any(name == dear or name.startswith(f"{dear}.") for dear in DEAR)
    ]

    assert found == []


@every_plugin
def test_a_module_that_is_dear_throughout_is_imported_where_it_is_used(member: Member) -> None:
    dear = {name.rpartition(".")[2] for name in DEAR_THROUGHOUT if name.startswith(f"{member.package}.")}
    found = [
        f"{members.where(path, node.lineno)} {ast.unparse(node)}"
        for path in member.modules()
        if path.stem not in dear and not members.is_for_tests(path)
        for node in members.at_import(members.parsed(path).body)
        if isinstance(node, ast.ImportFrom) and node.level
        if dear & {node.module, *(alias.name for alias in node.names)}
    ]

    assert found == []


@every_member
def test_programs_start_through_paas_process_alone(member: Member) -> None:
    found = [
        f"{members.where(path, node.lineno)} {ast.unparse(node.func)}"
        for path in member.modules()
        if member.name_of(path) not in STARTS_PROGRAMS
        for node in ast.walk(members.parsed(path))
        if isinstance(node, ast.Call) and _starts_a_program(node)
    ]

    assert found == []


@every_member
def test_no_shell_is_ever_asked_for(member: Member) -> None:
    found = [
        members.where(path, node.lineno)
        for path in member.modules()
        for node in ast.walk(members.parsed(path))
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]

    assert found == []


@every_member
def test_the_store_is_opened_in_one_place(member: Member) -> None:
    found = [
        members.where(path, node.lineno)
        for path in member.modules()
        if member.name_of(path) != "paas.state"
        for node in ast.walk(members.parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sqlite3.connect", "connect", "sqlite3.Connection")
    ]

    assert found == []


def test_a_hidden_start_of_a_program_would_be_found() -> None:
    calls = ["subprocess.run(['ls'])", "os.system('ls')", "subprocess.Popen(['ls'])", "os.execvpe('ls', ['ls'], {})"]

    assert all(_starts_a_program(_call(text)) for text in calls)
    assert not _starts_a_program(_call("process.run(['ls'])"))


def _imports_of_others(member: Member) -> list[tuple[Path, str, int]]:
    return [
        (path, name, line)
        for path in member.modules()
        for name, line in members.imports(members.parsed(path))
        if (package := name.partition(".")[0]) in members.BY_PACKAGE
        and package not in ("paas", member.package)
        and name != package  # `from paas_docker import api` gives both names
    ]


def _is_of_the_api(name: str) -> bool:
    return name.split(".")[1] == "api"


def _starts_a_program(node: ast.Call) -> bool:
    match node.func:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return name in STARTERS.get(module, ())
    return False


def _call(text: str) -> ast.Call:
    expression = ast.parse(text, mode="eval").body
    assert isinstance(expression, ast.Call)
    return expression
