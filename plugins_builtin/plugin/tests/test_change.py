"""What is in the next generation when a plugin is installed, updated or uninstalled."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import Mock

import pytest

from paas import PaasError, UsageError
from paas.testing import Harness
from paas_plugin import source, wheels


@dataclass
class Server:
    """An installed system without its programs: pip and the root helper are functions here.

    Attributes:
        builds: What pip makes of a source: path or URL to wheels.
        refusal: What the root helper says instead of making a generation.
        pip: The words of every call of pip.
    """

    paas: Harness
    program: Path
    builds: dict[str, Sequence[Path]] = field(default_factory=dict)
    refusal: str = ""
    pip: list[list[str]] = field(default_factory=list)

    def answer_pip(self, argv: list[str], given: bytes) -> str:
        self.pip.append(argv)
        target = Path(argv[argv.index("--wheel-dir") + 1])
        target.mkdir(exist_ok=True)
        built = self.builds.get(argv[-1]) or [wheel for many in self.builds.values() for wheel in many]
        for wheel in built[:1] if "--no-deps" in argv else built:
            shutil.copy(wheel, target)
        return ""

    def answer_sudo(self, argv: list[str], given: bytes) -> str | CompletedProcess[bytes]:
        if self.refusal:
            return CompletedProcess(argv, 1, b"", self.refusal.encode())
        assert argv[-2] == "plugin-install-generation"
        self.fill(sorted(Path(argv[-1]).iterdir()))
        return "Generation 2 is new\n"

    def fill(self, files: Sequence[Path]) -> None:
        target = self.program / "1" / "wheels"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in files:
            shutil.copy(file, target)

    @property
    def installed(self) -> list[str]:
        found = wheels.folder(self.program / "current" / "wheels").values()
        return sorted(f"{wheel.name} {wheel.version}" for wheel in found)


def make(
    folder: Path, name: str, version: str = "1.0", plugin: str = "", needs: str = "", origin: str = "", verb: str = ""
) -> Path:
    """A wheel in a folder."""
    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    entries = f"[paas.plugins]\n{plugin} = {module}.plugin\n" if plugin else ""
    entries += f"[paas.origin]\n{plugin} = {origin}\n" if origin else ""
    entries += f"[paas.root]\n{verb} = {module}.root:run\n" if verb else ""
    required = "".join(f"Requires-Dist: {need}\n" for need in needs.split())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{module}-{version}.dist-info/METADATA", f"Name: {name}\nVersion: {version}\n{required}")
        archive.writestr(f"{module}-{version}.dist-info/entry_points.txt", entries)
    return path


@pytest.fixture
def server(paas: Harness, tmp_path: Path) -> Server:
    """A server with core and one builtin plugin, and a contrib one in the pool."""
    program = tmp_path / "opt"
    made = Server(paas, program)
    pool = program / "wheels"
    core = make(pool, "paas-core")
    nginx = make(pool, "paas-nginx", plugin="nginx", needs="paas-core jinja2", origin="builtin")
    jinja = make(pool, "jinja2", "3.1")
    make(pool, "paas-maintenance", plugin="maintenance", needs="paas-core paas-nginx pages", origin="contrib")
    make(pool, "pages")
    made.fill([core, nginx, jinja])
    (program / "current").symlink_to("1")
    paas.paths = replace(paas.paths, program=program)
    paas.programs |= {"python": made.answer_pip, "sudo": made.answer_sudo, "paas": lambda argv, given: "prepared\n"}
    return made


@pytest.fixture
def chat(server: Server, tmp_path: Path) -> Path:
    """The folder of a plugin that isn't ours, which needs a package that nobody has yet."""
    folder = tmp_path / "chat"
    folder.mkdir()
    built = tmp_path / "built"
    server.builds[str(folder)] = [
        make(built, "chat-plugin", "0.1", plugin="chat", needs="paas-core jinja2 slack"),
        make(built, "slack", "7.0"),
    ]
    return folder


def test_a_plugin_of_ours_comes_with_what_it_needs_and_no_index_is_asked(server: Server) -> None:
    printed = server.paas.ok("plugin:install", "maintenance")

    assert server.installed == ["jinja2 3.1", "paas-core 1.0", "paas-maintenance 1.0", "paas-nginx 1.0", "pages 1.0"]
    assert server.pip == []
    assert "prepared" in printed


def test_a_plugin_goes_with_what_only_it_needs(server: Server) -> None:
    before = server.installed
    server.paas.ok("plugin:install", "maintenance")

    server.paas.ok("plugin:uninstall", "maintenance")

    assert server.installed == before


def test_a_name_that_is_not_ours_is_never_looked_up(server: Server) -> None:
    result = server.paas.run("plugin:install", "chat")

    assert result.exit_code == 1
    assert "On the server are: maintenance." in result.stderr
    assert server.pip == []


def test_a_folder_is_built_and_comes_with_what_it_needs(server: Server, chat: Path) -> None:
    server.paas.ok("plugin:install", str(chat))

    assert server.installed == ["chat-plugin 0.1", "jinja2 3.1", "paas-core 1.0", "paas-nginx 1.0", "slack 7.0"]


def test_what_root_will_carry_out_for_a_plugin_is_said_when_it_is_new(
    server: Server, chat: Path, tmp_path: Path
) -> None:
    for version, verb, is_new in (("0.1", "", False), ("0.2", "chat-listen", True), ("0.3", "chat-listen", False)):
        server.builds[str(chat)] = [make(tmp_path / version, "chat-plugin", version, plugin="chat", verb=verb)]
        printed = (
            server.paas.ok("plugin:update") if "0.1" not in version else server.paas.ok("plugin:install", str(chat))
        )
        assert ("Root will carry out for it: chat-listen" in printed) is is_new


def test_what_we_ship_is_pinned_to_our_files(server: Server) -> None:
    known = wheels.folder(server.program / "wheels")

    lines = source.constrained(known).splitlines()

    assert f"paas-core @ file://{server.program}/wheels/paas_core-1.0-py3-none-any.whl" in lines
    assert len(lines) == len(known)


def test_a_plugin_cannot_take_a_name_of_ours(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    server.builds[str(folder)] = [make(tmp_path / "built", "paas-nginx", "9", plugin="nginx")]

    result = server.paas.run("plugin:install", str(folder))

    assert "paas-nginx is a name of ours" in result.stderr
    assert "paas-nginx 1.0" in server.installed


def test_what_is_no_plugin_is_refused(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "lib"
    folder.mkdir()
    server.builds[str(folder)] = [make(tmp_path / "built", "lib")]

    assert "is no plugin" in server.paas.run("plugin:install", str(folder)).stderr


def test_a_plugin_that_does_not_work_is_refused_with_the_reason(server: Server, chat: Path) -> None:
    server.refusal = "chat: ImportError: no\nWhat was installed stays in use."
    before = server.installed

    result = server.paas.run("plugin:install", str(chat))

    assert result.exit_code == 1
    assert "chat: ImportError: no" in result.stderr
    assert server.installed == before
    assert list(server.paas.paths.scratch.iterdir()) == []


def test_a_build_that_fails_shows_what_pip_says(server: Server, chat: Path) -> None:
    server.paas.programs["python"] = lambda argv, given: CompletedProcess(argv, 1, b"", b"no such backend\n")

    result = server.paas.run("plugin:install", str(chat))

    assert result.exit_code == 1
    assert "no such backend" in result.stdout


def test_a_server_that_cannot_be_prepared_is_an_error_that_says_how_to_go_on(server: Server, chat: Path) -> None:
    server.paas.programs["paas"] = lambda argv, given: CompletedProcess(argv, 1, b"", b" !     chat: no space\n")

    result = server.paas.run("plugin:install", str(chat))

    assert result.exit_code == 1
    assert "chat: no space" in result.stdout
    assert "paas plugin:trigger install" in result.stderr
    assert "chat-plugin 0.1" in server.installed


def test_a_second_install_is_refused(server: Server, chat: Path) -> None:
    server.paas.ok("plugin:install", str(chat))

    assert "is installed already" in server.paas.run("plugin:install", str(chat)).stderr


def test_an_update_builds_from_where_the_plugin_came(server: Server, chat: Path, tmp_path: Path) -> None:
    server.paas.ok("plugin:install", str(chat))
    server.builds[str(chat)] = [
        make(tmp_path / "newer", "chat-plugin", "0.2", plugin="chat", needs="paas-core slack"),
        make(tmp_path / "newer", "slack", "7.0"),
    ]

    assert "chat is at 0.2" in server.paas.ok("plugin:update")
    assert "chat-plugin 0.2" in server.installed


def test_another_plugin_than_the_expected_one_is_refused(server: Server, chat: Path) -> None:
    before = server.installed

    result = server.paas.run("plugin:install", str(chat), "--name", "talk")

    assert "holds the plugin chat, not talk" in result.stderr
    assert server.installed == before


def test_preparing_the_server_can_wait(server: Server, chat: Path) -> None:
    assert "prepared" not in server.paas.ok("plugin:install", str(chat), "--name", "chat", "--skip-install-trigger")


def test_a_builtin_plugin_stays_and_is_updated_with_paas(server: Server) -> None:
    assert "is a builtin plugin" in server.paas.run("plugin:uninstall", "nginx").stderr
    assert "run install.sh" in str(server.paas.run("plugin:update", "nginx").stderr)


def test_a_plugin_that_another_needs_stays(server: Server, tmp_path: Path) -> None:
    server.paas.ok("plugin:install", "maintenance")
    folder = tmp_path / "more"
    folder.mkdir()
    server.builds = {str(folder): [make(tmp_path / "built", "more", plugin="more", needs="paas-maintenance")]}
    server.paas.ok("plugin:install", str(folder))

    result = server.paas.run("plugin:uninstall", "maintenance")

    assert result.exit_code == 1
    assert "more needs maintenance" in result.stderr


def test_a_plugin_that_is_not_there_cannot_go(server: Server) -> None:
    assert "is not installed" in server.paas.run("plugin:uninstall", "chat").stderr


@pytest.mark.parametrize(
    ("origin", "place"),
    [
        ("https://example.com/chat.git", "git+https://example.com/chat.git@v1"),
        ("git@example.com:ann/chat.git", "git+ssh://git@example.com/ann/chat.git@v1"),
    ],
)
def test_a_git_repository_is_cloned_at_a_commit(origin: str, place: str) -> None:
    assert source.located(origin, "v1") == place
    assert source.located(origin, None) == place.removesuffix("@v1")


def test_an_archive_is_taken_from_its_address() -> None:
    assert source.located("https://example.com/chat.tar.gz", None) == "https://example.com/chat.tar.gz"
    with pytest.raises(UsageError):
        source.located("https://example.com/chat.tar.gz", "v1")


def test_a_name_of_ours_has_no_commit(server: Server) -> None:
    result = server.paas.run("plugin:install", "maintenance", "--committish", "v1")

    assert result.exit_code == 2
    assert not any("maintenance" in name for name in server.installed)


def test_a_path_where_nothing_is_says_what_to_do(server: Server, tmp_path: Path) -> None:
    with server.paas.inside(), pytest.raises(PaasError) as refused:
        source.located(str(tmp_path / "absent"), None)
    assert "everyone can read" in str(refused.value.hint)


def test_a_path_in_roots_home_says_what_to_do(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "stat", Mock(side_effect=PermissionError(13, "Permission denied")))

    with server.paas.inside(), pytest.raises(PaasError) as refused:
        source.located("/root-only/chat", None)
    assert "everyone can read" in str(refused.value.hint)
