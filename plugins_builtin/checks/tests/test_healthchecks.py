from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError
from paas_checks import healthchecks
from paas_checks.healthchecks import Healthcheck
from paas_scheduler_docker.testing import Stage


def manifest(**entry: Any) -> dict[str, Any]:
    return {"healthchecks": {"web": [{"type": "startup", **entry}]}}


def test_what_an_entry_does_not_say_is_as_in_dokku() -> None:
    (check,) = healthchecks.of_manifest(manifest(path="/health"))["web"]

    assert check == Healthcheck("/health", "startup", "/health", attempts=3, timeout=5, wait=5, initial_delay=0)


def test_an_entry_may_say_all_of_it() -> None:
    (check,) = healthchecks.of_manifest(
        manifest(
            name="up", path="/", port=8080, scheme="https", content="ok", attempts=1, timeout=0.5, wait=0,
            initialDelay=2, warn=True, httpHeaders=[{"name": "X-Forwarded-Proto", "value": "https"}],
        )
    )["web"]  # fmt: skip

    assert check == Healthcheck(
        "up", "startup", "/", port=8080, scheme="https", headers={"X-Forwarded-Proto": "https"}, content="ok",
        attempts=1, timeout=0.5, wait=0, initial_delay=2, warn=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"path": "/a"}, "/a"),
        ({"command": ["./check", "-v"]}, "./check -v"),
        ({"uptime": 10}, "uptime 10"),
        ({"listening": True}, "listening"),
        ({"listening": True, "port": 80}, "listening on 80"),
    ],
)
def test_a_check_without_a_name_is_called_what_it_looks_at(entry: dict[str, Any], name: str) -> None:
    assert healthchecks.of_manifest(manifest(**entry))["web"][0].name == name


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({}, "Check 1 of web in app.json looks at nothing"),
        ({"path": "/", "uptime": 5}, "Check 1 of web in app.json has path and uptime"),
        ({"path": "health"}, "has 'health' for path"),
        ({"path": "/a b"}, "has '/a b' for path"),
        ({"path": "/\r\nX: y"}, "for path"),
        ({"path": "/", "type": "start"}, "has 'start' for type"),
        ({"path": "/", "type": None}, "has 'None' for type"),
        ({"path": "/", "name": "up", "attempts": 0}, "Check 1 of web ('up') in app.json has '0' for attempts"),
        ({"path": "/", "attempts": True}, "for attempts"),
        ({"path": "/", "timeout": "5"}, "has '5' for timeout"),
        ({"path": "/", "timeout": 0}, "for timeout"),
        ({"path": "/", "wait": -1}, "for wait"),
        ({"path": "/", "initialDelay": 3601}, "for initialDelay"),
        ({"path": "/", "port": 65536}, "for port"),
        ({"path": "/", "scheme": "ftp"}, "for scheme"),
        ({"path": "/", "httpHeaders": {"Host": "x"}}, "for httpHeaders"),
        ({"path": "/", "httpHeaders": [{"name": "A B", "value": "x"}]}, "for httpHeaders"),
        ({"path": "/", "httpHeaders": [{"name": "A", "value": "x\r\nB: y"}]}, "for httpHeaders"),
        ({"path": "/", "content": 5}, "for content"),
        ({"command": "./check"}, "has './check' for command"),
        ({"command": ["a\0b"]}, "for command"),
        ({"uptime": "10"}, "for uptime"),
        ({"listening": "yes"}, "for listening"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_check_and_the_field(entry: dict[str, Any], wrong: str) -> None:
    with pytest.raises(PaasError) as refusal:
        healthchecks.of_manifest(manifest(**entry))

    assert wrong in refusal.value.message


@pytest.mark.parametrize("given", [[], {"web": {}}, {"web": ["x"]}])
def test_healthchecks_of_another_shape_are_refused(given: Any) -> None:
    with pytest.raises(PaasError, match="healthchecks"):
        healthchecks.of_manifest({"healthchecks": given})


def test_a_check_has_a_type_and_only_web_has_a_port_of_its_own() -> None:
    with pytest.raises(PaasError, match=r"Check 1 of web in app\.json has no type"):
        healthchecks.of_manifest({"healthchecks": {"web": [{"path": "/"}]}})
    with pytest.raises(PaasError, match=r"Check 1 of worker in app\.json has no port"):
        healthchecks.of_manifest({"healthchecks": {"worker": [{"type": "startup", "path": "/"}]}})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*healthchecks.KINDS, *healthchecks.OTHERS]), ANYTHING))
def test_whatever_an_entry_holds_is_taken_or_refused(entry: dict[str, Any]) -> None:
    with contextlib.suppress(PaasError):
        (check,) = healthchecks.of_manifest({"healthchecks": {"web": [entry]}})["web"]
        assert check.type in healthchecks.TYPES


def test_wrong_checks_are_refused_before_anything_is_built(stage: Stage) -> None:
    with pytest.raises(PaasError, match="for attempts"):
        stage.deploy(app_json=json.dumps(manifest(path="/", attempts="3")))

    assert "build" not in [call[0] for call in stage.docker.calls]


def test_a_field_that_means_nothing_is_named(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(app_json=json.dumps(manifest(uptime=0.01, atempts=3, onFailure={"url": "x"})))

    assert "Healthchecks in app.json have no atempts:" in capsys.readouterr().err
