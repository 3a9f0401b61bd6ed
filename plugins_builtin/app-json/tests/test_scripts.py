from __future__ import annotations

import json
from dataclasses import replace

import pytest

from paas import PaasError
from paas.testing import Harness
from paas_app_json import scripts
from paas_scheduler_docker.testing import Stage

MIGRATES = "web: serve\nrelease: echo migrating\n"


def manifest(**named: str) -> str:
    """An app.json whose scripts print their name, or do what is given for it."""
    first = named.pop("first", "")
    return json.dumps({"scripts": {"dokku": named, "postdeploy": first}})


def test_the_scripts_of_a_deploy_run_in_order(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(Procfile=MIGRATES, app_json=manifest(predeploy="echo pre", postdeploy="echo post", first="echo seed"))

    out = capsys.readouterr().out
    wanted = ("pre", "migrating", "seed", "post", "All checks successful (web.1)")
    assert [line.strip() for line in out.splitlines() if line.strip() in wanted] == [
        "pre", "migrating", "seed", "All checks successful (web.1)", "post",
    ]  # fmt: skip
    assert "       Executing predeploy task from app.json: echo pre\n" in out
    assert "       Executing release task from the Procfile: echo migrating\n" in out


def test_a_release_process_runs_once_and_does_not_go_on(stage: Stage) -> None:
    stage.deploy(Procfile=MIGRATES)

    assert stage.running() == ["web.1"]
    assert sorted(stage.containers()) == ["shop.web.1"]


def test_a_release_process_cannot_be_scaled(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=MIGRATES)

    refused = paas.run("ps:scale", "shop", "release=1")

    assert refused.exit_code == 1
    assert "release can't be scaled up" in refused.stderr
    with pytest.raises(PaasError, match="release can't be scaled up"):
        stage.deploy(Procfile=MIGRATES, app_json='{"formation": {"release": {"quantity": 1}}}')
    assert paas.ok("--quiet", "ps:scale", "shop") == "release: 0\nweb:  1\n"


@pytest.mark.parametrize(
    ("procfile", "app_json", "failed"),
    [
        ("web: serve\nrelease: echo no table; exit 4", "{}", "The release task of shop failed with exit code 4"),
        ("web: serve", manifest(predeploy="exit 1"), "The predeploy task of shop failed"),
        ("web: serve", manifest(postdeploy="exit 1"), "The postdeploy task of shop failed"),
    ],
)
def test_a_task_that_fails_refuses_the_deploy_and_leaves_nothing(
    stage: Stage, paas: Harness, procfile: str, app_json: str, failed: str
) -> None:
    first = stage.deploy(Procfile="web: serve")
    before = stage.routes["shop"], stage.containers()

    with pytest.raises(PaasError, match=failed):
        stage.deploy(Procfile=procfile, app_json=app_json)

    assert (stage.routes["shop"], stage.containers()) == before
    assert stage.live().number == first.number


def test_a_restart_has_nothing_to_migrate_but_a_change_of_config_has(
    stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy(Procfile=MIGRATES, app_json=manifest(predeploy="echo pre", postdeploy="echo post"))

    assert tasks(paas.ok("ps:restart", "shop")) == ["postdeploy"]
    assert tasks(paas.ok("ps:scale", "shop", "web=2")) == []
    assert scripts.has_changed(stage.live(), None)
    changed = replace(stage.live(), config={"COLOUR": "red"})
    assert scripts.has_changed(changed, stage.live())
    assert not scripts.has_changed(stage.live(), stage.live())


def test_the_same_image_pushed_again_is_migrated_again(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(Procfile=MIGRATES)
    capsys.readouterr()

    stage.deploy(Procfile=MIGRATES)

    assert tasks(capsys.readouterr().out) == ["release"]


def test_the_script_of_the_first_deploy_runs_once_in_an_apps_life(
    stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PaasError, match="exit code 2"):
        stage.deploy(app_json=manifest(first="exit 2"))
    with pytest.raises(PaasError, match="Could not start"):
        stage.deploy(Procfile="web: exit 1", app_json=manifest(first="echo seed"))
    assert tasks(capsys.readouterr().out) == ["postdeploy", "postdeploy"]

    stage.deploy(app_json=manifest(first="echo seed"))
    stage.deploy(app_json=manifest(first="echo seed"))

    assert tasks(capsys.readouterr().out) == []


def test_ours_goes_before_dokkus() -> None:
    both = {"scripts": {"paas": {"predeploy": "ours"}, "dokku": {"predeploy": "theirs", "postdeploy": "theirs"}}}

    assert scripts.of_deploy(both, "predeploy") == "ours"
    assert scripts.of_deploy(both, "postdeploy") == "theirs"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"scripts": []}', "no object where its scripts is"),
        ('{"scripts": {"dokku": "x"}}', "no object where its dokku is"),
        ('{"scripts": {"dokku": {"predeploy": ["x"]}}}', "for scripts.dokku.predeploy"),
        ('{"scripts": {"paas": {"postdeploy": 1}}}', "for scripts.paas.postdeploy"),
        ('{"scripts": {"postdeploy": "a\\u0000b"}}', "for scripts.postdeploy"),
    ],
)
def test_scripts_that_are_none_are_refused_before_anything_is_built(stage: Stage, text: str, wrong: str) -> None:
    with pytest.raises(PaasError, match=wrong):
        stage.deploy(app_json=text)

    assert "build" not in [call[0] for call in stage.docker.calls]


def tasks(out: str) -> list[str]:
    """The tasks that were run, by the lines that say so."""
    return [line.split()[3] for line in out.splitlines() if line.startswith("-----> Checking for ")]
