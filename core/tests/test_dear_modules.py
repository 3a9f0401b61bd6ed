from __future__ import annotations

import subprocess
import sys


def test_a_dear_module_is_imported_when_something_of_it_is_used() -> None:
    assert printed(
        "from paas import lifecycle",
        "print('paas.lifecycle' in sys.modules)",
        "lifecycle.receive",
        "print('paas.lifecycle' in sys.modules)",
    ) == ["False", "True"]


def test_a_dear_module_is_the_same_for_whoever_named_it_before_it_was_imported() -> None:
    assert printed(
        "from paas import lifecycle as early",
        "import paas.lifecycle",
        "from paas import lifecycle as late",
        "early.PATCHED = 'by a test'",
        "print(late is sys.modules['paas.lifecycle'], late.receive is early.receive, late.PATCHED)",
    ) == ["True True by a test"]


def test_a_dear_module_has_no_more_than_it_has() -> None:
    assert printed("from paas import lifecycle", "print(hasattr(lifecycle, 'nothing'))") == ["False"]


def test_what_was_imported_is_left_alone_when_a_command_ends() -> None:
    assert printed(
        "import atexit, gc",
        "from paas import cli",
        "atexit.register(lambda: print(gc.get_freeze_count() > 0))",
        "sys.argv[1:] = ['version']",
        "cli.main()",
    )[-1:] == ["True"]


def printed(*lines: str) -> list[str]:
    """What a fresh interpreter prints."""
    script = "\n".join(("import sys", *lines))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    ).stdout.splitlines()
