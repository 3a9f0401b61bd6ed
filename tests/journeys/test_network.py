"""Apps that find each other in a network of their own, and an app whose requests go elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from testbed.client import Client, web
from testbed.system import System


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Something that isn't the system's, and where it answers."""
    (tmp_path / "index.html").write_text("from elsewhere")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path)) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.usefixtures("agreement")
def test_two_apps_find_each_other_by_name_whatever_runs_just_now(system: System, ann: Client) -> None:
    network = f"back-{system.user}"
    ann.ok(f"network:create {network}")
    stock = ann.app("stock", web("in stock"))
    for copy in (ann.app("front", web("front")), stock):
        assert (pushed := ann.push(copy)).code == 0, pushed.all
        ann.ok(f"network:set {copy.name} attach-post-create {network}")
    assert ann.ssh("run front busybox wget -q -O - http://stock.web:5000").code != 0

    ann.ok("network:rebuild stock")
    ann.ok("ps:restart front")

    from_front = "enter front web busybox wget -q -O - http://{}.web:5000"
    from_stock = "enter stock web busybox wget -q -O - http://front.web:5000"
    assert ann.ok(from_front.format("stock")) == "in stock"
    assert ann.ok(from_stock) == "front"
    assert ann.ok("run front busybox wget -q -O - http://stock.web:5000") == "in stock"

    assert ann.ok("checks:set stock wait-to-retire 0")  # or what leaves would answer to the name too, until it has left
    ann.commit(stock, web("sold out"))
    assert (pushed := ann.push(stock)).code == 0, pushed.all
    assert ann.ok(from_front.format("stock")) == "sold out"
    system.ok("apps:rename", "stock", "depot")
    assert ann.ok(from_front.format("depot")) == "sold out"
    assert ann.get("depot.paas.test").body == "sold out"

    assert ann.ssh(f"network:destroy --force {network}").code == 1
    for name in ("front", "depot"):
        system.ok("apps:destroy", "--force", name)
    ann.ok(f"network:destroy --force {network}")
    assert ann.ssh(f"network:exists {network}").code == 1


def test_an_app_that_is_not_built_is_a_name_for_what_runs_elsewhere(
    system: System, ann: Client, elsewhere: str
) -> None:
    copy = ann.app("office", {"README": "Nothing to build."})
    ann.ok("apps:create office")
    ann.ok("builder:set office selected null")
    refused = ann.push(copy)
    assert refused.code != 0
    assert "ps:scale office web=0" in refused.all
    ann.ok("ps:scale office web=0")

    assert (pushed := ann.push(copy)).code == 0, pushed.all

    system.ok("network:set", "office", "static-web-listener", elsewhere)
    assert ann.get("office.paas.test").body == "from elsewhere"
    assert ann.ok("network:report office --network-web-listeners").strip() == elsewhere
    system.ok("apps:destroy", "--force", "office")
