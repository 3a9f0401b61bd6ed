"""The memcached: commands."""

from __future__ import annotations

from paas_services.api import Kind, commands

MEMCACHED = Kind(
    noun="memcached",
    title="Memcached",
    image="memcached",
    version="1.6",
    port=11211,
    alias="MEMCACHED",
    url="{scheme}://{host}:{port}",
    schemes=("memcached",),
)

app = commands(MEMCACHED)
