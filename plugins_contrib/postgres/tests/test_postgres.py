"""The kind: what its texts come to."""

from __future__ import annotations

from paas_postgres.commands import POSTGRES
from paas_services import kinds
from paas_services.kinds import Service


def test_an_app_is_told_the_database_and_how_to_enter_it() -> None:
    orders = Service("postgres", "my-orders", "postgres", "17", "se cret")

    assert kinds.url(POSTGRES, orders, "db", "postgresql") == "postgresql://postgres:se%20cret@db:5432/my_orders"
    filled = kinds.values(POSTGRES, orders, "db")
    assert POSTGRES.environment["POSTGRES_DB"].format(**filled) == "my_orders"
    assert "{password}" not in " ".join([*POSTGRES.client, *POSTGRES.dump, *POSTGRES.restore])
