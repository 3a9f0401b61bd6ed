from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import App, Image, InvalidValue, PaasError, Release, Source, apps, hookimpl, lifecycle, releases, tasks
from paas.testing import Harness, Inventory
from paas_git import plugin, receive, repository, source, upkeep
from paas_git.receive import Update
from paas_git.settings import SETTINGS

NOBODY = "0" * 40


class Deploys:
    """Stands in for the lifecycle: what was deployed, and a reason to refuse."""

    def __init__(self) -> None:
        self.sources: list[tuple[str, dict[str, str]]] = []
        self.refusal: PaasError | None = None

    def receive(self, app: App, source: Source, reason: str) -> None:
        if self.refusal:
            raise self.refusal
        files = {str(p.relative_to(source.folder)): p.read_text() for p in source.folder.rglob("*") if p.is_file()}
        self.sources.append((source.reference, files))


@pytest.fixture
def deploys(monkeypatch: pytest.MonkeyPatch) -> Deploys:
    deploys = Deploys()
    monkeypatch.setattr(lifecycle, "receive", deploys.receive)
    return deploys


def commit(paas: Harness, app: App, files: dict[str, str], branch: str = "main") -> str:
    """Store a commit in an app's repository, as a push does before its hook runs."""
    copy = paas.paths.root / f"copy-{branch}"
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(copy)]
    if not copy.exists():
        subprocess.run(["git", "init", "-q", "-b", branch, copy], check=True)
    for name, text in files.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text)
    subprocess.run([*run, "add", "-A"], check=True)
    subprocess.run([*run, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    subprocess.run([*run, "push", "-q", str(paas.paths.repository(app.name)), "HEAD:refs/tmp/x", "-f"], check=True)
    return subprocess.run([*run, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_the_first_branch_becomes_the_deploy_branch_once_it_is_live(paas: Harness, shop: App, deploys: Deploys) -> None:
    new = commit(paas, shop, {"a": "1"})
    with paas.inside():
        deploys.refusal = PaasError("no")
        with pytest.raises(PaasError, match="no"):
            receive.handle(shop, [Update(NOBODY, new, "refs/heads/main")])
        assert SETTINGS.own(shop, "deploy-branch") is None

        deploys.refusal = None
        receive.handle(shop, [Update(NOBODY, new, "refs/heads/main")])
        assert SETTINGS.own(shop, "deploy-branch") == "main"
    assert deploys.sources == [("main", {"a": "1"})]


def test_other_branches_and_tags_are_stored_only(
    paas: Harness, shop: App, deploys: Deploys, capsys: pytest.CaptureFixture[str]
) -> None:
    new = commit(paas, shop, {"a": "1"})
    with paas.inside():
        SETTINGS.set(shop, "deploy-branch", "main")
        receive.handle(shop, [Update(NOBODY, new, "refs/heads/topic"), Update(NOBODY, new, "refs/tags/main")])

    assert deploys.sources == []
    assert "you must push to main" in capsys.readouterr().out


def test_the_deploy_branch_is_not_deleted(paas: Harness, shop: App, deploys: Deploys) -> None:
    with paas.inside():
        SETTINGS.set(shop, "deploy-branch", "main")
        with pytest.raises(PaasError, match="can't be deleted"):
            receive.handle(shop, [Update("1" * 40, NOBODY, "refs/heads/main")])


def test_a_tree_is_what_a_checkout_gives(paas: Harness, shop: App) -> None:
    new = commit(paas, shop, {".gitattributes": "a export-ignore\nb export-subst\n", "a": "1", "b": "$Format:%H$"})
    with paas.inside(), source.extracted(shop, new, "git-push") as extracted:
        assert (extracted.folder / "a").read_text() == "1"
        assert (extracted.folder / "b").read_text() == "$Format:%H$"
        folder = extracted.folder
    assert not folder.exists()


def test_an_empty_commit_is_refused(paas: Harness, shop: App, deploys: Deploys) -> None:
    new = commit(paas, shop, {})
    with paas.inside(), pytest.raises(PaasError, match="has no files"):
        receive.handle(shop, [Update(NOBODY, new, "refs/heads/main")])


def test_a_tree_has_the_modes_of_a_checkout_whatever_the_umask(paas: Harness, shop: App) -> None:
    new = commit(paas, shop, {"a": "1"})
    before = os.umask(0o077)
    try:
        with paas.inside(), source.extracted(shop, new, "git-push") as extracted:
            assert (extracted.folder / "a").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


def test_a_deployed_master_stays_the_deploy_branch(paas: Harness, shop: App, deploys: Deploys) -> None:
    new = commit(paas, shop, {"a": "1"})
    with paas.inside():
        receive.handle(shop, [Update(NOBODY, new, "refs/heads/master")])
        receive.handle(shop, [Update(NOBODY, new, "refs/heads/topic")])

    assert [reference for reference, _ in deploys.sources] == ["master"]


def test_one_of_several_branches_must_be_chosen(paas: Harness, shop: App, deploys: Deploys) -> None:
    updates = [Update(NOBODY, "1" * 40, f"refs/heads/{name}") for name in ("main", "topic")]
    with paas.inside(), pytest.raises(PaasError, match="Any of main, topic"):
        receive.handle(shop, updates)


@pytest.mark.parametrize(
    ("branch", "shown"), [("topic/one", True), ("$(reboot)", False), ("a;reboot", False), ("-x", False), ("a'b", False)]
)
def test_no_branch_can_make_the_advice_dangerous(
    paas: Harness, shop: App, deploys: Deploys, capsys: pytest.CaptureFixture[str], branch: str, shown: bool
) -> None:
    with paas.inside():
        SETTINGS.set(shop, "deploy-branch", "main")
        receive.handle(shop, [Update(NOBODY, "1" * 40, f"refs/heads/{branch}")])

    out = capsys.readouterr().out
    assert "you must push to main" in out
    assert (f"'git push <remote> {branch}:main'" in out) is shown
    assert (branch in out) is shown


def test_a_plugin_may_refuse_or_take_over_another_branch(
    paas: Harness, shop: App, deploys: Deploys, inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    @hookimpl
    def receive_branch(app: App, revision: str, ref: str) -> bool:
        if ref == "refs/heads/forbidden":
            raise PaasError("not this one")
        return True

    inventory.real = True
    inventory.plugin("previews", receive_branch)
    with paas.inside():
        SETTINGS.set(shop, "deploy-branch", "main")
        receive.handle(shop, [Update(NOBODY, "1" * 40, "refs/heads/topic")])
        assert "WARNING" not in capsys.readouterr().out
        with pytest.raises(PaasError, match="not this one"):
            receive.handle(shop, [Update(NOBODY, "1" * 40, f"refs/heads/{name}") for name in ("main", "forbidden")])
    assert deploys.sources == []


WORDS = [b"1" * 40, b"0" * 40, b"a" * 64, b"--x", b"HEAD", b"refs/heads/x", b"refs/", b"-", b"refs/heads/a b\n", b""]


@settings(deadline=None)
@given(st.binary() | st.lists(st.sampled_from(WORDS), min_size=3, max_size=4).map(b" ".join))
def test_whatever_the_hook_reads_is_a_push_or_refused(line: bytes) -> None:
    try:
        updates = receive.parse([line])
    except InvalidValue:
        return

    for update in updates:
        assert update.ref.startswith("refs/")
        assert all(set(commit) <= set("0123456789abcdef") for commit in (update.old, update.new))


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1))
def test_every_ref_that_git_allows_is_read(name: str) -> None:
    line = f"{NOBODY} {'1' * 40} refs/heads/{name}\n"

    assert receive.parse([line.encode()]) == [Update(NOBODY, "1" * 40, f"refs/heads/{name}")]


def test_a_ref_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(InvalidValue, match="UTF-8"):
        receive.parse([f"{NOBODY} {'1' * 40} refs/heads/".encode() + b"\xff\n"])


@pytest.mark.parametrize("revision", ["--output=/tmp/x", "HEAD", "1" * 39, "", "g" * 40])
def test_a_commit_is_named_in_full(revision: str) -> None:
    with pytest.raises(InvalidValue, match="not the name of a commit"):
        receive.parse([f"{NOBODY} {revision} refs/heads/main\n".encode()])


def test_the_variable_of_the_commit_can_be_renamed_and_turned_off(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        assert plugin.app_environment(shop, "abc") == {"GIT_REV": "abc"}
        assert plugin.app_environment(shop, "") == {}
    paas.ok("git:set", "shop", "rev-env-var", "COMMIT")
    with paas.inside():
        assert plugin.app_environment(shop, "abc") == {"COMMIT": "abc"}
    paas.ok("git:set", "shop", "rev-env-var", "")
    with paas.inside():
        assert plugin.app_environment(shop, "abc") == {}


def test_a_clone_of_an_app_has_its_code_and_settings(paas: Harness, shop: App) -> None:
    new = commit(paas, shop, {"a": "1"})
    paas.ok("git:set", "shop", "deploy-branch", "main")

    paas.ok("apps:clone", "--skip-deploy", "shop", "copy")

    with paas.inside():
        copy = apps.load("copy")
        assert repository.has_commit(copy, new)
        assert SETTINGS.own(copy, "deploy-branch") == "main"


def test_a_repository_is_made_once(paas: Harness, shop: App) -> None:
    config = paas.paths.repository("shop") / "config"
    before = config.read_text()

    paas.ok("git:initialize", "shop")

    assert config.read_text() == before
    assert "fsckObjects" in before
    assert [p.name for p in paas.paths.home.iterdir() if p.name.startswith(".shop")] == []


def test_a_repository_is_tidied_up_later_and_keeps_the_live_commit(paas: Harness, shop: App) -> None:
    new = commit(paas, shop, {"a": "1"})
    with paas.inside():
        upkeep.plan(shop)
        upkeep.plan(shop)
        (task,) = tasks.planned("git")
        draft = Release(Image("sha256:1", "x"), revision=new)
        releases.promote(shop, releases.add(shop, draft), [])
        plugin.perform(task)

        assert repository.git(repository.path(shop), "rev-parse", upkeep.LIVE) == new
    assert any(argv[-3:] == ["gc", "--auto", "--quiet"] for argv in paas.ran)


def test_a_repository_is_packed_when_asked_to_and_keeps_the_live_commit(paas: Harness, shop: App) -> None:
    new = commit(paas, shop, {"a": "1"})
    folder = paas.paths.repository("shop")
    with paas.inside():
        draft = Release(Image("sha256:1", "x"), revision=new)
        releases.promote(shop, releases.add(shop, draft), [])

        plugin.repo_gc(shop)

        assert repository.has_commit(shop, new)
    assert list((folder / "objects" / "pack").glob("*.pack"))
    assert not (folder / "objects" / new[:2]).exists()


def test_a_live_commit_that_is_gone_is_said_to_be(paas: Harness, shop: App) -> None:
    with paas.inside():
        assert not repository.has_commit(shop, "1" * 40)
        assert not repository.has_commit(shop, "--help")


def test_the_hook_names_no_app_so_that_a_rename_keeps_it(paas: Harness) -> None:
    paas.app("shop")
    hook = paas.paths.repository("shop") / "hooks" / "pre-receive"

    assert "shop" not in hook.read_text()
    paas.ok("apps:rename", "shop", "store")
    assert (paas.paths.repository("store") / "hooks" / "pre-receive").exists()
    assert not paas.paths.repository("shop").exists()


def test_a_destroyed_app_has_no_repository(paas: Harness, shop: App) -> None:
    paas.ok("apps:destroy", "--force", "shop")

    assert not paas.paths.repository("shop").exists()
