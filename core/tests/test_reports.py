from __future__ import annotations

import json

import pytest
import typer

from paas import App, apps, entrypoints, hookimpl, reports
from paas.testing import Harness, Inventory


@pytest.fixture(autouse=True)
def installed(paas: Harness, inventory: Inventory) -> None:
    with paas.inside():
        apps.add("shop")
        apps.add("blog")
    bakery, plain = typer.Typer(), typer.Typer()
    reports.add_command(
        bakery,
        "bakery",
        lambda app: {"oven-heat": "200" if app.name == "shop" else "", ":open": "true"},
        lambda: {"town": "York"},
    )
    reports.add_command(plain, "plain", lambda app: {"created-at": "1"}, word="thing")
    inventory.add(entrypoints.COMMANDS, "bakery", bakery)
    inventory.add(entrypoints.COMMANDS, "plain", plain)


def test_a_report_has_a_heading_and_aligned_values(paas: Harness) -> None:
    assert paas.ok("bakery:report", "shop").splitlines() == [
        "=====> shop bakery information",
        "       Bakery oven heat:              200",
        "       Open:                          true",
    ]


def test_one_field_is_printed_alone(paas: Harness) -> None:
    assert paas.ok("bakery:report", "shop", "--bakery-oven-heat") == "200\n"
    assert paas.ok("bakery:report", "--open", "shop") == "true\n"
    assert paas.ok("plain:report", "shop", "--thing-created-at") == "1\n"
    assert paas.ok("bakery:report", "--bakery-oven-heat") == "\n200\n"
    assert paas.ok("bakery:report", "--bakery-town", "--global") == "York\n"
    assert "Usage: paas bakery:report" in paas.ok("bakery:report", "--help")


def test_every_app_is_reported_if_none_is_named(paas: Harness) -> None:
    out = paas.ok("bakery:report").splitlines()

    assert [line for line in out if line.startswith("=====>")] == [
        "=====> blog bakery information",
        "=====> shop bakery information",
    ]


def test_json_has_the_fields_of_one_app_or_of_each(paas: Harness) -> None:
    shop, blog = {"oven-heat": "200", "open": "true"}, {"oven-heat": "", "open": "true"}

    assert json.loads(paas.ok("bakery:report", "shop", "--format", "json")) == shop
    assert json.loads(paas.ok("bakery:report", "--format", "json")) == {"blog": blog, "shop": shop}


def test_a_report_of_no_apps_is_no_failure(paas: Harness) -> None:
    with paas.inside():
        for app in apps.all():
            apps.remove(app)

    assert paas.ok("bakery:report", "--format", "json") == "{}\n"
    result = paas.run("bakery:report")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "haven't deployed any" in result.stderr


def test_what_is_kept_for_all_has_a_report_of_its_own(paas: Harness) -> None:
    assert paas.ok("bakery:report", "--global").splitlines() == [
        "=====> global bakery information",
        "       Bakery town:                   York",
    ]
    result = paas.run("plain:report", "--global")
    assert (result.exit_code, result.stderr) == (2, " !     plain keeps nothing for --global.\n")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["shop", "--bakery-none"], 2, "It has: --bakery-oven-heat, --open"),
        (["shop", "--bakery-oven-heat", "--open"], 2, "doesn't know"),
        (["shop", "other"], 2, "doesn't know other"),
        (["none"], 20, "App none does not exist"),
        (["shop", "--format", "xml"], 2, "xml"),
    ],
)
def test_what_a_report_doesnt_have_is_said(paas: Harness, words: list[str], code: int, message: str) -> None:
    result = paas.run("bakery:report", *words)

    assert result.exit_code == code
    assert message in result.stderr


def test_a_key_sees_the_reports_of_the_apps_that_it_may_see(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def visible_apps(apps: list[App]) -> list[App]:
        return [app for app in apps if app.name == "blog"]

    inventory.plugin("teams", visible_apps)

    assert list(json.loads(paas.ok("bakery:report", "--format", "json", key="ann"))) == ["blog"]
    assert list(json.loads(paas.ok("bakery:report", "--format", "json"))) == ["blog", "shop"]
