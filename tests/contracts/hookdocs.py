"""Write hookspecs.md: every hook of core and of the plugins that this project ships, from their docstrings.

    python -m contracts.hookdocs            write hookspecs.md in the checkout (from the folder tests; `make docs`)
    python -m contracts.hookdocs --check    fail if it isn't what would be written

Hooks stand in the order of their source, under the comments that divide it. The plugins are those that are
installed and declare an origin, which in a development environment is all of them.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from paas import entrypoints, hooks, hookspecs
from paas.entrypoints import HOOKSPECS, ORIGIN, PLUGINS

Names = Mapping[str, list[str]]

CHECKOUT = Path(__file__).parents[2]
OUTPUT = CHECKOUT / "hookspecs.md"
TRIGGERS = CHECKOUT / "docs" / "dokku-triggers.md"

INTRODUCTION = """\
# Hooks

Every hook of core and of the plugins of this project, in the order in which a deploy meets them. `make docs` writes
this page from the docstrings; change those instead. How to implement a hook is in [docs/plugins.md](docs/plugins.md),
how a deploy meets them in [docs/deploy.md](docs/deploy.md).

| shape | what it means |
|---|---|
| check | before anything changes; the first exception refuses, and nothing of it stays |
| tell | after the fact; every plugin is told, a failure is shown by the plugin's name and undoes nothing |
| gather | mappings or sequences, merged; two plugins with the same key are an error |
| filter | a value goes through every plugin, in the order of `plugin:list` |
| answer | the first answer that isn't None |
| role | an answer that one plugin gives for an app: its builder, its scheduler or its proxy |
"""


@dataclass(frozen=True)
class Hook:
    """One hook as its module declares it.

    Attributes:
        section: The comment that it stands under, empty if there is none.
        signature: As in the source, without the body.
    """

    function: Callable[..., Any]
    section: str
    signature: str

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def shape(self) -> str:
        shape = hooks.shape_of(self.function)
        return f"role {hooks.role_of(self.function)}" if shape == "role" else shape


def declared(module: ModuleType) -> list[Hook]:
    """The hooks of a module in the order of its source."""
    source = inspect.getsource(module)
    sections = _sections(source)
    return [
        Hook(getattr(module, node.name), _above(node.lineno, sections), _signature(node))
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and hasattr(getattr(module, node.name), "paas_shape")
    ]


def modules() -> list[tuple[str, ModuleType]]:
    """Core's hooks first, then those of each plugin of ours, by name."""
    return [("core", hookspecs), *((entry.name, entry.load()) for entry in _ours(HOOKSPECS))]


def implementers() -> dict[str, list[str]]:
    """Hook to the plugins of ours that implement it, by name."""
    found: dict[str, list[str]] = {}
    for entry in _ours(PLUGINS):
        for name in implemented(entry.load()):
            found.setdefault(name, []).append(entry.name)
    return found


def implemented(plugin: ModuleType) -> list[str]:
    """The hooks that a plugin's module implements, in the order of its source."""
    return [name for name, thing in vars(plugin).items() if hasattr(thing, "paas_impl")]


def mirrored(triggers: str) -> dict[str, list[str]]:
    """Hook to the triggers of Dokku that it mirrors, as docs/dokku-triggers.md has them.

    Args:
        triggers: The page, whose rows are `| `trigger` | mirrored | `hook` … |`.
    """
    found: dict[str, list[str]] = {}
    for trigger, hook in re.findall(r"^\| `([\w-]+)` \| mirrored \| `(\w+)`", triggers, re.MULTILINE):
        found.setdefault(hook, []).append(trigger)
    return found


def page() -> str:
    """The whole of hookspecs.md."""
    by_hook = implementers()
    ours = mirrored(TRIGGERS.read_text(encoding="utf-8"))
    lines = [INTRODUCTION]
    for noun, module in modules():
        lines += _module(noun, module, by_hook, ours)
    return "\n".join(lines)


def main(argv: Iterable[str]) -> int:
    """Write the page, or compare it; the exit code."""
    words = list(argv)
    if words not in ([], ["--check"]):
        print("Usage: python -m contracts.hookdocs [--check]", file=sys.stderr)
        return 2
    text = page()
    if not words:
        OUTPUT.write_text(text, encoding="utf-8")
    elif not OUTPUT.exists() or OUTPUT.read_text(encoding="utf-8") != text:
        print(f"{OUTPUT.name} is not what the docstrings say. Run: make docs", file=sys.stderr)
        return 1
    return 0


def _ours(group: str) -> list[entrypoints.EntryPoint]:
    found = entrypoints.declared(group, ORIGIN)
    names = {entry.name for entry in found[ORIGIN]}
    return [entry for entry in found[group] if entry.name in names]


def _module(noun: str, module: ModuleType, by_hook: Names, ours: Names) -> list[str]:
    summary = (module.__doc__ or "").strip().partition("\n")[0]
    lines, section = [f"## {noun}", "", f"`{module.__name__}`: {summary}", ""], ""
    for hook in declared(module):
        if hook.section != section:
            section = hook.section
            lines += [f"### {section}", ""]
        lines += _hook(hook, by_hook.get(hook.name, ()), ours.get(hook.name, ()))
    return lines


def _hook(hook: Hook, plugins: Iterable[str], triggers: Iterable[str]) -> list[str]:
    facts = [f"**{hook.shape}**", f"implemented by: {_names(plugins) or 'no plugin yet'}"]
    if dokkus := _names(triggers):
        facts.append(f"in Dokku: {dokkus}")
    return [
        f"#### {hook.name}",
        "",
        " · ".join(facts),
        "",
        "```python",
        hook.signature,
        "```",
        "",
        *_prose(inspect.getdoc(hook.function) or ""),
        "",
    ]


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _prose(docstring: str) -> Iterator[str]:
    """A docstring as Markdown: the entries below `Args:` and its like become lists."""
    listed = False
    for line in docstring.splitlines():
        if re.fullmatch(r"(Args|Returns|Raises|Yields):", line):
            listed = True
            yield f"*{line.removesuffix(':')}*"
            yield ""
        elif listed and re.match(r"    \S", line):
            name, _, about = line.strip().partition(": ")
            yield f"- `{name}`: {about}" if about and " " not in name else f"- {line.strip()}"
        elif listed and line.strip():
            yield f"  {line.strip()}"
        else:
            yield line


def _signature(node: ast.FunctionDef) -> str:
    answer = ast.unparse(node.returns) if node.returns else "None"
    return f"def {node.name}({ast.unparse(node.args)}) -> {answer}"


def _sections(source: str) -> list[tuple[int, str]]:
    """Line and text of the comments that divide a module: at its margin, between blank lines."""
    lines = ["", *source.splitlines(), ""]
    return [
        (number, line.removeprefix("# "))
        for number, line in enumerate(lines)
        if line.startswith("# ") and not lines[number - 1] and not lines[number + 1]
    ]


def _above(line: int, sections: Iterable[tuple[int, str]]) -> str:
    return max(((number, text) for number, text in sections if number < line), default=(0, ""))[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
