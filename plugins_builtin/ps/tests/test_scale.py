from __future__ import annotations

import json

import pytest

from paas import App, PaasError, lifecycle, releases
from paas.testing import Harness
from paas_ps import scale
from paas_scheduler_docker.testing import Stage

TWO = "web: serve\nworker: work\n"


def test_a_new_app_runs_one_web_and_nothing_else(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)

    assert stage.running() == ["web.1"]
    assert paas.ok("ps:scale", "shop").splitlines() == [
        "-----> Scaling for shop",
        "proctype: qty",
        "--------: ---",
        "web:  1",
        "worker: 0",
    ]


def test_counts_alone_are_printed_when_quiet_or_as_json(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)

    assert paas.ok("--quiet", "ps:scale", "shop") == "web:  1\nworker: 0\n"
    assert json.loads(paas.ok("ps:scale", "--format", "json", "shop")) == [
        {"process_type": "web", "quantity": 1},
        {"process_type": "worker", "quantity": 0},
    ]


def test_scaling_up_starts_only_the_difference(stage: Stage, paas: Harness) -> None:
    release = stage.deploy(Procfile=TWO)
    (old,) = stage.containers().values()

    printed = paas.ok("ps:scale", "shop", "web=3", "worker=1")

    assert "-----> Scaling shop processes: web=3 worker=1" in printed
    assert "-----> Deploying web (count=2)" in printed
    assert stage.running() == ["web.1", "web.2", "web.3", "worker.1"]
    assert stage.containers()["shop.web.1"].id == old.id
    assert len(stage.routes["shop"]) == 3
    shop = paas.app("shop")
    with paas.inside():
        assert [r.number for r in releases.all(shop)] == [release.number], "the release stays"


def test_scaling_down_stops_only_the_surplus(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "web=3")
    kept = stage.containers()["shop.web.1"].id

    paas.ok("ps:scale", "shop", "web=1")

    assert stage.running() == ["web.1"]
    assert stage.containers()["shop.web.1"].id == kept
    assert len(stage.routes["shop"]) == 1
    assert stage.docker.state("shop.web.3").is_running, "it may finish what it does"


def test_a_scale_that_waited_for_another_leaves_what_that_one_did(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.deploy(Procfile=TWO)
    scaled = lifecycle.scale

    def after_another(app: App, wanted: dict[str, int]) -> None:
        scaled(app, {"web": 2})
        scaled(app, wanted)

    monkeypatch.setattr(lifecycle, "scale", after_another)
    paas.ok("ps:scale", "shop", "worker=1")

    assert stage.running() == ["web.1", "web.2", "worker.1"]


def test_scaling_that_fails_changes_nothing(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: exit 1")
    before = stage.containers(), stage.routes["shop"]

    result = paas.run("ps:scale", "shop", "web=2", "worker=1")

    assert result.exit_code == 1
    assert "Could not start shop worker.1" in result.stderr
    assert (stage.containers(), stage.routes["shop"]) == before
    assert "worker: 0" in paas.ok("ps:scale", "shop")
    stage.deploy(Procfile="web: serve\nworker: exit 1")


def test_an_app_scaled_to_none_comes_back_with_the_config_of_now(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:scale", "shop", "web=0")
    assert stage.running() == []
    assert stage.routes["shop"] == []

    paas.ok("ps:scale", "shop", "web=2")

    assert stage.running() == ["web.1", "web.2"]
    assert (stage.live().number, stage.live().formation) == (2, {"web": 2})


def test_counts_hold_for_the_next_deploy(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("ps:scale", "shop", "web=2", "worker=1")
    stage.deploy(Procfile=TWO)
    assert stage.running() == ["web.1", "web.2", "worker.1"]

    paas.ok("ps:scale", "--skip-deploy", "shop", "worker=2")
    assert stage.running() == ["web.1", "web.2", "worker.1"]
    stage.deploy(Procfile=TWO)
    assert stage.running() == ["web.1", "web.2", "worker.1", "worker.2"]


def test_the_count_of_a_type_that_vanished_is_kept_for_its_return(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=2")
    stage.deploy(Procfile="web: serve\n")
    assert stage.running() == ["web.1"]
    paas.ok("ps:scale", "shop", "web=2")

    stage.deploy(Procfile=TWO)

    assert stage.running() == ["web.1", "web.2", "worker.1", "worker.2"]


def test_an_unknown_type_is_refused_with_the_known_ones(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)

    result = paas.run("ps:scale", "shop", "web=2", "wroker=1")

    assert result.exit_code == 1
    assert "wroker is not a valid process name to scale up" in result.stderr
    assert "web, worker" in result.stderr
    assert stage.running() == ["web.1"]


@pytest.mark.parametrize(
    "word", ["web", "web=", "web=x", "web=-1", "web=1.5", "=1", "w b=1", "web=²", "web=1001", "web=" + "9" * 5000]
)
def test_what_is_not_a_count_is_wrong_usage(paas: Harness, word: str) -> None:
    paas.app("shop")

    assert paas.run("ps:scale", "shop", word).exit_code == 2


def test_a_type_stands_once(paas: Harness) -> None:
    paas.app("shop")

    assert "stands twice" in paas.run("ps:scale", "shop", "web=1", "web=2").stderr


# app.json


def test_the_formation_of_app_json_wins_and_forbids_scaling_by_hand(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=3")
    formation = '{"formation": {"web": {"quantity": 2, "max_parallel": 1}, "worker": {"quantity": 1}}}'
    stage.deploy(Procfile=TWO, app_json=formation)
    assert stage.running() == ["web.1", "web.2", "worker.1"]

    refused = paas.run("ps:scale", "--skip-deploy", "shop", "web=1")
    assert refused.exit_code == 1
    assert "app.json of shop has a formation" in refused.stderr
    assert paas.ok("ps:report", "shop", "--ps-can-scale") == "false\n"

    stage.deploy(Procfile=TWO)
    assert stage.running() == ["web.1", "worker.1", "worker.2", "worker.3"]
    assert paas.ok("ps:report", "shop", "--ps-can-scale") == "true\n"


def test_the_formation_of_a_deploy_that_failed_does_not_hold(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)

    with pytest.raises(PaasError):
        stage.deploy(
            Procfile="web: serve\nworker: exit 1",
            app_json='{"formation": {"web": {"quantity": 3}, "worker": {"quantity": 1}}}',
        )

    assert paas.ok("--quiet", "ps:scale", "shop") == "web:  1\nworker: 0\n"
    assert paas.ok("ps:report", "shop", "--ps-can-scale") == "true\n"


def test_a_formation_of_a_type_that_the_procfile_lacks_is_refused_before_the_build(stage: Stage) -> None:
    with pytest.raises(PaasError, match="has worker, which the app has not"):
        stage.deploy(Procfile="web: serve", app_json='{"formation": {"worker": {"quantity": 1}}}')

    assert "build" not in [call[0] for call in stage.docker.calls]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"formation": []}', "no object"),
        ('{"formation": {"web": 2}}', "has 2 for 'web'"),
        ('{"formation": {"web": {"quantity": "2"}}}', "'quantity': '2'"),
        ('{"formation": {"web": {"quantity": true}}}', "True"),
        ('{"formation": {"web": {"quantity": -1}}}', "-1"),
        ('{"formation": {"web": {"quantity": 1001}}}', "1001"),
    ],
)
def test_a_formation_that_is_wrong_is_refused(stage: Stage, text: str, wrong: str) -> None:
    with pytest.raises(PaasError) as refusal:
        stage.deploy(app_json=text)

    assert wrong in refusal.value.message


@pytest.mark.parametrize("text", ['{"formation": {"web": {"max_parallel": 2}}}', '{"name": "shop"}', ""])
def test_a_formation_without_quantities_asks_for_nothing(stage: Stage, paas: Harness, text: str) -> None:
    stage.deploy(Procfile=TWO, app_json=text)

    assert stage.running() == ["web.1"]
    assert paas.ok("ps:report", "shop", "--ps-can-scale") == "true\n"


def test_a_clone_has_its_originals_counts(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "web=2")

    paas.ok("apps:clone", "shop", "copy")

    assert stage.running("copy") == ["web.1", "web.2"]
    copy = paas.app("copy")
    with paas.inside():
        assert scale.counts(copy)["web"] == 2


def test_a_deploy_that_starts_nothing_says_so(stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(Procfile="worker: work\nrelease: true\n")

    said = capsys.readouterr().err
    assert "Nothing of shop runs: it has none of worker." in said
    assert "Try ps:scale shop worker=1" in said

    paas.ok("ps:scale", "shop", "worker=1")
    assert "Nothing of shop runs" not in paas.run("ps:restart", "shop").stderr
