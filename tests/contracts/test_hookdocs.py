from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from contracts import hookdocs
from paas import hookspecs
from paas.hooks import hookimpl
from paas.testing import Inventory

SPECS = '''"""What a bakery asks of other plugins."""

from paas import hookspec

SIZE = 3
# A comment beside code divides nothing.


# Before the oven


@hookspec.check
def pre_bake(loaf: str) -> None:
    """Refuse a loaf."""


# After it


@hookspec.tell
def post_bake(loaf: str, minutes: int) -> None:
    """A loaf is done.

    Called once it is cool.

    Args:
        loaf: Its name,
            as on the shelf.
        minutes: How long
            it took.

    Raises:
        PaasError: It is burnt.
    """


@hookspec.role("scheduler")
def deliver(loaf: str) -> str:
    """Where it went."""


def not_a_hook() -> None:
    """Help for the baker."""
'''


@pytest.fixture
def bakery(tmp_path: Path, inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A plugin of ours with three hooks, and a page that says what they mirror."""
    specs = _module(tmp_path / "bakery_specs.py", SPECS)
    (tmp_path / "triggers.md").write_text("| `baked` | mirrored | `post_bake` |\n| `sold` | covered | `post_bake` |\n")
    monkeypatch.setattr(hookdocs, "TRIGGERS", tmp_path / "triggers.md")
    monkeypatch.setattr(hookdocs, "OUTPUT", tmp_path / "hookspecs.md")
    inventory.add("paas.hookspecs", "bakery", specs)
    inventory.add("paas.origin", "bakery", "builtin")
    inventory.plugin("bakery", pre_bake)
    return specs


@hookimpl
def pre_bake(loaf: str) -> None:
    """Every loaf may be baked."""


def test_hooks_stand_in_the_order_of_their_source_under_its_comments(bakery: ModuleType) -> None:
    found = [(hook.section, hook.name, hook.shape) for hook in hookdocs.declared(bakery)]

    assert found == [
        ("Before the oven", "pre_bake", "check"),
        ("After it", "post_bake", "tell"),
        ("After it", "deliver", "role scheduler"),
    ]


def test_a_hook_is_shown_with_its_signature_its_plugins_and_dokkus_trigger(bakery: ModuleType) -> None:
    page = hookdocs.page()

    assert "```python\ndef post_bake(loaf: str, minutes: int) -> None\n```" in page
    assert "**check** · implemented by: `bakery`\n" in page
    assert "**tell** · implemented by: no plugin yet · in Dokku: `baked`\n" in page


def test_a_docstrings_arguments_become_a_list(bakery: ModuleType) -> None:
    wanted = """\
*Args*

- `loaf`: Its name,
  as on the shelf.
- `minutes`: How long
  it took.

*Raises*

- `PaasError`: It is burnt.
"""
    assert wanted in hookdocs.page()


def test_core_comes_first_and_every_hook_of_it_is_there(bakery: ModuleType) -> None:
    page = hookdocs.page()

    assert 0 < page.index("## core\n") < page.index("## bakery\n")
    assert all(f"#### {hook.name}\n" in page for hook in hookdocs.declared(hookspecs))


def test_plugins_of_others_are_left_out(bakery: ModuleType, inventory: Inventory, tmp_path: Path) -> None:
    inventory.add("paas.hookspecs", "brewery", _module(tmp_path / "brewery_specs.py", SPECS.replace("bake", "brew")))

    assert "pre_brew" not in hookdocs.page()


def test_the_page_is_written_and_then_found_to_be_current(
    bakery: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hookdocs.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().err

    assert hookdocs.main([]) == 0
    assert hookdocs.main(["--check"]) == 0


def test_words_it_does_not_know_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert hookdocs.main(["--chekc"]) == 2
    assert "Usage" in capsys.readouterr().err


def _module(path: Path, source: str) -> ModuleType:
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
