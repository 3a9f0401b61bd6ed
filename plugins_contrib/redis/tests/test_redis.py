"""The kind: what its texts come to."""

from __future__ import annotations

from paas_redis.commands import REDIS
from paas_services import kinds
from paas_services.kinds import Service


def test_the_password_stands_in_the_configuration_and_on_no_command_line() -> None:
    cache = Service("redis", "cache", "redis", "7", 'a"b\\c')

    assert kinds.url(REDIS, cache, "db") == "redis://:a%22b%5Cc@db:6379"
    written = REDIS.files["redis.conf"].format(**kinds.values(REDIS, cache, "db"))
    assert 'requirepass "a\\"b\\\\c"\n' in written
    assert "{password}" not in " ".join([*(REDIS.command or ()), *REDIS.client, *REDIS.dump, *REDIS.restore])
