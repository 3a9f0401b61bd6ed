from __future__ import annotations

import stat
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from paas import InvalidValue, PaasError
from paas.errors import ProgramFailed
from paas.testing import Harness
from paas_git import remote

REFUSED = ["ext::sh -c id", "-oProxyCommand=id", "--upload-pack=id", "a\nb", "../other", "fd::3", "::x", "https://",
           "ssh:///x", "git@-oProxyCommand=id:x", "git@h:-x", "ftp://h/x", "javascript:x", "https://[::1"]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_could_run_something_is_refused(paas: Harness, url: str) -> None:
    with paas.inside(), pytest.raises(InvalidValue):
        remote.checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://h/x.git", "https://[::1]/x", "ssh://git@h:22/x", "git@h:x/y.git", "file:///srv/x", "/srv/x"]
)
def test_a_url_of_a_repository_is_taken(paas: Harness, url: str) -> None:
    with paas.inside():
        assert remote.checked_url(url) == url


@pytest.mark.parametrize("url", ["/srv/x", "file:///srv/x", "FILE:///srv/x"])
def test_a_key_reads_no_folder_of_the_server(paas: Harness, url: str) -> None:
    with paas.inside(key="ann"), pytest.raises(PaasError, match="on the server itself"):
        remote.checked_url(url)


PIECES = ["https", "ssh", "git", "ext", "file", ":", "//", "@", "-", "host", "/x", " ", "[::1]", "22", "sh -c id", "\n"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_no_url_is_an_option_or_a_helper(url: str) -> None:
    assume(not remote._is_local(url))
    try:
        remote.checked_url(url)
    except InvalidValue:
        return

    assert not url.startswith("-")
    assert "::" not in url.partition("/")[0].partition("@")[0]
    assert remote._scheme(url) in remote.SCHEMES or remote._SCP_LIKE.fullmatch(url)
    assert urlsplit(url).hostname or "@" in url
    assert not any(host.startswith("-") for host in url.split("@")[1:])


def test_a_folder_that_is_not_the_accounts_is_refused_with_a_way_out(paas: Harness) -> None:
    gits_words = "fatal: detected dubious ownership in repository at '/srv/x/.git'\nTo add an exception for this"

    with paas.inside():
        refused = remote._refused("/srv/x", "main", ProgramFailed(["git"], 128, gits_words))

    assert "git reads no other account's repositories" in refused.message
    assert "git:from-directory APP /srv/x" in str(refused.hint)


def test_a_folder_that_cannot_be_read_needs_no_credentials(paas: Harness) -> None:
    with paas.inside():
        refused = remote._refused("/root/x", "HEAD", ProgramFailed(["git"], 128, "fatal: no git repository"))

    assert "git:auth" not in str(refused.hint)
    assert "must be able to read it" in str(refused.hint)


def test_a_password_in_a_url_is_not_shown() -> None:
    assert remote.public("https://ann:secret@h/x.git") == "https://ann@h/x.git"
    assert remote.public("https://token@h/x.git") == "https://h/x.git"
    assert remote.public("ssh://git@h/x.git") == "ssh://git@h/x.git"
    assert remote.public("https://h/x@y:z") == "https://h/x@y:z"
    assert remote.public("git@h:x.git") == "git@h:x.git"


def test_credentials_are_kept_for_the_owner_only(paas: Harness) -> None:
    paas.ok("git:auth", "example.com", "ann", input="secret\n")

    file = paas.paths.home / ".netrc"
    assert file.read_text() == "machine example.com login ann password secret\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    paas.ok("git:auth-status", "example.com")
    paas.ok("git:auth-status", "example.com", "ann", "secret")
    assert paas.run("git:auth-status", "example.com", "ann", "other").exit_code == 1


def test_new_credentials_replace_those_of_the_host_and_leave_what_others_wrote(paas: Harness) -> None:
    file = paas.paths.home / ".netrc"
    file.write_text("# by hand\nmachine other\n  login me\n  password it\ndefault login x password y\n")

    paas.ok("git:auth", "example.com", "ann", "one")
    paas.ok("git:auth", "example.com", "bob", "two")
    assert file.read_text().endswith("password y\nmachine example.com login bob password two\n")

    paas.ok("git:auth", "example.com")
    assert file.read_text() == "# by hand\nmachine other\n  login me\n  password it\ndefault login x password y\n"
    assert paas.run("git:auth-status", "example.com").exit_code == 1


@pytest.mark.parametrize(
    "words", [("a b", "x", "y"), ("h", "x y", "z"), ("h", "x", "y\nmachine evil"), ("h", "x", "#"), ("-h", "x", "y")]
)
def test_credentials_that_netrc_cannot_hold_are_refused(paas: Harness, words: tuple[str, ...]) -> None:
    assert paas.run("git:auth", "--", *words).exit_code == 1
    assert not (paas.paths.home / ".netrc").exists()


def test_a_password_is_needed(paas: Harness) -> None:
    assert "No password was given" in paas.run("git:auth", "h", "ann").stderr


def test_a_deploy_key_is_made_once(paas: Harness) -> None:
    assert paas.run("git:public-key").exit_code == 1

    paas.ok("git:generate-deploy-key")
    public = paas.ok("git:public-key")
    paas.ok("git:generate-deploy-key")

    assert public.startswith("ssh-ed25519 ")
    assert paas.ok("git:public-key") == public


def test_a_host_is_known_by_its_keys(paas: Harness) -> None:
    known = paas.paths.home / ".ssh" / "known_hosts"
    known.parent.mkdir()
    known.write_text("other ssh-rsa AAAA\n")
    paas.programs["ssh-keyscan"] = lambda argv, _: f"# banner\n{argv[-1]} ssh-ed25519 AAAA\n"

    paas.ok("git:allow-host", "git.example.com:2222")
    paas.ok("git:allow-host", "git.example.com:2222")

    assert known.read_text() == "other ssh-rsa AAAA\ngit.example.com ssh-ed25519 AAAA\n"
    assert paas.ran[-1][-3:] == ["-p", "2222", "git.example.com"]


def test_a_host_without_keys_is_not_known(paas: Harness) -> None:
    paas.programs["ssh-keyscan"] = lambda argv, _: ""

    assert "shows no ssh keys" in paas.run("git:allow-host", "git.example.com").stderr
    assert paas.run("git:allow-host", "--", "-oX").exit_code == 1
