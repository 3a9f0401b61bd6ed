from __future__ import annotations

import pytest

from paas import InvalidValue, UsageError
from paas.settings import Setting, Settings, whole_number
from paas.state import GLOBAL
from paas.testing import Harness

SETTINGS = Settings(
    "bakery",
    Setting("ovens", "1", whole_number(1), help="How many ovens there are."),
    Setting("smell", "bread", blank=True, help="What it smells of."),
    Setting("town", app=False, help="Where it is."),
)


def test_an_app_goes_before_all_apps_and_these_before_the_default(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        assert SETTINGS.value(shop, "ovens") == "1"
        SETTINGS.set(GLOBAL, "ovens", "2")
        assert SETTINGS.value(shop, "ovens") == "2"
        SETTINGS.set(shop, "ovens", "3")
        assert SETTINGS.value(shop, "ovens") == "3"


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_clears_a_setting(paas: Harness, nothing: str | None) -> None:
    with paas.inside():
        SETTINGS.set(GLOBAL, "ovens", "2")
        SETTINGS.set(GLOBAL, "ovens", nothing)

        assert SETTINGS.own(GLOBAL, "ovens") is None


def test_a_setting_that_may_be_blank_is_turned_off_by_an_empty_value(paas: Harness) -> None:
    with paas.inside():
        SETTINGS.set(GLOBAL, "smell", "")
        assert SETTINGS.value(GLOBAL, "smell") == ""

        SETTINGS.set(GLOBAL, "smell", None)
        assert SETTINGS.value(GLOBAL, "smell") == "bread"


def test_a_wrong_value_key_or_owner_is_refused(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        with pytest.raises(InvalidValue, match="not a whole number"):
            SETTINGS.set(shop, "ovens", "many")
        with pytest.raises(UsageError, match="no setting doors"):
            SETTINGS.set(shop, "doors", "1")
        with pytest.raises(UsageError, match="only be set for --global"):
            SETTINGS.set(shop, "town", "York")
