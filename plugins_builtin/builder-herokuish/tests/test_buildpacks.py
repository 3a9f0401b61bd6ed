"""Which buildpacks an app names, and where they come from."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from paas import InvalidValue, PaasError, Source
from paas.testing import Harness
from paas_builder_herokuish import buildpacks, fetching
from paas_builder_herokuish.buildpacks import Buildpack, parse


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    return Source(tmp_path / "tree", "0123abcd", "git-push")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/a/perl.git", Buildpack("https://example.com/a/perl.git")),
        ("https://example.com/perl.git#v1.2", Buildpack("https://example.com/perl.git", "v1.2")),
        ("https://example.com/all#main:packs/perl", Buildpack("https://example.com/all", "main", "packs/perl")),
        ("git@example.com:a/perl.git", Buildpack("git@example.com:a/perl.git")),
        ("ssh://git@example.com/perl", Buildpack("ssh://git@example.com/perl")),
        ("file:///srv/perl", Buildpack("file:///srv/perl")),
        ("heroku/nodejs", Buildpack("https://github.com/heroku/heroku-buildpack-nodejs.git")),
    ],
)
def test_a_buildpack_is_a_url_with_a_ref_and_a_folder(text: str, expected: Buildpack) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "perl",
        "ext::sh -c id",
        "-oProxyCommand=x",
        "https:///a",
        "https://a.b/c#../x",
        "https://a.b/c#main:../x",
        "https://-x/a",
        "file://other/a",
        "https://a.b/c d",
        "/srv/perl",
        "https://[a/b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse(text)


@pytest.mark.parametrize(
    "text",
    ["https://ann:s3cret@example.com/a.git", "https://s3cret@example.com/a#v1", "ssh://ann:s3cret@example.com/a"],
)
def test_a_password_has_no_place_in_what_everybody_sees(text: str) -> None:
    with pytest.raises(InvalidValue, match="holds a password or a token") as refused:
        parse(text)

    assert "s3cret" not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.hint == "Leave it out, and keep it with git:auth example.com USER"


def test_a_variable_goes_before_the_file_and_that_names_several(source: Source) -> None:
    (source.folder / ".buildpacks").write_text("# two\nheroku/nodejs\n\nfile:///srv/perl#main\n")

    assert [pack.name for pack in buildpacks.named(source, {})] == ["heroku-buildpack-nodejs", "perl"]
    assert [pack.name for pack in buildpacks.named(source, {"BUILDPACK_URL": "heroku/go"})] == ["heroku-buildpack-go"]

    (source.folder / ".env").write_text('A=1\nexport BUILDPACK_URL="file:///srv/ruby"\n')
    assert [pack.name for pack in buildpacks.named(source, {})] == ["ruby"]


def repository(folder: Path, files: tuple[str, ...]) -> str:
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch(mode=0o755)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "all"], check=True)
    return f"file://{folder}"


def test_a_buildpack_is_fetched_by_branch_and_commit_and_from_a_folder(paas: Harness, tmp_path: Path) -> None:
    url = repository(tmp_path / "packs", ("perl/bin/detect", "perl/bin/compile"))
    commit = subprocess.run(
        ["git", "-C", tmp_path / "packs", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    shop = paas.app("shop")
    paas.real.add("git")

    with paas.inside():
        for number, ref in enumerate(("main", commit[:10])):
            found = fetching.fetch(shop, Buildpack(url, ref, "perl"), tmp_path / f"copy-{number}")
            assert (found / "bin" / "compile").is_file()
        with pytest.raises(PaasError, match="is no buildpack"):
            fetching.fetch(shop, Buildpack(url), tmp_path / "top")
        with pytest.raises(PaasError, match="can't be fetched"):
            fetching.fetch(shop, Buildpack(url, "nowhere"), tmp_path / "nowhere")


def test_a_buildpack_comes_from_a_plain_web_server_too(paas: Harness, tmp_path: Path) -> None:
    repository(tmp_path / "perl", ("bin/detect", "bin/compile"))
    git = ["git", "-C", str(tmp_path / "perl")]
    subprocess.run([*git, "update-server-info"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    shop = paas.app("shop")
    paas.real.add("git")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, paas.inside():
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/perl/.git"
        for number, ref in enumerate(("", "main", commit)):
            found = fetching.fetch(shop, Buildpack(url, ref), tmp_path / f"copy-{number}")
            assert (found / "bin" / "compile").is_file()
        with pytest.raises(PaasError, match="can't be fetched"):
            fetching.fetch(shop, Buildpack(url, "nowhere"), tmp_path / "nowhere")
        server.shutdown()


@pytest.mark.parametrize(
    ("url", "said", "hint"),
    [
        ("git@example.com:a/b", "Host key verification failed.", "Let its host in with git:allow-host example.com"),
        (
            "ssh://git@a.example:22/b",
            "Host key verification failed.",
            "Let its host in with git:allow-host a.example:22",
        ),
        ("git@example.com:a/b", "git@example.com: Permission denied (publickey).", "git:public-key (ssh)"),
        ("https://a.example/b", "fatal: could not read Username for 'https://a.example'", "git:auth a.example (https)"),
        ("https://a.example/b", "fatal: couldn't find remote ref v1", "See .buildpacks of the source"),
    ],
)
def test_who_does_not_know_whom_is_said_with_what_to_do(
    paas: Harness, tmp_path: Path, url: str, said: str, hint: str
) -> None:
    def git(argv: Sequence[str], _: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(argv, 128 if "fetch" in argv else 0, b"", said.encode())

    paas.real.discard("git")
    paas.programs["git"] = git
    shop = paas.app("shop")

    with paas.inside(), pytest.raises(PaasError, match="can't be fetched") as refused:
        fetching.require_reachable(shop, parse(url))

    assert hint in str(refused.value.hint)


def test_a_file_url_does_not_lead_to_what_apps_keep(paas: Harness, tmp_path: Path) -> None:
    shop = paas.app("shop")
    (tmp_path / "link").symlink_to(paas.paths.home)

    with paas.inside():
        for path in (paas.paths.home / "other", paas.paths.root / "storage", tmp_path / "link" / "other"):
            with pytest.raises(PaasError, match="lies where paas keeps"):
                fetching.fetch(shop, Buildpack(f"file://{path}"), tmp_path / "copy")
