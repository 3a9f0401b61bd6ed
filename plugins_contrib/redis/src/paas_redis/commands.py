"""The redis: commands."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from paas_services.api import Access, Held, Kind, commands

RESTORE = """
umask 022
cd /data
rm -rf import
mkdir import
trap 'rm -rf /data/import' EXIT
cat >import/dump.rdb
said=$(redis-check-rdb import/dump.rdb 2>&1) || (echo "$said" | grep -A 1 ERROR >&2; exit 1)
value() (redis-cli config get "$1" | sed -n 2p)
if [ "$(value appendonly)" = yes ]; then
    folder=$(value appenddirname) file=$(value appendfilename)
    redis-server --port 0 --unixsocket /data/import/socket --dir /data/import --save '' --logfile /data/import/log \
        --appendfilename "$file" $([ -z "$folder" ] || echo --appenddirname "$folder") >&2 &
    other() (redis-cli -s /data/import/socket "$@" 2>/dev/null)
    failed() (tail -n 5 import/log >&2; exit 1)
    until other ping | grep -q PONG; do kill -0 $! || failed; sleep 0.1; done
    other config set appendonly yes >/dev/null
    while other info persistence | grep -q '^aof_rewrite_[a-z_]*:1'; do sleep 0.1; done
    other info persistence | grep -q '^aof_last_bgrewrite_status:ok' || failed
    other shutdown nosave
    redis-cli config set appendonly no >/dev/null
    rm -rf "${{folder:-$file}}"
    mv "import/${{folder:-$file}}" .
fi
redis-cli config set save '' >/dev/null
mv import/dump.rdb .
"""
"""Without points to save at, Redis doesn't write over the file as it stops; its configuration brings them back.

Where it keeps a log of what it is told, that is what it reads as it starts: another Redis makes one of the file.
"""


def answers(access: Access) -> bool:
    from . import asking

    return asking.answers(access)


def facts(access: Access) -> Mapping[str, str]:
    from . import asking

    return asking.facts(access)


def frozen(access: Access) -> AbstractContextManager[Held]:
    from . import asking

    return asking.frozen(access)


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
    answers=answers,
    client=("redis-cli",),
    client_environment={"REDISCLI_AUTH": "{password}"},
    dump=("cat",),
    saves=True,
    restore=("sh", "-ec", RESTORE),
    restarts=True,
    facts=facts,
    frozen=frozen,
    counted=("lasting keys", "databases"),
    recipe=Path(__file__).parent / "image",
    bases={"6": "debian:bullseye-slim", "7": "debian:bookworm-slim"},
)

app = commands(REDIS)
