from __future__ import annotations

import gzip
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError, UsageError, below, roothelper, webserver
from paas.paths import Nginx, Paths

OURS = f"{os.getuid()}:{os.getgid()}"


@pytest.fixture
def host(tmp_path: Path) -> Paths:
    """A system whose folders all are there."""
    paths = Paths(
        root=tmp_path / "data",
        home=tmp_path / "home",
        program=tmp_path / "opt",
        nginx=Nginx(include=str(tmp_path / "conf.d" / "paas.conf"), logs=str(tmp_path / "logs"), pid=""),
    )
    for folder in (paths.storage, paths.services, paths.apps, paths.scratch, tmp_path / "conf.d", tmp_path / "logs"):
        folder.mkdir(parents=True)
    return paths


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that isn't below the data root."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("keep")
    return tmp_path / "elsewhere" / "secret"


# Words


@pytest.mark.parametrize("words", [[], ["sh"], ["remove"], ["remove", "a", "b"], ["nginx-test", "x"]])
def test_other_verbs_and_words_are_refused(host: Paths, words: list[str]) -> None:
    with pytest.raises(UsageError):
        roothelper.run(words, host)


@pytest.mark.parametrize("owner", ["root:root", "1", "1:", "-1:0", "0:99999999999", "٣:٣", "1:1;id"])
def test_an_owner_is_two_numbers(host: Paths, owner: str) -> None:
    (host.storage / "shop").mkdir()

    with pytest.raises(UsageError, match="UID:GID"):
        roothelper.run(["chown", str(host.storage / "shop"), owner], host)


# Paths


def test_a_path_below_is_given_away_with_all_that_lies_in_it(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (host.storage / "shop" / "uploads").mkdir(parents=True)
    (host.storage / "shop" / "uploads" / "a").touch()
    given: list[tuple[str, int, int]] = []

    def record(name: str, uid: int, gid: int, *, dir_fd: int, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        given.append((name, uid, gid))

    monkeypatch.setattr(os, "chown", record)
    roothelper.run(["chown", str(host.storage / "shop"), "32767:32768"], host)

    assert given == [("shop", 32767, 32768), ("uploads", 32767, 32768), ("a", 32767, 32768)]


def test_a_path_below_is_removed_with_all_that_lies_in_it(host: Paths) -> None:
    (host.services / "postgres" / "orders").mkdir(parents=True)
    (host.services / "postgres" / "orders" / "data").touch()

    roothelper.run(["remove", str(host.services / "postgres" / "orders")], host)

    assert list((host.services / "postgres").iterdir()) == []


def test_what_is_gone_already_is_no_error(host: Paths) -> None:
    roothelper.run(["remove", str(host.apps / "shop")], host)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "storage/shop",
        "{root}",
        "{root}/storage",
        "{root}/storage/",
        "{root}/state.db",
        "{root}/home/shop",
        "{root}/storage/../state.db",
        "{root}/storage/./shop",
        "{root}/storage//shop",
        "{root}x/storage/shop",
        "{root}/storage/shop/",
    ],
)
def test_only_paths_below_the_folders_of_containers_are_touched(host: Paths, path: str) -> None:
    with pytest.raises(PaasError, match="is not a path below"):
        roothelper.run(["remove", path.format(root=host.root)], host)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "storage", "b\0c", "/"]), max_size=6))
def test_no_path_that_is_let_through_leaves_its_folder(names: list[str]) -> None:
    root = Path("/data")
    path = "/data/storage/" + "/".join(names)
    try:
        inside = below.parts(root, path, ("storage",))
    except PaasError:
        return
    assert os.path.normpath(path) == path
    assert root.joinpath(*inside) == Path(path)


@pytest.mark.parametrize("verb", [["remove"], ["chown", OURS]])
def test_a_link_on_the_way_is_not_followed(host: Paths, secret: Path, verb: list[str]) -> None:
    (host.storage / "shop").symlink_to(secret.parent)

    with pytest.raises(PaasError, match="a link"):
        roothelper.run([verb[0], str(host.storage / "shop" / "secret"), *verb[1:]], host)

    assert secret.read_text() == "keep"


def test_a_link_at_the_end_is_removed_itself(host: Paths, secret: Path) -> None:
    (host.storage / "shop").symlink_to(secret.parent)

    roothelper.run(["remove", str(host.storage / "shop")], host)

    assert secret.read_text() == "keep"
    assert not (host.storage / "shop").is_symlink()


def test_a_link_within_is_removed_itself(host: Paths, secret: Path) -> None:
    (host.storage / "shop").mkdir()
    (host.storage / "shop" / "link").symlink_to(secret.parent)

    roothelper.run(["remove", str(host.storage / "shop")], host)

    assert secret.read_text() == "keep"


# A generation


def test_a_generation_is_made_from_a_scratch_folder_only(host: Paths, secret: Path) -> None:
    (host.scratch / "wheels").symlink_to(secret.parent)

    for folder in (str(secret.parent), str(host.scratch), str(host.scratch / "wheels")):
        with pytest.raises(PaasError):
            roothelper.run(["install-generation", folder], host)


# nginx


def test_the_include_names_the_files_of_the_nginx_plugin(host: Paths) -> None:
    roothelper.run(["nginx-include"], host)

    text = Path(host.nginx.include).read_text()
    assert text == f"include {host.root}/plugins/nginx/*.conf;\ninclude {host.root}/plugins/nginx/sites/*.conf;\n"


def test_an_include_that_is_right_stays_as_it_is(host: Paths) -> None:
    roothelper.run(["nginx-include"], host)
    before = Path(host.nginx.include).stat()
    roothelper.run(["nginx-include"], host)

    assert Path(host.nginx.include).stat().st_ino == before.st_ino


def test_an_old_pid_file_may_name_any_process(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()))

    assert webserver.running(Nginx(pid=str(tmp_path / "pid"))) is None


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """A real one on a port of its own, with no site yet, that isn't started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Nginx(
        config=str(tmp_path / "nginx.conf"),
        include=str(tmp_path / "site.conf"),
        pid=str(tmp_path / "pid"),
        logs=str(tmp_path),
        http_port=port,
    )
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    Path(made.config).write_text(
        f"pid {made.pid}; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; include {made.include}; }} }}\n"
    )
    yield made
    webserver.stop(made)


def site(nginx: Nginx, text: str) -> None:
    Path(nginx.include).write_text(text)


def answer(nginx: Nginx) -> bytes:
    with socket.create_connection(("127.0.0.1", nginx.http_port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return connection.makefile("rb").read().rpartition(b"\r\n\r\n")[2]


@pytest.mark.journey
def test_after_a_reload_only_the_new_configuration_answers(nginx: Nginx) -> None:
    site(nginx, "return 200 0;")
    webserver.reload(nginx)  # which starts it

    for number in range(1, 6):
        site(nginx, f"return 200 {number};")
        webserver.reload(nginx)
        assert [answer(nginx) for _ in range(20)] == [str(number).encode()] * 20


@pytest.mark.journey
def test_a_bad_configuration_is_refused_in_the_words_of_nginx(nginx: Nginx) -> None:
    site(nginx, "return 200 old;")
    webserver.start(nginx)
    site(nginx, "nonsense;")

    with pytest.raises(PaasError, match="unknown directive"):
        webserver.reload(nginx)

    assert answer(nginx) == b"old"


@pytest.mark.journey
def test_nginx_can_be_stopped_and_started_twice(nginx: Nginx) -> None:
    site(nginx, "return 200;")
    for change, runs in ((webserver.start, True), (webserver.stop, False)):
        change(nginx)
        change(nginx)
        assert (webserver.running(nginx) is not None) is runs


# Its logs


def test_a_log_is_moved_and_removed_with_what_logrotate_made_of_it(host: Paths) -> None:
    logs = Path(host.nginx.logs)
    names = ["shop-access.log", "shop-access.log.1", "shop-access.log.2.gz", "shop-access.log-20260101.gz"]
    for name in names:
        (logs / name).write_bytes(gzip.compress(b""))
    (logs / "shop-access.logbook").touch()

    roothelper.run(["nginx-log-move", "shop-access.log", "store-access.log"], host)
    roothelper.run(["nginx-log-move", "absent-access.log", "store-error.log"], host)
    assert (logs / "store-access.log").exists()

    roothelper.run(["nginx-log-remove", "shop-access.log", "store-access.log", "absent.log"], host)
    assert [file.name for file in logs.iterdir()] == ["shop-access.logbook"]


@pytest.mark.parametrize("name", ["../secret", "", ".hidden", "a/b", "/etc/passwd", "a\nb", "-n"])
def test_only_names_of_logs_are_read(host: Paths, name: str) -> None:
    for words in (["nginx-log-read", name, "5"], ["nginx-log-move", "a.log", name], ["nginx-log-remove", name]):
        with pytest.raises(PaasError):
            roothelper.run(words, host)


def test_a_link_is_no_log(host: Paths, secret: Path) -> None:
    (Path(host.nginx.logs) / "shop.log").symlink_to(secret)

    with pytest.raises(PaasError, match="is not the name of a log"):
        roothelper.run(["nginx-log-read", "shop.log", "5"], host)


@pytest.mark.parametrize("words", [["-5"], ["x"], ["100001"], ["5", "--retry"]])
def test_a_log_is_read_by_a_number_of_lines(host: Paths, words: list[str]) -> None:
    (Path(host.nginx.logs) / "shop.log").touch()

    with pytest.raises(UsageError):
        roothelper.run(["nginx-log-read", "shop.log", *words], host)


def test_reading_a_log_becomes_tail(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path(host.nginx.logs) / "shop.log").touch()
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, words: became.append(words))

    roothelper.run(["nginx-log-read", "shop.log", "20", "--follow"], host)

    assert became == [["tail", "--lines=20", "-F", "--", f"{host.nginx.logs}/shop.log"]]
