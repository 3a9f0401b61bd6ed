"""Every hook is documented, called in its shape, implemented or planned for, and tested."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

from contracts import hookdocs, members
from contracts.hookdocs import Hook

CALLS = {
    "check": {"check"},
    "tell": {"tell"},
    "gather": {"gather"},
    "filter": {"refine"},
    "answer": {"ask"},
    "role": {"act", "act_as"},
}
"""Shape to the functions of `paas.hooks` that call it."""
CALLED_ON_ONE_PLUGIN = {"perform", "diagnose", "host_facts"}
"""Hooks that go to one plugin by `Plugins.call`: the one that is meant, or each by itself so that all answer."""
CALLED_BY_NAME = {"install"}
"""Hooks that install.sh and plugin:install fire with `plugin:trigger`, in the program that they have put in place."""

PLANNED = {
    "git_post_pull": "events",
    "post_app_clone": "events",
    "post_config_update": "events",
    "post_proxy_ports_update": "events",
    "pre_delete": "services: an app that is linked to one",
    "uninstall": "certs",
}
"""Hooks that no plugin of ours implements yet, each with the feature that will."""
FOR_OTHERS = {
    "pre_service_action": "who may have services, and which, is each server's own affair",
    "service_action": "likewise who wants to hear of them",
    "scheduler_post_run": "a record of who ran what by hand",
    "authorize": "which key may do what is each server's own affair",
    "git_pre_pull": "likewise who may read the code",
    "letsencrypt_expiring": "a notifier: mail, chat",
    "nginx_hostname": "how an app's name becomes a host name of a company",
    "nginx_pre_reload": "what a company's rules say of a site",
    "post_registry_login": "a record of who logged in where",
    "pre_build": "a last word on a source, such as a scan for secrets",
    "receive_branch": "what becomes of branches that don't deploy, such as a preview",
    "visible_services": "which services a key may know of",
    "visible_apps": "which apps a key may know of",
}
"""Hooks that are there for the plugins of others, each with what they may want of it."""

HOOKS = [(noun, hook) for noun, module in hookdocs.modules() for hook in hookdocs.declared(module)]
every_hook = pytest.mark.parametrize("hook", [hook for _, hook in HOOKS], ids=lambda hook: hook.name)


def test_no_two_modules_declare_a_hook_of_the_same_name() -> None:
    names = [hook.name for _, hook in HOOKS]

    assert sorted(names) == sorted(set(names))


@every_hook
def test_a_hook_says_when_it_is_called_and_what_its_types_are(hook: Hook) -> None:
    signature = inspect.signature(hook.function)
    parameters = signature.parameters.values()

    assert inspect.getdoc(hook.function)
    assert all(p.annotation is not p.empty and p.default is p.empty for p in parameters)
    assert all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
    assert signature.return_annotation is not signature.empty
    if hook.shape in ("check", "tell"):
        assert signature.return_annotation == "None"


@every_hook
def test_a_hook_is_called_somewhere_in_its_shape(hook: Hook) -> None:
    shape = hook.shape.partition(" ")[0]
    wanted = {"call"} if hook.name in CALLED_ON_ONE_PLUGIN else CALLS[shape]

    callers = _callers().get(hook.name, set())

    assert callers & wanted or hook.name in CALLED_BY_NAME, "nobody calls it"
    assert callers <= wanted, "someone calls it in another shape"


@pytest.mark.parametrize("name", sorted(CALLED_BY_NAME))
def test_a_hook_that_is_called_by_name_is_called(name: str) -> None:
    assert f"plugin:trigger {name}" in (members.ROOT / "install.sh").read_text()


@every_hook
def test_a_hook_is_implemented_or_named_as_planned(hook: Hook) -> None:
    implementers = hookdocs.implementers().get(hook.name, [])

    assert bool(implementers) is not (hook.name in PLANNED or hook.name in FOR_OTHERS), implementers


def test_what_is_planned_are_hooks() -> None:
    assert PLANNED.keys() | FOR_OTHERS.keys() <= {hook.name for _, hook in HOOKS}


@every_hook
def test_a_hook_is_named_in_a_test(hook: Hook) -> None:
    assert hook.name in words_of_the_tests()


def test_hookspecs_md_is_what_the_docstrings_say() -> None:
    assert hookdocs.main(["--check"]) == 0


@cache
def _callers() -> dict[str, set[str]]:
    """Hook to the names of the functions that it is handed to, such as `check`, in any member's code."""
    found: dict[str, set[str]] = {}
    for member in members.ALL:
        for path in member.modules():
            for node in ast.walk(members.parsed(path)):
                if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
                    caller = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                    for hook in _handed_over(node, path):
                        found.setdefault(hook, set()).add(caller)
    every = {name for names in CALLS.values() for name in names} | {"call"}
    return {hook: callers & every for hook, callers in found.items()}


def _handed_over(call: ast.Call, path: Path) -> list[str]:
    """The hooks among a call's arguments: `hookspecs.NAME`, or NAME where a module imported it."""
    return [
        argument.attr if isinstance(argument, ast.Attribute) else argument.id
        for argument in call.args
        if (isinstance(argument, ast.Attribute) and _is_hookspecs(argument.value))
        or (isinstance(argument, ast.Name) and argument.id in _imported_hooks(path))
    ]


def _is_hookspecs(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and bool(re.search(r"(hookspecs|_hooks|specs)$", node.id))


@cache
def _imported_hooks(path: Path) -> set[str]:
    return {
        alias.name
        for node in ast.walk(members.parsed(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("hookspecs")
        for alias in node.names
    }


@cache
def words_of_the_tests() -> set[str]:
    files = [*members.ROOT.glob("*/tests/**/*.py"), *members.ROOT.glob("plugins_*/*/tests/**/*.py")]
    files += [file for file in (members.ROOT / "tests").rglob("*.py") if file.name != Path(__file__).name]
    return {word for file in files for word in re.findall(r"\w+", file.read_text())}
