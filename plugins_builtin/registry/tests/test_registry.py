from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from paas import App, Image, InvalidValue, PaasError, hookimpl
from paas.testing import Harness, Inventory
from paas_docker.api import registry_logins
from paas_docker.testing import FakeDocker
from paas_registry import credentials, settings
from paas_scheduler_docker.testing import Stage

SERVER = "registry.example.com:5000"
SECRET = "s3cret-Token"


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-registry", "paas-config")


@pytest.fixture
def shop(stage: Stage, paas: Harness) -> App:
    app = paas.app("shop")
    paas.ok("registry:set", "--global", "server", SERVER)
    paas.ok("registry:set", "shop", "push-on-release", "true")
    return app


def build_anew(stage: Stage, word: str) -> str:
    """Have the next build come to another image; its id."""
    id = stage.docker.add_image(f"built:{word}", command=("serve", word)).id
    stage.image = Image(id, "stage")
    return id


# Logging in


@pytest.mark.parametrize("flag", [(), ("--password-stdin",)])
def test_the_password_comes_on_standard_input_and_is_for_nobody_else_to_read(
    stage: Stage, paas: Harness, inventory: Inventory, flag: Sequence[str]
) -> None:
    heard: list[tuple[str | None, str, str]] = []

    @hookimpl
    def post_registry_login(app: App | None, server: str, username: str) -> None:
        heard.append((app.name if app else None, server, username))

    inventory.plugin("ears", post_registry_login)
    paas.app("shop")

    said = [
        paas.ok("registry:login", *flag, "--global", SERVER, "ann", input=f"{SECRET}\n"),
        paas.ok("registry:login", *flag, "shop", "docker.io", "bob", input=SECRET),
        paas.ok("registry:report", "shop"),
        paas.ok("registry:report", "--global"),
    ]

    assert heard == [(None, SERVER, "ann"), ("shop", "docker.io", "bob")]
    assert said[0] == f"-----> Logged in to {SERVER} as ann\n"
    assert SECRET not in "".join(said)
    assert paas.ok("registry:report", "shop", "--registry-logins") == "docker.io\n"
    assert paas.ok("registry:report", "--global", "--registry-global-logins") == f"{SERVER}\n"
    with paas.inside():
        for place in (credentials.place(None), credentials.place(paas.app("shop"))):
            assert place.stat().st_mode & 0o777 == 0o700
            assert (place / "config.json").stat().st_mode & 0o077 == 0
    assert not any(SECRET in " ".join(argv) for argv in paas.ran)


def test_a_password_among_the_words_is_refused_and_not_repeated(stage: Stage, paas: Harness) -> None:
    refused = paas.run("registry:login", "--global", SERVER, "ann", SECRET)

    assert refused.exit_code == 2
    assert "not taken there" in refused.stderr
    assert SECRET not in refused.stdout + refused.stderr
    assert not [call for call in stage.docker.calls if call[0] == "login"]


@pytest.mark.parametrize("given", ["", "\n", "two\nlines\n", "nul\0"])
def test_what_is_no_password_is_refused(stage: Stage, paas: Harness, given: str) -> None:
    assert paas.run("registry:login", "--global", SERVER, "ann", input=given).exit_code == 2


def test_a_login_that_the_registry_refuses_is_not_kept(stage: Stage, paas: Harness) -> None:
    refused = paas.run("registry:login", "--global", SERVER, "ann", input="wrong")

    assert refused.exit_code == 1
    assert "unauthorized" in refused.stderr
    assert paas.ok("registry:report", "--global", "--registry-global-logins") == "\n"


def test_who_logs_out_is_forgotten(stage: Stage, paas: Harness) -> None:
    paas.ok("registry:login", "--global", SERVER, "ann", input=SECRET)

    assert paas.run("registry:logout", "--global", "elsewhere.example.com").exit_code == 1
    assert paas.ok("registry:logout", "--global", SERVER) == f"-----> Logged out of {SERVER}\n"

    assert paas.ok("registry:report", "--global", "--registry-global-logins") == "\n"


@pytest.mark.parametrize(
    ("server", "user"), [("https://x.example.com", "ann"), ("-x", "ann"), (SERVER, "a:b"), (SERVER, "")]
)
def test_a_login_that_can_not_be_meant_is_refused(stage: Stage, paas: Harness, server: str, user: str) -> None:
    assert paas.run("registry:login", "--global", "--", server, user, input=SECRET).exit_code in (1, 2)
    assert not [call for call in stage.docker.calls if call[0] == "login"]


# Pushing


def test_each_new_image_is_pushed_under_the_number_of_its_release(
    stage: Stage, paas: Harness, docker: FakeDocker, shop: App
) -> None:
    paas.ok("registry:set", "shop", "push-extra-tags", "latest, stable")
    first = build_anew(stage, "one")
    stage.deploy()
    names = [f"{SERVER}/paas/shop:{tag}" for tag in ("1", "latest", "stable")]
    assert {name: id for name, (id, _) in docker.pushed.items()} == dict.fromkeys(names, first)

    paas.ok("config:set", "shop", "A=1")
    paas.ok("ps:restart", "shop")
    assert [name for method, name in docker.calls if method == "push"] == names, "a restart needs no registry"

    second = build_anew(stage, "two")
    release = stage.deploy()
    assert docker.pushed[names[0]][0] == first
    assert docker.pushed[names[1]][0] == docker.pushed[f"{SERVER}/paas/shop:{release.number}"][0] == second
    assert paas.ok("registry:report", "shop", "--registry-tag-version") == f"{release.number}\n"


def test_nothing_is_pushed_unless_it_is_asked_for(stage: Stage, docker: FakeDocker, paas: Harness, shop: App) -> None:
    paas.ok("registry:set", "shop", "push-on-release")
    stage.deploy()

    assert docker.pushed == {}


def test_what_can_not_be_pushed_does_not_go_live(stage: Stage, paas: Harness, docker: FakeDocker, shop: App) -> None:
    stage.deploy()
    before = docker.state("shop.web.1").id
    build_anew(stage, "two")
    docker.refusals["push"] = "denied: requested access to the resource is denied"

    with pytest.raises(PaasError, match="could not be pushed: denied"):
        stage.deploy()
    assert docker.state("shop.web.1").id == before

    del docker.refusals["push"]
    stage.deploy()
    assert docker.state("shop.web.1").id != before


def test_an_app_pushes_with_its_own_login_if_it_has_one(
    stage: Stage, paas: Harness, docker: FakeDocker, shop: App
) -> None:
    paas.ok("registry:login", "--global", SERVER, "ann", input=SECRET)
    stage.deploy()
    paas.ok("registry:login", "shop", SERVER, "bob", input=SECRET)
    build_anew(stage, "two")
    stage.deploy()

    with paas.inside():
        wanted = [credentials.place(None), credentials.place(shop)]
    assert [folder for _, folder in docker.pushed.values()] == wanted


def test_an_app_builds_with_its_own_login_and_those_of_all(paas: Harness, stage: Stage, shop: App) -> None:
    paas.ok("registry:login", "--global", SERVER, "ann", input=SECRET)
    paas.ok("registry:login", "--global", "other.example.com", "ann", input=SECRET)
    with paas.inside():
        assert registry_logins(shop) is None, "docker finds those of all by itself"
    paas.ok("registry:login", "shop", SERVER, "bob", input=SECRET)

    with paas.inside():
        folder = registry_logins(shop)
        assert folder
        file = folder / "config.json"
        merged, own, shared = (
            json.loads(f.read_text())["auths"]
            for f in (file, *(credentials.place(a) / "config.json" for a in (shop, None)))
        )
    assert merged == {SERVER: own[SERVER], "other.example.com": shared["other.example.com"]}
    assert file.stat().st_mode & 0o077 == 0


def test_a_new_repository_gets_the_image_that_runs(stage: Stage, paas: Harness, docker: FakeDocker, shop: App) -> None:
    stage.deploy()
    paas.ok("registry:set", "shop", "image-repo", "company/store")
    paas.ok("ps:restart", "shop")

    assert list(docker.pushed) == [f"{SERVER}/paas/shop:1", f"{SERVER}/company/store:2"]


def test_a_clone_has_a_repository_of_its_own(stage: Stage, paas: Harness, docker: FakeDocker, shop: App) -> None:
    paas.ok("registry:set", "shop", "image-repo", "company/store")
    paas.ok("registry:login", "shop", SERVER, "bob", input=SECRET)
    stage.deploy()

    paas.ok("apps:clone", "shop", "copy")

    assert f"{SERVER}/paas/copy:1" in docker.pushed
    assert paas.ok("registry:report", "copy", "--registry-logins") == f"{SERVER}\n"


# Names


@pytest.mark.parametrize(
    ("server", "template", "name", "expected"),
    [
        ("", "", "shop", "paas/shop"),
        ("docker.io/", "", "shop", "paas/shop"),
        ("hub.docker.com", "", "shop", "paas/shop"),
        ("ghcr.io", "company/{{ .AppName }}", "shop", "ghcr.io/company/shop"),
        ("ghcr.io/team/", "{{.AppName}}-x", "shop", "ghcr.io/team/shop-x"),
        ("127.0.0.1:5000", "", "a-.b", "127.0.0.1:5000/paas/a-b"),
    ],
)
def test_a_repository_is_made_of_server_template_and_app(
    stage: Stage, paas: Harness, server: str, template: str, name: str, expected: str
) -> None:
    app = paas.app(name)
    paas.ok("registry:set", name, "server", server)
    paas.ok("registry:set", "--global", "image-repo-template", template)

    with paas.inside():
        assert settings.destination(app) == expected


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (settings.server, "https://x"), (settings.server, "x:port"), (settings.server, "-x"), (settings.server, "a b"),
        (settings.server, "x;y"), (settings.server, "x" * 300), (settings.server, "/"),
        (settings.repository, "Shop"), (settings.repository, "/shop"), (settings.repository, "a//b"),
        (settings.repository, "shop:1"), (settings.repository, "../x"), (settings.repository, "-x"),
        (settings.template, "shop"), (settings.template, "{{ .Name }}"), (settings.template, "{{ .AppName }}; x"),
        (settings.tags, "a b"), (settings.tags, "-x"), (settings.tags, ","), (settings.tags, "x" * 129),
    ],
)  # fmt: skip
def test_a_name_that_docker_would_misread_is_refused(check: Callable[[str], str], value: str) -> None:
    with pytest.raises(InvalidValue):
        check(value)


def test_the_report_has_all_of_it(stage: Stage, paas: Harness, shop: App) -> None:
    report = json.loads(paas.ok("registry:report", "shop", "--format", "json"))

    assert report["computed-server"] == report["global-server"] == SERVER
    assert report["computed-image-repo"] == "paas/shop"
    assert report["computed-push-on-release"] == "true"
