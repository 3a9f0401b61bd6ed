from __future__ import annotations

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import InvalidValue
from paas.testing import Harness
from paas_git import names, remote


@pytest.mark.parametrize("path", ["shop", "'shop'", "/shop", "shop.git", "'/shop.git'", "shop/"])
def test_a_client_names_an_app_in_many_ways(path: str) -> None:
    assert names.repository_name(path) == "shop"


@given(st.text())
def test_no_path_names_more_than_an_app(path: str) -> None:
    try:
        name = names.repository_name(path)
    except InvalidValue:
        return

    assert "/" not in name
    assert name.strip(".") == name


@pytest.mark.parametrize("url", ["ext::sh -c id", "-oProxyCommand=id", "--upload-pack=id", "a\nb", "../other", "fd::3"])
def test_a_url_that_could_run_something_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue):
        remote.checked_url(url)


@pytest.mark.parametrize("url", ["https://h/x.git", "ssh://git@h:22/x", "git@h:x/y.git", "file:///srv/x", "/srv/x"])
def test_a_url_of_a_repository_is_taken(url: str) -> None:
    assert remote.checked_url(url) == url


def test_an_unknown_app_is_not_created_by_a_clone(paas: Harness) -> None:
    assert paas.run("git-upload-pack", "'shop'", key="ann").exit_code == 20
    assert paas.run("apps:exists", "shop").exit_code == 20


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


def test_credentials_are_kept_for_the_owner_only(paas: Harness) -> None:
    paas.ok("git:auth", "example.com", "ann", input="secret\n")

    file = paas.paths.home / ".netrc"
    assert file.read_text() == "machine example.com login ann password secret\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    paas.ok("git:auth-status", "example.com", "ann")
    paas.ok("git:auth", "example.com")
    assert paas.run("git:auth-status", "example.com").exit_code == 1


def test_a_deploy_key_is_made_once(paas: Harness) -> None:
    assert paas.run("git:public-key").exit_code == 1

    paas.ok("git:generate-deploy-key")
    public = paas.ok("git:public-key")
    paas.ok("git:generate-deploy-key")

    assert public.startswith("ssh-ed25519 ")
    assert paas.ok("git:public-key") == public
