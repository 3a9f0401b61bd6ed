"""The redis: commands."""

from __future__ import annotations

from pathlib import Path

from paas_services.api import Kind, commands

RESTORE = """
umask 022
trap 'rm -f /data/import.rdb' EXIT
cat >/data/import.rdb
redis-check-rdb /data/import.rdb >&2
redis-cli config set save '' >/dev/null
mv /data/import.rdb /data/dump.rdb
"""
"""Without points to save at, Redis doesn't write over the file as it stops; its configuration brings them back."""

REDIS = Kind(
    noun="redis",
    title="Redis",
    image="redis",
    version="7",
    port=6379,
    alias="REDIS",
    url="{scheme}://:{password}@{host}:{port}",
    schemes=("redis",),
    data="/data",
    command=("redis-server", "/usr/local/etc/redis/redis.conf"),
    files={
        "redis.conf": "requirepass {quoted}\nbind 0.0.0.0\nprotected-mode no\ndir /data\nsave 3600 1 300 100 60 10000\n"
    },
    config="/usr/local/etc/redis",
    ready=("redis-cli", "ping"),
    client=("redis-cli",),
    client_environment={"REDISCLI_AUTH": "{password}"},
    dump=("redis-cli", "--rdb", "-"),
    restore=("sh", "-ec", RESTORE),
    restarts=True,
    recipe=Path(__file__).parent / "image",
)

app = commands(REDIS)
