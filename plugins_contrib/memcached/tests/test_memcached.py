"""The kind: what its texts come to."""

from __future__ import annotations

from paas_memcached.commands import MEMCACHED
from paas_services import kinds
from paas_services.kinds import Service


def test_an_app_is_told_where_it_is() -> None:
    assert kinds.url(MEMCACHED, Service("memcached", "c", "memcached", "1.6", "x"), "db") == "memcached://db:11211"
