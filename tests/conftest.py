"""Lets tests import `testbed` from beside them, and interrupt what they start."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

# A shell that runs us in the background has Ctrl-C ignored, and so would every git, ssh and sshd that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the thousands of tests that were found out of each search for garbage from now on."""
    gc.collect()
    gc.freeze()
