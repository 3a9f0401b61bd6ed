"""Whoever pushes, as git's hook knows them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from paas import cancelling
from paas.testing import Harness
from paas_git import client


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """What signals did before is what they do after, and no other test sees the client of one."""
    asked = signal.getsignal(cancelling.ASKED)
    yield
    signal.signal(cancelling.ASKED, asked)
    os.environ.pop(client.CLIENT, None)


def test_what_a_client_has_pushed_is_cancelled_once_they_have_gone(
    paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = os.pipe()
    with open(ours, "w") as output, monkeypatch.context() as here:
        here.setattr(sys, "stdout", output)
        client.show()

    def lose_them() -> None:
        with cancelling.allowed():
            client.end_with_it()
            assert client.CLIENT not in os.environ
            os.close(theirs)
            time.sleep(20)

    with paas.inside(), pytest.raises(cancelling.Cancelled, match="its client has gone away"):
        lose_them()


def test_an_output_that_is_no_file_has_nobody_who_could_go(monkeypatch: pytest.MonkeyPatch) -> None:
    from io import StringIO

    monkeypatch.setattr(sys, "stdout", StringIO())
    client.show()
    client.end_with_it()

    assert client.CLIENT not in os.environ
