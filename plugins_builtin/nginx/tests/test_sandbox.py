from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from paas_nginx import sandbox
from paas_nginx.sandbox import TemplateFailed, render


def test_a_template_is_rendered_from_plain_values() -> None:
    assert render("{% for n in names %}{{ n }};{% endfor %}", {"names": ["a", "b"]}) == "a;b;"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ missing }}", "'missing' is undefined"),
        ("{% if %}", "line 1"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ names.append('x') }}", "is unsafe"),
        ("{% include '/etc/passwd' %}", "loader"),
        ("{{ lipsum(5) }}", "'lipsum' is undefined"),
        ("{{ 1 // 0 }}", "zero"),
        ("{{ 'a' * 2000000000 }}", ""),
        ("{{ 'aaaaaaaaaa' * 200000 }}", "more than"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion"),
    ],
)
def test_what_a_template_may_not_is_said(template: str, reason: str) -> None:
    with pytest.raises(TemplateFailed) as error:
        render(template, {"names": []})

    assert reason in str(error.value)


def test_what_this_process_has_is_not_counted() -> None:
    held = mmap.mmap(-1, 2 * sandbox.MEMORY)

    assert render("{{ 1 + 1 }}", {}) == "2"

    held.close()


def test_a_template_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    endless = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"

    with pytest.raises(TemplateFailed, match="takes more than 1 seconds"):
        render(endless, {})


def test_a_template_leaves_no_process_behind() -> None:
    children = Path("/proc/self/task").glob("*/children")
    before = [file.read_text() for file in children]

    render("a", {})

    assert [file.read_text() for file in Path("/proc/self/task").glob("*/children")] == before


SLOW_IMPORT = """
import sys, threading, time
from importlib.abc import MetaPathFinder

asked = threading.Event()


class Slow(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "jinja2":
            asked.set()
            time.sleep(0.5)


def imports():
    import jinja2


from paas_nginx.sandbox import render

sys.meta_path.insert(0, Slow())
threading.Thread(target=imports).start()
asked.wait()
print(render("{{ 1 + 1 }}", {}))
"""


def test_a_thread_that_imports_what_a_template_needs_is_waited_for() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW_IMPORT], capture_output=True, text=True, check=False)

    assert done.stdout == "2\n", done.stderr
