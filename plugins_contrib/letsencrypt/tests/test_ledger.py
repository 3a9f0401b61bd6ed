from __future__ import annotations

from paas.testing import Harness
from paas_letsencrypt import ledger
from paas_letsencrypt.ledger import Attempt, Limits, must_wait

NOW = 1_000_000.0


def made(count: int, ago: float, *names: str, outcome: str = "issued", failed: tuple[str, ...] = ()) -> list[Attempt]:
    return [Attempt(NOW - ago, names, failed, outcome)] * count


def test_five_certificates_for_the_same_names_are_all_of_a_week() -> None:
    assert must_wait(made(4, 60, "shop.com"), ["shop.com"], NOW) == (0.0, "")

    until, why = must_wait(made(5, 60, "shop.com"), ["shop.com"], NOW)
    assert until == NOW - 60 + ledger.WEEK
    assert "same names" in why


def test_a_renewal_is_no_new_certificate_of_a_domain() -> None:
    others = [attempt for n in range(50) for attempt in made(1, 60, f"app{n}.shop.com")]

    assert must_wait(others, ["blog.shop.com"], NOW)[1] == "50 certificates in shop.com in a week"
    assert must_wait(others, ["blog.shop.com"], NOW, renews=True) == (0.0, "")


def test_five_failed_validations_of_a_name_are_all_of_an_hour() -> None:
    failed = made(5, 60, "blog.com", "shop.com", outcome="failed", failed=("shop.com",))

    assert must_wait(failed, ["blog.com"], NOW)[0] == 0
    assert must_wait(failed, ["shop.com"], NOW)[0] == NOW + 3540
    assert must_wait(made(5, 3601, "shop.com", outcome="failed", failed=("shop.com",)), ["shop.com"], NOW)[0] == 0


def test_a_domain_has_fifty_new_certificates_a_week_and_any_number_of_renewals() -> None:
    many = [Attempt(NOW - 60, (f"{n}.shop.com",), (), "issued") for n in range(50)]

    assert "in shop.com" in must_wait(many, ["new.shop.com"], NOW)[1]
    assert must_wait(many, ["7.shop.com"], NOW)[0] == 0


def test_orders_that_were_killed_count_as_well() -> None:
    assert must_wait(made(300, 60, "a.com", outcome="begun"), ["b.com"], NOW)[0] > NOW
    assert must_wait(made(3, 60, "a.com", outcome="begun"), ["b.com"], NOW, Limits(orders=3))[0] > NOW


def test_what_was_tried_is_kept_by_server(paas: Harness) -> None:
    with paas.inside():
        ledger.end(ledger.begin("https://one", ["b.com", "a.com"], NOW), "failed", ["b.com"])
        ledger.begin("https://two", ["a.com"], NOW)

        assert ledger.attempts("https://one", 0) == [Attempt(NOW, ("a.com", "b.com"), ("b.com",), "failed")]
        assert ledger.attempts("https://one", NOW) == []
