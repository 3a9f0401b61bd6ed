"""Real pushes and clones, with everything but sshd and Docker."""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from paas import apps, releases
from paas.testing import Harness
from paas_git.settings import SETTINGS

if TYPE_CHECKING:
    from conftest import Developer


def branches(paas: Harness, app: str = "shop") -> dict[str, str]:
    refs = ["git", "-C", paas.paths.repository(app), "for-each-ref", "--format=%(refname) %(objectname)"]
    lines = subprocess.run(refs, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split() for line in lines)  # type: ignore[misc]


def test_a_first_push_creates_the_app_and_deploys_the_commit(paas: Harness, ann: Developer) -> None:
    commit = ann.commit(Dockerfile="FROM scratch", **{"deep/er": "file"})

    pushed = ann.push()

    assert pushed.returncode == 0, pushed.stderr
    assert "-----> Set main as deploy-branch" in pushed.stderr
    assert ann.built() == {"Dockerfile": "FROM scratch", "deep/er": "file"}
    assert branches(paas) == {"refs/heads/main": commit}
    with paas.inside():
        app = apps.load("shop")
        live = releases.live(app)
        assert live
        assert (live.revision, live.created_by, live.kind) == (commit, "ann", "git-push")
        assert SETTINGS.own(app, "deploy-branch") == "main"
    assert list(paas.paths.scratch.iterdir()) == []


def test_a_refused_push_moves_nothing(paas: Harness, ann: Developer) -> None:
    commit = ann.commit(a="1")
    assert ann.push().returncode == 0
    ann.commit(a="2", refuse="no luck today")

    pushed = ann.push()

    assert pushed.returncode == 1
    assert "no luck today" in pushed.stderr
    assert "pre-receive hook declined" in pushed.stderr
    assert branches(paas) == {"refs/heads/main": commit}
    assert list(paas.paths.scratch.iterdir()) == []


def test_a_refused_first_push_chooses_no_branch(paas: Harness, ann: Developer) -> None:
    ann.commit(refuse="no")
    assert ann.push().returncode == 1

    with paas.inside():
        assert SETTINGS.own(apps.load("shop"), "deploy-branch") is None


def test_another_branch_is_stored_and_the_pusher_told(paas: Harness, ann: Developer) -> None:
    first = ann.commit(a="1")
    assert ann.push("main:master").returncode == 0
    second = ann.commit(a="2")

    pushed = ann.push("main:other")

    assert pushed.returncode == 0, pushed.stderr
    assert "you must push to master" in pushed.stderr
    assert ann.built() == {"a": "1"}
    assert branches(paas) == {"refs/heads/master": first, "refs/heads/other": second}


def test_tags_and_other_branches_beside_the_deploy_branch_need_no_warning(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    ann.git("tag", "v1")

    pushed = ann.push("main", "v1", "main:other")

    assert pushed.returncode == 1
    assert "Any of main, other could become the deploy branch of shop" in pushed.stderr
    pushed = ann.push("main", "v1")
    assert pushed.returncode == 0, pushed.stderr
    assert "WARNING" not in pushed.stderr
    assert branches(paas).keys() == {"refs/heads/main", "refs/tags/v1"}


def test_the_deploy_branch_stays_and_others_can_be_deleted(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    ann.push()
    ann.push("main:other")

    assert "can't be deleted" in ann.push(":main").stderr
    assert ann.push(":other").returncode == 0
    assert branches(paas).keys() == {"refs/heads/main"}


@pytest.mark.parametrize("branch", ["$(touch marker)", "a;b|c'd\"e", "é/ü", "HEAD"])
def test_a_branch_may_have_an_odd_name(paas: Harness, ann: Developer, branch: str, tmp_path: Path) -> None:
    commit = ann.commit(a="1")

    pushed = ann.push(f"main:refs/heads/{branch.replace(' ', '')}")

    assert pushed.returncode == 0, pushed.stderr
    assert commit in branches(paas).values()
    assert not list(tmp_path.rglob("marker"))


def test_a_branch_that_reads_like_an_option_is_refused_before_anything_is_built(ann: Developer) -> None:
    ann.commit(a="1")

    pushed = ann.push("main:refs/heads/--help")

    assert "is not a name for a branch" in pushed.stderr
    assert not ann.tree.exists()


def test_an_empty_commit_is_refused(ann: Developer) -> None:
    ann.commit()

    assert "has no files" in ann.push().stderr


def test_a_clone_checks_out_the_deploy_branch(paas: Harness, ann: Developer, tmp_path: Path) -> None:
    ann.commit(a="1")
    ann.push()

    ann.git("clone", "--quiet", "paas@server:/shop.git", "again", cwd=tmp_path)
    archive = ann.git("archive", "--remote=paas@server:shop", "main", "a")

    assert (tmp_path / "again" / "a").read_text() == "1"
    assert "a" in archive.stdout


@pytest.mark.usefixtures("talker")
def test_what_plugins_print_does_not_come_between_git_and_its_client(ann: Developer, tmp_path: Path) -> None:
    ann.commit(a="1")
    pushed = ann.push()
    cloned = ann.git("clone", "--quiet", "paas@server:shop", "again", cwd=tmp_path)

    assert (pushed.returncode, (tmp_path / "again" / "a").read_text()) == (0, "1")
    assert "-----> shop was made" in pushed.stderr
    assert cloned.stderr.splitlines() == ["-----> shop will be read", "-----> shop was read"]


def test_a_clone_of_what_is_not_there_creates_nothing(paas: Harness, ann: Developer, tmp_path: Path) -> None:
    cloned = ann.git("clone", "paas@server:shop", "again", cwd=tmp_path, check=False)

    assert "App shop does not exist" in cloned.stderr
    assert not paas.paths.repository("shop").exists()


def test_the_hook_is_not_for_clients(paas: Harness, ann: Developer) -> None:
    paas.app("shop")
    lines = f"{'0' * 40} --output=/tmp/x refs/heads/main\n"

    for folder in (".", "/", str(paas.paths.root)):
        assert "is not the repository of an app" in paas.run("git-hook", folder, input=lines, key="eve").stderr
    refused = paas.run("git-hook", str(paas.paths.repository("shop")), input=lines, key="eve")
    assert "is not the name of a commit" in refused.stderr


def test_the_history_is_there_for_builds_that_want_it(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    ann.git("tag", "-a", "v1", "-m", "one")
    ann.push("main", "v1")
    paas.ok("git:set", "shop", "keep-git-dir", "true")
    ann.commit(a="2")

    assert ann.push().returncode == 0

    described = subprocess.run(["git", "-C", ann.tree, "describe"], capture_output=True, text=True, check=True)
    assert described.stdout.startswith("v1-1-g")
    status = subprocess.run(["git", "-C", ann.tree, "status", "--short"], capture_output=True, text=True, check=True)
    assert status.stdout == ""
    branch = subprocess.run(["git", "-C", ann.tree, "branch"], capture_output=True, text=True, check=True)
    assert branch.stdout == "* main\n"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server that serves the folder `web`."""
    (tmp_path / "web").mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    handler.func.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def part(ann: Developer, web: str, tmp_path: Path) -> str:
    """The address of a repository with one file."""
    ann.git("init", "--quiet", "part", cwd=tmp_path)
    (tmp_path / "part" / "inner").write_text("from the submodule")
    ann.git("add", ".", cwd=tmp_path / "part")
    ann.git("commit", "--quiet", "--message=part", cwd=tmp_path / "part")
    ann.git("clone", "--quiet", "--bare", "part", "web/part.git", cwd=tmp_path)
    ann.git("update-server-info", cwd=tmp_path / "web" / "part.git")
    return f"{web}/part.git"


def test_the_history_of_a_first_push_is_on_the_pushed_branch(paas: Harness, ann: Developer) -> None:
    paas.app("shop")
    paas.ok("git:set", "shop", "keep-git-dir", "true")
    ann.commit(a="1")

    assert ann.push().returncode == 0

    assert (ann.tree / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"


def test_submodules_are_fetched_and_their_repositories_left_out(paas: Harness, ann: Developer, part: str) -> None:
    ann.git("submodule", "--quiet", "add", part, "lib/part")
    ann.commit(a="1")

    pushed = ann.push()

    assert pushed.returncode == 0, pushed.stderr
    assert ann.built()["lib/part/inner"] == "from the submodule"
    assert not list(ann.tree.rglob(".git"))


def test_submodules_stay_repositories_where_the_history_stays(paas: Harness, ann: Developer, part: str) -> None:
    paas.app("shop")
    paas.ok("git:set", "shop", "keep-git-dir", "true")
    ann.git("submodule", "--quiet", "add", part, "lib/part")
    ann.commit(a="1")

    assert ann.push().returncode == 0

    assert ann.built()["lib/part/inner"] == "from the submodule"
    assert (ann.tree / "lib" / "part" / ".git").exists()


@pytest.mark.parametrize("url", ["file://{home}/other", "{home}/other", "ext::sh -c touch% {home}/marker", "../other"])
def test_a_submodule_reads_nothing_of_the_server(paas: Harness, ann: Developer, part: str, url: str) -> None:
    paas.app("other")
    ann.git("submodule", "--quiet", "add", part, "lib/part")
    ann.git("config", "--file", ".gitmodules", "submodule.lib/part.url", url.format(home=paas.paths.home))
    ann.commit(a="1")

    pushed = ann.push()

    assert pushed.returncode == 1
    assert "remote rejected" in pushed.stderr or "remote unpack failed" in pushed.stderr
    assert "Traceback" not in pushed.stderr
    assert not (paas.paths.home / "marker").exists()
    assert list(paas.paths.scratch.glob("*")) == []


def test_a_push_that_began_before_another_one_ended_deploys_nothing(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    assert ann.push().returncode == 0
    before = ann.commit(a="meanwhile")
    ann.commit(a="late")
    # git calls this when it has been told where the branch is.
    hook = ann.copy / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec git push --no-verify paas@server:shop {before}:main\n")
    hook.chmod(0o755)

    pushed = ann.push()

    assert pushed.returncode == 1
    assert "main of shop has moved since this push began" in pushed.stderr
    assert ann.built() == {"a": "meanwhile"}
    assert branches(paas) == {"refs/heads/main": before}


def test_nobody_deploys_between_a_deploy_and_the_move_of_its_branch(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    assert ann.push().returncode == 0
    first = ann.commit(a="first")
    hooks = paas.paths.repository("shop") / "hooks"
    # git calls this before it moves a branch.
    moving = hooks / "reference-transaction"
    moving.write_text("#!/bin/sh\ntouch moving\nwhile [ -e wait ]; do sleep 0.05; done\n")
    moving.chmod(0o755)
    wait = paas.paths.repository("shop") / "wait"
    wait.touch()

    with ThreadPoolExecutor() as pool:
        try:
            pushing = pool.submit(ann.push, f"{first}:main")
            until(wait.with_name("moving").exists)
            ann.commit(a="second")
            second = ann.push()
        finally:
            wait.unlink()

    assert second.returncode == 1
    assert "shop currently has a deploy lock in place" in second.stderr
    assert pushing.result().returncode == 0
    assert ann.built() == {"a": "first"}
    assert branches(paas) == {"refs/heads/main": first}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
