from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from paas import ahead


def test_modules_are_imported_beside_other_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paas_wanted_soon.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    ahead.importing("paas_not_there", "paas_wanted_soon")
    for thread in threading.enumerate():
        if thread.name == "importing ahead":
            thread.join()

    assert "paas_wanted_soon" in sys.modules, "although the one before it could not be"
