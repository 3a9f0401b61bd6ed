from __future__ import annotations

import functools
import http.server
import io
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from paas import App, PaasError, Source, hooks, hookspecs, lifecycle, state
from paas.testing import Harness
from paas_git import repository


class Deploys:
    """Stands in for the lifecycle: what was deployed, and a reason to refuse."""

    def __init__(self) -> None:
        self.sources: list[tuple[str, str, str]] = []
        self.files: dict[str, str] = {}
        self.refusal: PaasError | None = None

    def receive(self, app: App, source: Source, reason: str) -> None:
        if self.refusal:
            raise self.refusal
        self.files = {
            str(p.relative_to(source.folder)): str(p.readlink()) if p.is_symlink() else p.read_text()
            for p in source.folder.rglob("*")
            if p.is_symlink() or p.is_file()
        }
        self.sources.append((reason, source.kind, source.reference))


@pytest.fixture
def deploys(monkeypatch: pytest.MonkeyPatch) -> Deploys:
    deploys = Deploys()
    monkeypatch.setattr(lifecycle, "receive", deploys.receive)
    return deploys


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server that serves the folder `web`."""
    (tmp_path / "web").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def tarred(**files: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return file.getvalue()


def head(paas: Harness, app: App, branch: str = "master") -> str | None:
    with paas.inside():
        return repository.head(app, branch)


def in_git(paas: Harness, app: App, *words: str) -> str:
    argv = ["git", "-C", str(paas.paths.repository(app.name)), *words]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_an_archive_from_standard_input_is_deployed(paas: Harness, shop: App, deploys: Deploys) -> None:
    paas.ok("git:from-archive", "shop", "--", "Ann", "ann@example.com", input=tarred(Dockerfile="FROM x", ignored="y"))

    assert deploys.files == {"Dockerfile": "FROM x", "ignored": "y"}
    assert deploys.sources == [("git:from-archive", "tar", "--")]
    assert in_git(paas, shop, "log", "--format=%an <%ae> %s", "master") == (
        "Ann <ann@example.com> git:from-archive --\n"
    )
    assert list(paas.paths.scratch.iterdir()) == []


def test_what_git_would_ignore_is_deployed_too(paas: Harness, shop: App, deploys: Deploys) -> None:
    paas.ok("git:from-archive", "shop", "--", input=tarred(**{".gitignore": "*", "a": "1"}))

    assert deploys.files == {".gitignore": "*", "a": "1"}


def test_an_archive_from_the_web_is_deployed(
    paas: Harness, shop: App, deploys: Deploys, web: str, tmp_path: Path
) -> None:
    (tmp_path / "web" / "app.tar").write_bytes(tarred(a="1"))
    address = web.replace("://", "://ann:secret@") + "/app.tar"

    paas.ok("git:from-archive", "shop", f"{web}/app.tar")

    assert deploys.files == {"a": "1"}
    assert deploys.sources[0][2] == f"{web}/app.tar"
    missing = paas.run("git:from-archive", "shop", f"{address}.gz")
    assert missing.exit_code == 1
    assert "secret" not in missing.stderr


def test_an_option_behind_the_app_is_said_to_be_in_the_wrong_place(paas: Harness, shop: App) -> None:
    result = paas.run("git:from-archive", "shop", "http://localhost/a.zip", "--archive-type", "zip")

    assert result.exit_code == 2
    assert "--archive-type stands behind the app" in result.stderr


def test_an_archive_that_is_not_there_is_said_to_be(paas: Harness, shop: App, deploys: Deploys, web: str) -> None:
    result = paas.run("git:from-archive", "shop", f"{web}/missing.tar")

    assert result.exit_code == 1
    assert "can't be downloaded: HTTP Error 404" in result.stderr
    refused = paas.run("git:from-archive", "shop", "http://127.0.0.1:1/shop.tar").stderr
    assert "can't be downloaded: Connection refused" in refused
    assert "git:from-archive APP -- < FILE" in refused


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "/etc/passwd", "http://", "data:,x", "http://a b"])
def test_only_web_addresses_are_downloaded(paas: Harness, shop: App, deploys: Deploys, url: str) -> None:
    result = paas.run("git:from-archive", "shop", url)

    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert deploys.sources == []


@pytest.mark.parametrize("key", ["archive-max-size", "archive-max-files"])
def test_an_archive_above_a_limit_is_refused_and_leaves_nothing(
    paas: Harness, shop: App, deploys: Deploys, key: str
) -> None:
    paas.ok("git:set", "shop", key, "1")

    result = paas.run("git:from-archive", "shop", "--", input=tarred(a="1", b="2"))

    assert result.exit_code == 1
    assert key in result.stderr
    assert head(paas, shop) is None
    assert list(paas.paths.scratch.iterdir()) == []


def test_the_same_files_again_are_no_change(paas: Harness, shop: App, deploys: Deploys) -> None:
    paas.ok("git:from-archive", "shop", "--", input=tarred(a="1"))

    result = paas.run("git:from-archive", "shop", "--", input=tarred(a="1"))

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        " !     No changes detected for shop, skipping git commit",
        " !     Use ps:rebuild shop to build again.",
    ]


def test_a_failed_deploy_moves_no_branch_and_can_be_tried_again(paas: Harness, shop: App, deploys: Deploys) -> None:
    deploys.refusal = PaasError("no luck today")
    assert "no luck today" in paas.run("git:from-archive", "shop", "--", input=tarred(a="1")).stderr
    assert head(paas, shop) is None

    deploys.refusal = None
    paas.ok("git:from-archive", "shop", "--", input=tarred(a="1"))
    assert head(paas, shop)


def test_an_empty_archive_is_refused(paas: Harness, shop: App, deploys: Deploys) -> None:
    assert "no files to deploy" in paas.run("git:from-archive", "shop", "--", input=tarred()).stderr


@pytest.mark.parametrize("author", [("<x>", "a@b"), ("a\nb", "a@b"), ("", "a@b"), ("a", "a>b"), (".,;", "a@b")])
def test_an_author_that_breaks_a_commit_is_refused(
    paas: Harness, shop: App, deploys: Deploys, author: tuple[str, str]
) -> None:
    result = paas.run("git:from-archive", "shop", "--", *author, input=tarred(a="1"))

    assert result.exit_code == 1
    assert "can't be the author" in result.stderr


def test_a_folder_is_deployed_as_it_is(paas: Harness, shop: App, deploys: Deploys, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text("x")
    (folder / "a").write_text("1")
    (folder / "link").symlink_to("a")

    paas.ok("git:from-directory", "shop", str(folder))

    assert deploys.files == {"a": "1", "link": "a"}


def test_a_folder_with_what_is_no_file_is_refused(paas: Harness, shop: App, deploys: Deploys, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "pipe")

    result = paas.run("git:from-directory", "shop", str(tmp_path / "folder"))

    assert result.exit_code == 1
    assert "can't be copied" in result.stderr


def test_a_folder_in_roots_home_says_what_to_do(paas: Harness, shop: App, monkeypatch: pytest.MonkeyPatch) -> None:
    # As for whatever lies in a folder that we may not enter.
    monkeypatch.setattr(Path, "is_dir", Mock(side_effect=PermissionError(13, "Permission denied")))

    result = paas.run("git:from-directory", "shop", "/root-only/shop")

    assert result.exit_code == 1
    assert "git:from-archive APP --" in result.stderr


def test_a_key_names_no_folder_of_the_server(paas: Harness, shop: App, deploys: Deploys, tmp_path: Path) -> None:
    for words in (["git:from-directory", "shop", "/etc"], ["git:from-image", "--build-dir", "/etc", "shop", "x"]):
        result = paas.run(*words, key="ann")

        assert result.exit_code == 1
        assert "on the server itself" in result.stderr


def test_an_image_is_deployed_by_a_dockerfile(paas: Harness, shop: App, deploys: Deploys) -> None:
    paas.ok("git:from-image", "shop", "registry.example.com:5000/shop:1")

    assert deploys.files == {"Dockerfile": "FROM registry.example.com:5000/shop:1\n"}
    assert deploys.sources == [("git:from-image", "docker-image", "registry.example.com:5000/shop:1")]
    with paas.inside():
        assert state.property("git", shop.owner, "source-image") == "registry.example.com:5000/shop:1"


def test_the_same_image_is_deployed_again_if_forced(paas: Harness, shop: App, deploys: Deploys) -> None:
    paas.ok("git:from-image", "shop", "shop:1")
    assert paas.run("git:from-image", "shop", "shop:1").exit_code == 1

    paas.ok("git:from-image", "--force", "shop", "shop:1")

    assert len(deploys.sources) == 2


def test_an_image_is_built_with_a_folder(paas: Harness, shop: App, deploys: Deploys, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("untouched")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "app.json").write_text("{}")
    (folder / "Dockerfile").symlink_to(tmp_path / "outside")

    paas.ok("git:from-image", "--build-dir", str(folder), "shop", "shop:1")

    assert deploys.files == {"Dockerfile": "FROM shop:1\n", "app.json": "{}"}
    assert (tmp_path / "outside").read_text() == "untouched"


@pytest.mark.parametrize("image", ["-x", "a b", "a\nRUN id", "$(id)", ""])
def test_what_is_no_image_is_refused(paas: Harness, shop: App, deploys: Deploys, image: str) -> None:
    result = paas.run("git:from-image", "shop", "--", image)

    assert result.exit_code == 1
    assert "is not the name of an image" in result.stderr


def test_a_loaded_image_is_deployed(paas: Harness, shop: App, deploys: Deploys) -> None:
    class Engine:
        def load(self, archive: io.BufferedReader) -> list[str]:
            return [archive.read().decode()]

    paas.resources["docker"] = Engine()

    paas.ok("git:load-image", "shop", "shop", input="shop:latest")
    paas.ok("git:load-image", "shop", "shop", input="shop:latest")
    other = paas.run("git:load-image", "shop", "other:1", input="shop:latest")

    assert len(deploys.sources) == 2
    assert "It holds: shop:latest" in other.stderr


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Another repository, with a commit on main and a tag."""
    folder = tmp_path / "origin"
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(folder)]
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    (folder / "a").write_text("1")
    subprocess.run([*run, "add", "-A"], check=True)
    subprocess.run([*run, "commit", "-qm", "x"], check=True)
    subprocess.run([*run, "tag", "-am", "one", "v1"], check=True)
    return folder


def revision(folder: Path) -> str:
    return subprocess.run(
        ["git", "-C", folder, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_another_repository_is_fetched_and_not_deployed(
    paas: Harness, shop: App, deploys: Deploys, origin: Path
) -> None:
    paas.ok("git:sync", "shop", str(origin), "main")

    assert deploys.sources == []
    assert head(paas, shop, "main") == revision(origin)
    assert paas.ok("git:report", "shop", "--git-deploy-branch") == "main\n"
    assert "refs/paas" not in in_git(paas, shop, "for-each-ref")


@pytest.mark.parametrize("ref", [None, "main", "v1", "refs/heads/main"])
def test_another_repository_is_deployed_if_asked(
    paas: Harness, shop: App, deploys: Deploys, origin: Path, ref: str | None
) -> None:
    paas.ok("git:sync", "--build", "--skip-deploy-branch", "shop", origin.as_uri(), *([ref] if ref else []))

    assert deploys.files == {"a": "1"}
    assert deploys.sources == [("git:sync", "git-sync", origin.as_uri())]
    assert head(paas, shop) == revision(origin)


def test_a_failed_deploy_of_another_repository_moves_nothing(
    paas: Harness, shop: App, deploys: Deploys, origin: Path
) -> None:
    deploys.refusal = PaasError("no")

    assert paas.run("git:sync", "--build", "shop", str(origin), "main").exit_code == 1

    assert head(paas, shop, "main") is None
    assert paas.ok("git:report", "shop", "--git-deploy-branch") == "\n"


def test_without_a_ref_the_default_branch_becomes_the_deploy_branch(
    paas: Harness, shop: App, deploys: Deploys, origin: Path
) -> None:
    paas.ok("git:sync", "shop", str(origin))

    assert paas.ok("git:report", "shop", "--git-deploy-branch") == "main\n"
    assert head(paas, shop, "main") == revision(origin)
    assert head(paas, shop, "master") is None


def test_without_a_ref_the_chosen_branch_is_fetched(paas: Harness, shop: App, deploys: Deploys, origin: Path) -> None:
    subprocess.run(["git", "-C", origin, "branch", "release", "main"], check=True)
    kept = revision(origin)
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", origin, "commit", "-qm", "x", "--allow-empty"],
        check=True,
    )
    paas.ok("git:set", "shop", "deploy-branch", "release")

    paas.ok("git:sync", "--build", "shop", str(origin))

    assert head(paas, shop, "release") == kept
    assert deploys.files == {"a": "1"}


def test_a_repository_without_the_chosen_branch_is_said_to_have_none(
    paas: Harness, shop: App, deploys: Deploys, origin: Path
) -> None:
    paas.ok("git:set", "shop", "deploy-branch", "release")

    result = paas.run("git:sync", "shop", str(origin))

    assert result.exit_code == 1
    assert f"{origin} has no release." in result.stderr
    assert "Name a branch" in result.stderr


def test_what_was_fetched_can_be_built_while_nothing_is_live(
    paas: Harness, shop: App, deploys: Deploys, origin: Path
) -> None:
    with paas.inside():
        assert hooks.ask(hookspecs.source_of, shop, "") is None
    paas.ok("git:sync", "shop", str(origin))

    with paas.inside(), hooks.ask(hookspecs.source_of, shop, "") as source:
        assert (source.folder / "a").read_text() == "1"
        assert source.revision == revision(origin)


@pytest.mark.parametrize("ref", ["v1", "commit"])
def test_only_a_branch_becomes_the_deploy_branch(
    paas: Harness, shop: App, deploys: Deploys, origin: Path, ref: str
) -> None:
    commit = revision(origin)
    subprocess.run(["git", "-C", origin, "config", "uploadpack.allowAnySHA1InWant", "true"], check=True)

    paas.ok("git:sync", "shop", str(origin), commit if ref == "commit" else ref)

    assert paas.ok("git:report", "shop", "--git-deploy-branch") == "\n"
    assert head(paas, shop, "master") == commit


def test_a_branch_comes_before_a_tag_of_its_name(paas: Harness, shop: App, deploys: Deploys, origin: Path) -> None:
    old = revision(origin)
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(origin)]
    subprocess.run([*run, "tag", "main", old], check=True)
    subprocess.run([*run, "commit", "-qm", "x", "--allow-empty"], check=True)

    paas.ok("git:sync", "shop", str(origin), "main")

    assert head(paas, shop, "main") == revision(origin) != old


def test_a_host_that_refuses_is_quoted(paas: Harness, shop: App, deploys: Deploys, tmp_path: Path) -> None:
    result = paas.run("git:sync", "shop", str(tmp_path / "none"))

    assert result.exit_code == 1
    assert "does not appear to be a git repository" in result.stderr
    assert "Please make sure" not in result.stderr


@pytest.mark.parametrize("ref", ["nope", "--upload-pack=id", "a:b", "+main", "a..b", "*"])
def test_a_ref_that_is_not_there_is_refused(paas: Harness, shop: App, deploys: Deploys, origin: Path, ref: str) -> None:
    result = paas.run("git:sync", "shop", "--", str(origin), ref)

    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert in_git(paas, shop, "for-each-ref") == ""
