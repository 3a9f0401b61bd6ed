from __future__ import annotations

import time

import pytest

from paas import InvalidValue
from paas_certs import pairs
from paas_certs.testing import Made, made


def test_a_chain_is_put_in_order_and_strangers_are_left_out(root: Made, middle: Made, leaf: Made) -> None:
    pair = pairs.checked(root.crt + made("stranger").crt + middle.crt + leaf.crt, leaf.key, time.time())

    assert pair.chain == leaf.crt + middle.crt + root.crt
    assert pair.names == ("shop.example.com", "*.shop.example.com")
    assert not pair.self_signed
    assert pair.notes == ("1 certificates of the file don't belong to the chain and are left out.",)


def test_a_chain_in_another_order_is_said_and_one_in_order_is_not(middle: Made, leaf: Made) -> None:
    assert pairs.checked(middle.crt + leaf.crt, leaf.key, time.time()).notes == ("The certificates were put in order.",)
    assert pairs.checked(leaf.crt + middle.crt, leaf.key, time.time()).notes == ()


def test_a_chain_that_is_missing_is_said(leaf: Made) -> None:
    assert "brings no certificate of the issuer" in pairs.checked(leaf.crt, leaf.key, time.time()).notes[0]


def test_a_self_signed_certificate_is_said() -> None:
    own = made("shop.example.com")

    assert "self-signed" in pairs.checked(own.crt, own.key, time.time()).notes[0]


def test_words_around_the_blocks_and_keys_among_the_certificates_go(leaf: Made, middle: Made) -> None:
    noisy = b"Bag Attributes\n" + leaf.key + leaf.crt.replace(b"\n", b"\r\n") + b"\nsubject=x\n" + middle.crt

    assert pairs.checked(noisy, b"junk\n" + leaf.key, time.time()).chain == leaf.crt + middle.crt


OLD = made("old.example.com", days=(-20, -1))
EARLY = made("early.example.com", days=(1, 20))
GOOD = made("good.example.com")
DAMAGED = GOOD.crt.replace(b"MII", b"AAA", 1)


@pytest.mark.parametrize(
    ("chain", "key", "said"),
    [
        (OLD.crt, OLD.key, "expired on"),
        (EARLY.crt, EARLY.key, "is not valid before"),
        (GOOD.crt, OLD.key, "doesn't belong"),
        (GOOD.crt, GOOD.encrypted_key, "is encrypted"),
        (GOOD.crt, GOOD.key[:-30], "The key is not whole"),
        (GOOD.crt[:-30], GOOD.key, "The certificate is not whole"),
        (DAMAGED, GOOD.key, "The certificate can't be read"),
        (GOOD.crt, GOOD.key.replace(b"MI", b"AA", 1), "The key can't be read"),
        (b"\x30\x82\x01\x00\xff", GOOD.key, "The certificate is not in PEM"),
        (GOOD.crt, b"\x30\x82\x01\x00\xff", "The key is not in PEM"),
        (b"", GOOD.key, "The certificate is empty"),
        (GOOD.key, GOOD.key, "The file of the certificate holds none"),
        (GOOD.crt, GOOD.crt, "The key is not whole, or no private key"),
        (GOOD.crt * 1000, GOOD.key, "has more than 256 KB"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_the_key_is(chain: bytes, key: bytes, said: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        pairs.checked(chain, key, time.time())

    assert said in refused.value.message
    shown = f"{refused.value.message} {refused.value.hint}"
    assert not any(line in shown for line in key.decode("latin-1").splitlines()[1:-1] if line)
