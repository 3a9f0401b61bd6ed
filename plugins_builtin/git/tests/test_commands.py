from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import App, InvalidValue, PaasError, hookimpl, locks
from paas.testing import Harness, Inventory
from paas_git import names


@pytest.mark.parametrize("path", ["shop", "'shop'", "/shop", "shop.git", "'/shop.git'", "shop/"])
def test_a_client_names_an_app_in_many_ways(path: str) -> None:
    assert names.repository_name(path) == "shop"


@settings(deadline=None)
@given(st.text("/.'~a-\0 ") | st.text())
def test_no_path_names_more_than_an_app(path: str) -> None:
    try:
        name = names.repository_name(path)
    except InvalidValue:
        return

    assert "/" not in name
    assert name.strip(".") == name


def test_an_unknown_app_is_not_created_by_a_clone(paas: Harness) -> None:
    assert paas.run("git-upload-pack", "'shop'", key="ann").exit_code == 20
    assert paas.run("apps:exists", "shop").exit_code == 20


@pytest.mark.parametrize("words", [["--upload-pack=touch /tmp/x"], ["-h"], [], ["shop", "shop"]])
def test_git_gets_no_option_and_nothing_but_one_name(paas: Harness, words: list[str]) -> None:
    result = paas.run("git-upload-pack", *words, key="ann")

    assert result.exit_code == 2
    assert "takes the name of an app and nothing else" in result.stderr


def test_autocreation_can_be_turned_off(paas: Harness) -> None:
    paas.ok("apps:set", "--global", "disable-autocreation", "true")

    result = paas.run("git-receive-pack", "'shop'", key="ann")

    assert result.exit_code == 1
    assert "auto-creation disabled" in result.stderr
    assert paas.run("apps:exists", "shop").exit_code == 20


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", "a~1", "x.lock", "@{", "a\nb", "refs/", "/a"])
def test_an_odd_branch_is_refused(paas: Harness, branch: str) -> None:
    paas.app("shop")

    result = paas.run("git:set", "shop", "deploy-branch", "--", branch)

    assert result.exit_code == 1
    assert "is not a name for a branch" in result.stderr
    assert "Such as main" in result.stderr


def test_a_report_has_the_settings_and_what_is_live(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("git:set", "shop", "deploy-branch", "main")
    paas.ok("git:set", "--global", "keep-git-dir", "true")

    report = json.loads(paas.ok("git:report", "shop", "--format", "json"))

    assert report["deploy-branch"] == "main"
    assert (report["keep-git-dir"], report["computed-keep-git-dir"]) == ("", "true")
    assert (report["sha"], report["last-updated-at"]) == ("", "")
    assert paas.ok("git:report", "shop", "--git-rev-env-var") == "\n"
    assert paas.ok("git:report", "shop", "--git-computed-rev-env-var") == "GIT_REV\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("keep-git-dir", "maybe"),
        ("rev-env-var", "1X"),
        ("rev-env-var", "A B"),
        ("archive-max-files", "-1"),
        ("archive-max-size", "1e9"),
        ("source-image", "a b"),
        ("source-image", "a\nRUN id"),
    ],
)
def test_a_wrong_setting_is_refused(paas: Harness, key: str, value: str) -> None:
    paas.app("shop")

    assert paas.run("git:set", "shop", key, "--", value).exit_code == 1
    assert paas.ok("git:report", "shop", f"--git-{key}") == "\n"


def test_a_plugin_may_refuse_a_clone(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def git_pre_pull(app: App) -> None:
        raise PaasError(f"{app.name} is not to be read")

    inventory.real = True
    inventory.plugin("secrets", git_pre_pull)
    paas.app("shop")

    assert "shop is not to be read" in paas.run("git-upload-pack", "'shop'", key="ann").stderr


def test_a_key_is_asked_about_the_app_that_git_names(paas: Harness, inventory: Inventory) -> None:
    asked = []

    @hookimpl
    def authorize(verb: str, app: str | None) -> None:
        asked.append((verb, app))
        raise PaasError("no")

    inventory.real = True
    inventory.plugin("acl", authorize)
    folder = paas.paths.repository(paas.app("shop").name)
    for words in (["git-receive-pack", "'/new.git'"], ["git-upload-pack", "shop"], ["git-hook", str(folder)]):
        assert paas.run(*words, key="ann").exit_code == 1

    assert asked == [("git-receive-pack", "new"), ("git-upload-pack", "shop"), ("git-hook", "shop")]
    assert paas.run("apps:exists", "new").exit_code == 20


def test_unlocking_says_who_holds_the_lock_of_deploys_and_takes_nothing_from_them(paas: Harness) -> None:
    shop = paas.app("shop")
    assert "No deploy holds the lock of shop" in paas.ok("git:unlock", "shop")

    with paas.inside(), locks.deploying(shop.id, "shop", "git push"):
        refused = paas.run("git:unlock", "shop")
        assert locks.holder(shop.id)

    assert refused.exit_code == 1
    assert "shop is locked by git push by " in refused.stderr
    assert "builds:cancel shop" in refused.stderr
