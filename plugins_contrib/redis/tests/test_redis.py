"""The kind: what its texts come to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from paas import PaasError
from paas_redis import asking
from paas_redis.commands import REDIS
from paas_services import kinds
from paas_services.api import Access
from paas_services.kinds import Service


def test_the_password_stands_in_the_configuration_and_on_no_command_line() -> None:
    cache = Service("redis", "cache", "redis", "7", 'a"b\\c')

    assert kinds.url(REDIS, cache, "db") == "redis://:a%22b%5Cc@db:6379"
    written = REDIS.files["redis.conf"].format(**kinds.values(REDIS, cache, "db"))
    assert 'requirepass "a\\"b\\\\c"\n' in written
    assert "{password}" not in " ".join([*(REDIS.command or ()), *REDIS.client, *REDIS.dump, *REDIS.restore])


@contextmanager
def server(*answers: bytes) -> Iterator[tuple[Access, list[bytes]]]:
    """One that says these in turn, whatever it is asked; with what it was asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    heard.append(connection.recv(4096))
                    connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield Access("127.0.0.1", listener.getsockname()[1], "cache", 'p w"'), heard
        thread.join()


def bulk(text: str) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text.encode())


STATUS = "# Persistence\r\nrdb_bgsave_in_progress:0\r\nrdb_last_bgsave_status:ok\r\naof_rewrite_in_progress:0\r\n"
IDLE, FAILED = bulk(STATUS), bulk(STATUS.replace(":ok", ":err"))
SAVING = IDLE.replace(b"rdb_bgsave_in_progress:0", b"rdb_bgsave_in_progress:1")
OK = b"+OK\r\n"
KEYS = bulk("# Keyspace\r\ndb0:keys=7,expires=2,avg_ttl=0\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n")
SAVED = b"+Background saving started\r\n"
BUSY = b"-ERR Background save already in progress\r\n"
WHERE = (b"*2\r\n" + bulk("dir") + bulk("/data"), b"*2\r\n" + bulk("dbfilename") + bulk("dump.rdb"))


def test_the_keys_that_last_are_counted_as_they_are_saved() -> None:
    said = (OK, IDLE, OK, KEYS, BUSY, OK, SAVING, IDLE, OK, KEYS, SAVED, OK, SAVING, IDLE, *WHERE)
    with server(*said) as (access, heard), asking.frozen(access) as held:
        assert (held.rows, held.words) == ({"db0": 5, "db3": 1}, ["/data/dump.rdb"])
    assert heard[0] == b'*2\r\n$4\r\nAUTH\r\n$4\r\np w"\r\n'
    told = [words.split(b"\r\n")[2::2] for words in heard[8:12]]
    assert [b" ".join(words) for words in told] == [
        b"CLIENT PAUSE 3000 WRITE", b"INFO keyspace", b"BGSAVE", b"CLIENT UNPAUSE"
    ]  # fmt: skip


def test_a_redis_that_can_t_have_writers_wait_counts_nothing() -> None:
    with server(OK, IDLE, b"-ERR syntax error\r\n", KEYS, SAVED, IDLE, *WHERE) as (access, _):
        with asking.frozen(access) as held:
            assert (held.rows, held.words) == ({}, ["/data/dump.rdb"])


def test_a_save_that_fails_is_no_backup() -> None:
    with server(OK, IDLE, OK, KEYS, SAVED, OK, FAILED) as (access, _):
        with pytest.raises(PaasError, match="can't save"), asking.frozen(access):
            pass


@pytest.mark.parametrize("pong", [b"-LOADING Redis is loading the dataset in memory\r\n", b""])
def test_redis_does_not_answer_while_it_reads_what_it_holds(pong: bytes) -> None:
    with server(OK, b"+PONG\r\n") as (access, _):
        assert asking.answers(access)
    with server(OK, pong) as (access, _):
        assert not asking.answers(access)
    with server(b"-WRONGPASS invalid\r\n") as (access, _):
        assert not asking.answers(access)
