from __future__ import annotations

import contextlib
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paas import PaasError, apps, process, state
from paas.context import Caller, Context, use
from paas.paths import Paths
from paas.state import GLOBAL, Schema
from paas.testing import Harness

FIRST = "CREATE TABLE shelves (name TEXT PRIMARY KEY, books INTEGER NOT NULL) STRICT;"
SECOND = "ALTER TABLE shelves ADD COLUMN owner TEXT NOT NULL DEFAULT 'nobody';\nUPDATE shelves SET books = books + 1;"


class Interrupted(Exception):
    pass


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


def test_a_migration_brings_the_rows_of_older_versions_along() -> None:
    with Schema("shelf", (FIRST,)).writing() as db:
        db.execute("INSERT INTO shelves VALUES ('a', 1)")

    with Schema("shelf", (FIRST, SECOND)).reading() as db:
        assert tuple(db.execute("SELECT * FROM shelves").fetchone()) == ("a", 2, "nobody")


def test_a_newer_store_is_refused_by_an_older_program() -> None:
    with Schema("shelf", (FIRST, SECOND)).writing():
        pass

    with pytest.raises(PaasError, match="written by a newer shelf \\(schema 2; this program knows 1\\)") as error:
        with Schema("shelf", (FIRST,)).reading():
            pass
    assert "newer version" in str(error.value.hint)


def test_a_migration_that_fails_leaves_the_older_version() -> None:
    old = Schema("shelf", (FIRST,))
    with old.writing() as db:
        db.execute("INSERT INTO shelves VALUES ('a', 1)")

    half = "UPDATE shelves SET books = 7;\nUPDATE nothing SET books = 7;"
    with pytest.raises(sqlite3.OperationalError), Schema("shelf", (FIRST, half)).reading():
        pass

    with old.reading() as db:
        assert db.execute("SELECT books FROM shelves").fetchone()["books"] == 1


def test_a_migration_must_end_with_a_statement() -> None:
    with pytest.raises(ValueError, match="ends within a statement"), Schema("shelf", ("CREATE TABLE a (",)).reading():
        pass


def test_a_transaction_is_undone_by_an_exception() -> None:
    with contextlib.suppress(Interrupted), state.CORE.writing():
        state.change("git", GLOBAL, {"branch": "main"})
        raise Interrupted

    assert state.properties("git", GLOBAL) == {}


def test_a_transaction_within_another_ends_with_it() -> None:
    with contextlib.suppress(Interrupted), state.CORE.writing():
        apps.add("shop")
        apps.add("blog")
        raise Interrupted

    assert apps.all() == []


def test_a_reader_sees_what_its_own_transaction_wrote() -> None:
    with state.CORE.writing():
        state.change("git", GLOBAL, {"branch": "main"})

        assert state.property("git", GLOBAL, "branch") == "main"


def test_threads_that_write_at_once_lose_nothing(inside: Context) -> None:
    def work(number: int) -> None:
        with use(inside):
            for n in range(5):
                state.change("git", GLOBAL, {f"{number}.{n}": n})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(state.properties("git", GLOBAL)) == 100


def _opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """The connections that are opened from now on."""
    connect, opened = state._connect, list[sqlite3.Connection]()
    monkeypatch.setattr(state, "_connect", lambda path: opened.append(connect(path)) or opened[-1])
    return opened


def _is_open(db: sqlite3.Connection) -> bool:
    try:
        return bool(db.execute("SELECT 1"))
    except sqlite3.ProgrammingError:
        return False


def test_blocks_that_follow_each_other_share_a_connection(inside: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)

    with use(Context(inside.paths, Caller("root"))):
        for number in range(3):
            state.change("git", GLOBAL, {"branch": str(number)})
            assert state.property("git", GLOBAL, "branch") == str(number)
        assert [_is_open(db) for db in opened] == [True]

    assert [_is_open(db) for db in opened] == [False], "it is closed when the run ends"


def test_no_connection_is_open_while_a_program_runs(inside: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    during = []

    def run(*words: object, **given: object) -> subprocess.CompletedProcess[bytes]:
        during.extend(_is_open(db) for db in opened)
        return subprocess.CompletedProcess([], 0, b"", b"")

    with use(Context(inside.paths, Caller("root"))) as context:
        context.provide("process.run", run)
        apps.all()
        process.run(["git", "gc"])
        apps.all()

    assert (during, len(opened)) == ([False], 2)


def test_a_fork_inherits_no_connection(inside: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    apps.all()

    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)

    assert [_is_open(db) for db in opened] == [False]


def test_a_connection_that_failed_is_not_used_again(inside: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened(monkeypatch)
    with contextlib.suppress(sqlite3.OperationalError), state.CORE.reading() as db:
        db.execute("SELECT nonsense")

    assert apps.all() == []
    assert [_is_open(db) for db in opened] == [False, True]


def _count_up(paths: Paths, times: int) -> None:
    with use(Context(paths, Caller("root"))):
        for _ in range(times):
            with state.CORE.writing():
                state.change("git", GLOBAL, {"count": state.property("git", GLOBAL, "count", 0) + 1})


def test_processes_that_begin_with_no_store_at_all_lose_nothing(inside: Context) -> None:
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=_count_up, args=(inside.paths, 5)) for _ in range(20)]
    for child in processes:
        child.start()
    for child in processes:
        child.join()

    assert [child.exitcode for child in processes] == [0] * 20
    assert state.property("git", GLOBAL, "count") == 100


def test_the_store_is_for_its_owner_only(inside: Context) -> None:
    state.change("git", GLOBAL, {"branch": "main"})

    for path in inside.paths.root.glob("state.db*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_store_survives_a_crash_as_it_was_committed(inside: Context) -> None:
    state.change("git", GLOBAL, {"branch": "main"})

    with sqlite3.connect(inside.paths.state) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with state.CORE.reading() as ours:
        assert ours.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert ours.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_what_any_plugin_keeps_for_an_app_goes_with_it() -> None:
    shop, blog = apps.add("shop"), apps.add("blog")
    for owner in (shop.owner, blog.owner, GLOBAL):
        state.change("git", owner, {"branch": "main"})
        state.change("nobody-knows-it", owner, {"x": [1]})

    apps.remove(shop)

    assert state.owners("git", "branch") == {blog.owner: "main", GLOBAL: "main"}
    assert state.owners("nobody-knows-it", "x") == {blog.owner: [1], GLOBAL: [1]}


def test_an_app_of_an_old_name_has_a_new_id() -> None:
    first = apps.add("shop")
    apps.remove(first)

    assert apps.add("shop").id > first.id


def test_an_owner_that_is_no_app_is_forgotten_by_name() -> None:
    state.change("postgres", "service:postgres/orders", {"image": "17"})
    state.change("backup", "service:postgres/orders", {"keep": 7})

    state.forget("service:postgres/orders", "backup")
    assert state.properties("postgres", "service:postgres/orders") == {"image": "17"}
    assert state.properties("backup", "service:postgres/orders") == {}

    state.forget("service:postgres/orders")
    assert state.properties("postgres", "service:postgres/orders") == {}


def test_none_removes_a_key_and_a_missing_one_has_the_default() -> None:
    state.change("git", GLOBAL, {"branch": "main", "depth": 0})
    state.change("git", GLOBAL, {"branch": None})

    assert state.property("git", GLOBAL, "branch", "master") == "master"
    assert state.property("git", GLOBAL, "depth", 5) == 0


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(key=st.text(), value=JSON)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_property_comes_back_as_it_was_kept(key: str, value: object) -> None:
    state.change("git", GLOBAL, {key: value})

    assert state.property("git", GLOBAL, key) == value


def test_a_file_that_is_no_store_is_named(inside: Context) -> None:
    inside.paths.root.mkdir(parents=True)
    inside.paths.state.write_text("not a database, though it is long enough to be read as a header" * 10)

    with pytest.raises(PaasError, match=r"state\.db can't be used: file is not a database"):
        apps.all()


def test_a_store_that_cant_be_made_is_named(inside: Context) -> None:
    inside.paths.root.parent.mkdir(exist_ok=True)
    inside.paths.root.write_text("a file where the folder should be")

    with pytest.raises(PaasError, match=r"state\.db can't be"):
        apps.all()


def test_a_file_beside_the_store_that_cant_be_opened_yet_is_waited_for(inside: Context) -> None:
    state.change("bakery", GLOBAL, {"flour": 1})
    state.let_go()
    log = inside.paths.state.with_name(f"{inside.paths.state.name}-wal")
    log.mkdir()  # as little to be opened as what root has just made

    threading.Timer(0.05, log.rmdir).start()

    assert state.property("bakery", GLOBAL, "flour") == 1


def test_a_full_disk_is_an_error_and_not_a_bug(inside: Context) -> None:
    def fill() -> None:
        with state.CORE.writing() as db:
            db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
            state.change("git", GLOBAL, {"large": "x" * 100_000})

    with pytest.raises(PaasError, match="disk is full"):
        fill()


def test_a_folder_made_for_a_new_store_may_lie_deep(inside: Context, tmp_path: Path) -> None:
    with use(Context(Paths(root=tmp_path / "a" / "b", home=tmp_path), Caller("root"))):
        assert apps.all() == []


def test_writers_wait_for_each_other_however_long_it_takes(inside: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    state.property("shelf", GLOBAL, "made")
    monkeypatch.setattr(state, "BUSY_SECONDS", 0)  # SQLite itself waits no more
    written = threading.Barrier(10)
    failed: list[Exception] = []

    def write(number: int) -> None:
        with use(Context(inside.paths, Caller("ann"))):
            try:
                state.property("shelf", GLOBAL, "opened")
                written.wait()
                for _ in range(20):
                    state.change("shelf", GLOBAL, {str(number): number})
            except Exception as error:
                failed.append(error)
            finally:
                state.let_go()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert state.properties("shelf", GLOBAL).keys() >= {str(number) for number in range(10)}
