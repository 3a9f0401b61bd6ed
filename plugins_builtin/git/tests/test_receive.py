from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from paas import App, PaasError, Source, lifecycle
from paas.testing import Harness
from paas_git import receive, repository, source
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


@pytest.fixture
def shop(paas: Harness) -> App:
    paas.real.add("tar")
    app = paas.app("shop")
    (paas.paths.repository("shop") / "hooks" / "pre-receive").unlink()  # these tests call what it calls
    return app


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


def test_a_submodule_is_fetched_at_its_commit(paas: Harness, shop: App, tmp_path: Path) -> None:
    part = tmp_path / "part"
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", "init", "-q", part], check=True)
    (part / "inner").write_text("from the submodule")
    subprocess.run([*run, "-C", part, "add", "-A"], check=True)
    subprocess.run([*run, "-C", part, "commit", "-qm", "x"], check=True)
    commit(paas, shop, {"a": "1"})
    copy = paas.paths.root / "copy-main"
    subprocess.run([*run, "-C", copy, "submodule", "--quiet", "add", part.as_uri(), "lib/part"], check=True)

    new = commit(paas, shop, {})
    with paas.inside(), source.extracted(shop, new, "git-push") as extracted:
        assert (extracted.folder / "lib" / "part" / "inner").read_text() == "from the submodule"


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
