from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import PaasError
from paas.testing import Harness
from paas_scheduler_docker import network
from paas_scheduler_docker.network import ROUTES, candidates
from paas_scheduler_docker.testing import Stage

SMALL = IPv4Network("10.9.0.0/28")  # .4 to .14 are ours to give


def test_addresses_go_round_before_one_comes_up_again(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        first = network.take(shop, SMALL)
        network.free([first.instance])
        later = [network.take(shop, SMALL) for _ in range(10)]
        again = network.take(shop, SMALL)

    assert first.address == "10.9.0.4"
    assert [lease.address for lease in later] == [f"10.9.0.{n}" for n in range(5, 15)]
    assert again.address == first.address


def test_a_full_network_says_so_and_takes_nothing(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        taken = [network.take(shop, SMALL) for _ in range(11)]
        with pytest.raises(PaasError, match="No address is free"):
            network.take(shop, SMALL)
        assert network.leases() == taken


def test_an_address_of_another_subnet_does_not_confuse_the_rotation(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        network.take(shop, IPv4Network("10.200.0.0/16"))

        assert network.take(shop, SMALL).address == "10.9.0.4"


@given(st.lists(st.integers(0, 11), max_size=100))
def test_the_rotation_skips_only_what_is_taken(steps: list[int]) -> None:
    every = range(100, 111)
    held: list[int] = []
    last = every[-1]
    for step in steps:
        if step < len(held):
            held.pop(step)
        elif len(held) < len(every):
            given = network.following(last, held, every)
            skipped = (given - last - 1) % len(every)
            assert given not in held
            assert {every[(last - every.start + n) % len(every)] for n in range(1, skipped + 1)} <= set(held)
            held.append(given)
            last = given


def test_a_subnet_that_something_leads_to_is_left_alone() -> None:
    taken = [IPv4Network("10.255.0.0/16"), IPv4Network("10.0.0.0/9"), IPv4Network("172.20.0.0/14")]

    offered = [IPv4Network(subnet) for subnet, _ in candidates(taken)]

    assert offered[0] == IPv4Network("10.254.0.0/16")
    assert len(offered) == 127 + 12
    assert not any(subnet.overlaps(other) for subnet in offered for other in taken)


def test_docker_gives_out_addresses_only_from_a_quarter() -> None:
    subnet, own = next(candidates([]))

    assert IPv4Network(own).subnet_of(IPv4Network(subnet))
    assert IPv4Network(own).prefixlen == IPv4Network(subnet).prefixlen + 2


def test_the_kernels_routes_are_read() -> None:
    table = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )

    assert list(network._routes(table)) == [IPv4Network("172.17.0.0/16")]
    assert all(route.prefixlen for route in network._routes(ROUTES.read_text()))


def test_all_containers_join_one_labelled_network(stage: Stage, paas: Harness) -> None:
    stage.deploy("shop")
    stage.deploy("blog")

    ours = [labels for name, labels in stage.docker.networks() if name.startswith("paas")]
    assert ours == [{"paas.system": str(paas.paths.root)}]
