from __future__ import annotations

from paas import PortMapping
from paas_nginx import blocks
from paas_nginx.blocks import Block
from paas_proxy.api import Certificate

HTTP, HTTPS = PortMapping("http", 80, 5000), PortMapping("https", 443, 5000)
ONE, OTHER = Certificate("/one.pem", "/one.key"), Certificate("/other.pem", "/other.key")


def test_an_app_with_domains_answers_for_them() -> None:
    assert blocks.of(["a.com", "b.com"], [HTTP], {}, 80) == [Block(80, ("a.com", "b.com"), every=False, container=5000)]


def test_an_app_without_domains_answers_for_every_name() -> None:
    assert blocks.of([], [PortMapping("http", 10000, 5000)], {}, 80) == [Block(10000, (), every=True, container=5000)]


def test_an_app_that_takes_all_other_names_answers_for_its_own_too() -> None:
    assert blocks.of(["a.com", "_"], [HTTP], {}, 80) == [Block(80, ("a.com",), every=True, container=5000)]


def test_each_mapping_has_a_block() -> None:
    found = blocks.of(["a.com"], [HTTP, PortMapping("http", 8080, 9000)], {}, 80)

    assert [(block.port, block.container) for block in found] == [(80, 5000), (8080, 9000)]


def test_what_nginx_does_not_serve_has_none() -> None:
    assert blocks.of(["a.com"], [PortMapping("tcp", 2222, 22), PortMapping("udp", 53, 53)], {}, 80) == []


def test_tls_without_a_certificate_has_none_and_is_named() -> None:
    assert blocks.of(["a.com"], [HTTPS], {}, 80) == []
    assert blocks.unsecured([HTTP, HTTPS], {}) == [HTTPS]


def test_a_domain_with_a_certificate_is_sent_on_to_tls() -> None:
    assert blocks.of(["a.com"], [HTTP, HTTPS], {"a.com": ONE}, 80) == [
        Block(80, ("a.com",), every=False, container=5000, redirect=443),
        Block(443, ("a.com",), every=False, container=5000, certificate=ONE),
    ]


def test_a_domain_without_a_certificate_stays_plain_beside_one_that_has_it() -> None:
    found = blocks.of(["a.com", "b.com"], [HTTP, HTTPS], {"a.com": ONE}, 80)

    assert [(block.port, block.names, block.redirect) for block in found] == [
        (80, ("a.com",), 443),
        (80, ("b.com",), None),
        (443, ("a.com",), None),
    ]


def test_only_the_usual_port_is_sent_on_to_tls() -> None:
    found = blocks.of(["a.com"], [PortMapping("http", 8080, 5000), HTTPS], {"a.com": ONE}, 80)

    assert [block.redirect for block in found] == [None, None]


def test_without_a_mapping_for_tls_a_certificate_sends_nobody_anywhere() -> None:
    assert [block.redirect for block in blocks.of(["a.com"], [HTTP], {"a.com": ONE}, 80)] == [None]


def test_each_certificate_has_a_block() -> None:
    found = blocks.of(["a.com", "b.com", "c.com"], [HTTPS], {"a.com": ONE, "b.com": OTHER, "c.com": ONE}, 80)

    assert [(block.names, block.certificate) for block in found] == [(("a.com", "c.com"), ONE), (("b.com",), OTHER)]


def test_grpc_is_passed_on_as_such() -> None:
    found = blocks.of(["a.com"], [PortMapping("grpc", 50051, 50051)], {}, 80)

    assert found[0].grpc
