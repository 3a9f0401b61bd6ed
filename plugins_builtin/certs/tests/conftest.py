from __future__ import annotations

import pytest

from paas_certs.testing import Made, made


@pytest.fixture(scope="session")
def root() -> Made:
    return made("Root")


@pytest.fixture(scope="session")
def middle(root: Made) -> Made:
    return made("Middle", issuer=root)


@pytest.fixture(scope="session")
def leaf(middle: Made) -> Made:
    return made("shop.example.com", "*.shop.example.com", issuer=middle)
