"""The verbs of root for nginx, and the modules that carry them out."""

from __future__ import annotations

import gzip
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from paas import PaasError, UsageError, roothelper
from paas.paths import Nginx, Paths
from paas_nginx import sockets, webserver


@pytest.fixture
def host(tmp_path: Path) -> Paths:
    """A system with an nginx that is never started."""
    for folder in ("conf.d", "logs"):
        (tmp_path / folder).mkdir()
    config, include = tmp_path / "nginx.conf", tmp_path / "conf.d" / "paas.conf"
    nginx = Nginx(config=str(config), include=str(include), logs=str(tmp_path / "logs"), pid="")
    return Paths(root=tmp_path / "data", home=tmp_path / "home", nginx=nginx)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is no log."""
    (tmp_path / "secret").write_text("keep")
    return tmp_path / "secret"


def test_only_the_words_of_a_verb_are_taken(host: Paths) -> None:
    with pytest.raises(UsageError):
        roothelper.run(["nginx-start", "x"], host)
    for name in ("../1.conf", "1.conf/x", "00-default.conf", "1.txt", ""):
        with pytest.raises(UsageError):
            roothelper.run(["nginx-reload", name], host)


# Its configuration


def test_the_include_names_the_files_of_the_nginx_plugin(host: Paths) -> None:
    roothelper.run(["nginx-include"], host)

    assert Path(host.nginx.include).read_text() == "include paas/*.conf;\ninclude paas/sites/*.conf;\n"
    assert Path(host.nginx.config).with_name("paas").readlink() == host.root / "plugins" / "nginx"


def test_an_include_that_is_right_stays_as_it_is(host: Paths) -> None:
    roothelper.run(["nginx-include"], host)
    before = Path(host.nginx.include).stat()
    roothelper.run(["nginx-include"], host)

    assert Path(host.nginx.include).stat().st_ino == before.st_ino


def test_an_old_pid_file_may_name_any_process(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()))

    assert webserver.running(Nginx(pid=str(tmp_path / "pid"))) is None


class Web:
    """A real nginx on a port of its own, that isn't started."""

    def __init__(self, folder: Path) -> None:
        self.port, config = free_port(), folder / "nginx.conf"
        nginx = Nginx(
            config=str(config),
            include=str(folder / "paas.conf"),
            pid=str(folder / "pid"),
            logs=str(folder),
            http_port=self.port,
            https_port=free_port(),
        )
        self.paths = Paths(root=folder / "data", home=folder / "home", nginx=nginx)
        self.folder = self.paths.plugin("nginx")
        (self.folder / "sites").mkdir(parents=True)
        (self.folder / "00-common.conf").touch()
        self.refuse()
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        config.write_text(
            f"pid {nginx.pid}; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; {temporary} include {nginx.include}; }}\n"
        )
        webserver.include(nginx, self.folder)

    def refuse(self, *ports: int) -> None:
        """Have unknown names refused, as wherever sites listen."""
        listens = "".join(f"    listen {port} default_server;\n" for port in (self.port, *ports))
        (self.folder / "00-default.conf").write_text(f"server {{\n{listens}    return 444;\n}}\n")

    def site(self, number: int, says: str, port: int | None = None) -> str:
        text = f"server {{\n    listen {port or self.port};\n    server_name site{number};\n    {says}\n}}\n"
        (self.folder / "sites" / f"{number}.conf").write_text(text)
        return f"{number}.conf"

    def answer(self, number: int, port: int | None = None) -> str:
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: site%d\r\n\r\n" % number)
            return connection.makefile("rb").read().rpartition(b"\r\n\r\n")[2].decode()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    webserver.stop(made.paths.nginx)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.journey
def test_after_a_reload_only_the_new_configuration_answers(web: Web) -> None:
    web.site(1, "return 200 0;")
    webserver.reload(web.paths)  # which starts it

    for number in range(1, 6):
        taken = webserver.reload(web.paths, [web.site(1, f"return 200 {number};")])
        taken.settle()
        assert taken.aside == {}
        assert [web.answer(1) for _ in range(20)] == [str(number)] * 20


@pytest.mark.journey
def test_a_bad_site_is_refused_in_the_words_of_nginx(web: Web) -> None:
    web.site(1, "return 200 old;")
    webserver.start(web.paths)

    with pytest.raises(PaasError, match=r'unknown directive "nonsense" in \S+/paas/sites/1.conf:4'):
        webserver.reload(web.paths, [web.site(1, "nonsense;")])

    assert web.answer(1) == "old"
    assert "nonsense" not in (Path(web.paths.nginx.logs) / "error.log").read_text(), "what serves was told of it"


@pytest.mark.journey
def test_a_main_configuration_that_is_broken_sets_nobody_aside(web: Web) -> None:
    web.site(1, "return 200 old;")
    webserver.start(web.paths)
    config = Path(web.paths.nginx.config)
    config.write_text(config.read_text().replace("events", "nonsense; events"))

    for verb in (webserver.reload, webserver.prepare):
        with pytest.raises(PaasError, match='unknown directive "nonsense"'):
            verb(web.paths)

    assert web.answer(1) == "old"


@pytest.mark.journey
def test_a_site_that_another_broken_one_would_hold_up_is_taken(web: Web) -> None:
    web.site(1, "return 200 one;")
    web.site(2, "return 200 old;")
    webserver.start(web.paths)
    web.site(1, "nonsense;")
    web.site(3, "more nonsense;")

    taken = webserver.reload(web.paths, [web.site(2, "return 200 new;")])

    assert {name: "unknown directive" in said for name, said in taken.aside.items()} == {"1.conf": True, "3.conf": True}
    taken.settle()
    assert web.answer(2) == "new"
    assert sorted(file.name for file in (web.folder / "sites").iterdir()) == ["1.broken", "2.conf", "3.broken"]


@pytest.mark.journey
def test_a_quarrel_between_sound_sites_is_the_fault_of_the_new_one(web: Web) -> None:
    (web.folder / "sites" / "2.conf").write_text("upstream same { server 127.0.0.1; }\n")
    web.site(3, "return 200 three;")
    webserver.start(web.paths)
    (web.folder / "sites" / "1.conf").write_text("upstream same { server 127.0.0.1; }\n")

    with pytest.raises(PaasError, match="duplicate upstream"):
        webserver.reload(web.paths, ["1.conf"])

    assert not list((web.folder / "sites").glob("*.broken"))
    assert web.answer(3) == "three"


@pytest.mark.journey
def test_a_cold_start_sets_broken_sites_aside(web: Web) -> None:
    web.site(1, "ssl_certificate /no/such.pem; ssl_certificate_key /no/such.key;", port=free_port())
    (web.folder / "sites" / "1.conf").write_text(
        (web.folder / "sites" / "1.conf").read_text().replace(";\n    server_name", " ssl;\n    server_name")
    )
    web.site(2, "nonsense;")
    web.site(3, "return 200 three;")

    aside = webserver.start(web.paths)

    assert sorted(aside) == ["1.conf", "2.conf"]
    assert "/no/such.pem" in aside["1.conf"]
    assert web.answer(3) == "three"


@pytest.mark.journey
def test_a_cold_start_leaves_out_who_wants_a_port_that_another_program_has(web: Web) -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        web.site(1, "return 200 one;", port=port)
        web.site(2, "return 200 two;")
        web.refuse(port)

        aside = webserver.start(web.paths)

    assert "Address already in use" in aside["1.conf"]
    assert web.answer(2) == "two"


@pytest.mark.journey
def test_a_port_that_another_program_has_is_named_before_nginx_tries(web: Web) -> None:
    web.site(1, "return 200 one;")
    webserver.start(web.paths)
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PaasError, match=rf"bind\(\) to 0.0.0.0:{port} failed \(98: Address already in use\)"):
            webserver.reload(web.paths, [web.site(2, "return 200 two;", port=port)])

    assert str(port) not in (Path(web.paths.nginx.logs) / "error.log").read_text()


@pytest.mark.journey
def test_what_nginx_finds_out_only_when_it_tries_comes_from_its_log(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.site(1, "return 200 one;")
    webserver.start(web.paths)
    monkeypatch.setattr(sockets, "taken", lambda listens, master: {})  # taken just after we looked
    with socket.create_server(("", 0)) as other:
        with pytest.raises(PaasError, match="still could not bind"):
            webserver.reload(web.paths, [web.site(2, "return 200 two;", port=other.getsockname()[1])])

    assert web.answer(1) == "one"


@pytest.mark.journey
def test_a_port_that_nginx_has_is_no_other_programs(web: Web) -> None:
    port = free_port()
    web.site(1, "return 200 one;", port=port)
    webserver.start(web.paths)

    webserver.reload(web.paths, [web.site(1, "return 200 more;", port=port)]).settle()

    assert web.answer(1, port) == "more"


@pytest.mark.journey
def test_nginx_can_be_stopped_and_started_twice(web: Web) -> None:
    web.site(1, "return 200;")
    for change, runs in ((lambda: webserver.start(web.paths), True), (lambda: webserver.stop(web.paths.nginx), False)):
        change()
        change()
        assert (webserver.running(web.paths.nginx) is not None) is runs


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
