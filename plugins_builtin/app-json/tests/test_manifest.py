from __future__ import annotations

import pytest

from paas import PaasError, lifecycle
from paas.testing import Harness
from paas_app_json import api
from paas_scheduler_docker.testing import Stage


def test_app_json_may_hold_comments_and_a_last_comma() -> None:
    text = """{
      // a comment, and "quotes"
      "name": "http://x/*y*/,}", /* another
      */ "formation": {"web": {"quantity": 2,},},
    }"""

    assert api.parse(text) == {"name": "http://x/*y*/,}", "formation": {"web": {"quantity": 2}}}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{\n"formation": \n}', "Line 3 of app.json is not JSON"),
        ("[]", "app.json is not an object"),
        ("[" * 100000, "nested too deeply"),
    ],
)
def test_an_app_json_that_is_wrong_is_refused_before_anything_is_built(stage: Stage, text: str, wrong: str) -> None:
    with pytest.raises(PaasError, match=wrong):
        stage.deploy(app_json=text)

    assert "build" not in [call[0] for call in stage.docker.calls]


def test_app_json_may_lie_elsewhere(stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    paas.app("shop")
    paas.ok("app-json:set", "shop", "appjson-path", "prod.json")

    stage.deploy(prod_json='{"name": "prod"}')
    assert live(stage) == {"name": "prod"}

    stage.deploy(app_json='{"name": "plain"}')
    assert live(stage) == {}
    assert capsys.readouterr().err.count("The source has no prod.json") == 1


@pytest.mark.parametrize("stage_also", [("paas-builder",)])
@pytest.mark.parametrize("path", ["app_json", "deploy/app_json"])
def test_app_json_is_looked_for_in_the_folder_that_is_built(stage: Stage, paas: Harness, path: str) -> None:
    paas.app("shop")
    paas.ok("builder:set", "shop", "build-dir", "services/web")
    paas.ok("app-json:set", "shop", "appjson-path", path.replace("_", "."))

    stage.deploy(**{path: '{"name": "of all"}', f"services/web/{path}": '{"name": "of web"}'})

    assert live(stage) == {"name": "of web"}


@pytest.mark.parametrize("path", ["../app.json", "/etc/app.json", "a/../../app.json"])
def test_a_path_out_of_the_source_cannot_be_set(paas: Harness, path: str) -> None:
    paas.app("shop")

    assert paas.run("app-json:set", "shop", "appjson-path", path).exit_code == 1


def test_the_path_is_reported(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("app-json:set", "--global", "appjson-path", "deploy/app.json")

    assert paas.ok("app-json:report", "shop", "--app-json-computed-appjson-path") == "deploy/app.json\n"
    assert '"global-appjson-path": "deploy/app.json"' in paas.ok("app-json:report", "shop", "--format", "json")


# What is kept of it


def test_a_restart_has_the_manifest_of_the_source(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json='{"name": "one"}')

    paas.ok("ps:restart", "shop")

    assert live(stage) == {"name": "one"}


def test_the_manifest_of_a_deploy_that_failed_is_not_that_of_what_runs(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json='{"name": "one"}')

    with pytest.raises(PaasError):
        stage.deploy(Procfile="web: exit 1", app_json='{"name": "two"}')
    assert live(stage) == {"name": "one"}

    paas.ok("ps:restart", "shop")
    assert live(stage) == {"name": "one"}


def test_a_source_without_app_json_ends_what_the_one_before_said(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json='{"name": "one"}')

    stage.deploy()

    assert live(stage) == {}


def test_a_clone_has_its_originals_manifest_for_good(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json='{"name": "one"}')

    paas.ok("apps:clone", "shop", "copy")
    paas.ok("--force", "apps:destroy", "shop")

    assert live(stage, "copy") == {"name": "one"}


def test_a_release_of_an_older_image_has_the_manifest_of_that_image(stage: Stage, paas: Harness) -> None:
    first = stage.deploy(app_json='{"name": "one"}')
    stage.docker.add_image("other:latest", command=("serve",))
    stage.image = stage.image.__class__("other:latest", "stage")
    stage.deploy(app_json='{"name": "two"}')

    shop = paas.app("shop")
    with paas.inside(), lifecycle.deploying(shop, "test"):
        lifecycle.start(shop, lifecycle.record(shop, first.image, first, "test"))

    assert live(stage) == {"name": "one"}


def live(stage: Stage, name: str = "shop") -> object:
    with stage.paas.inside():
        return api.of_release(stage.live(name))
