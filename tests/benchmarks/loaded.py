"""An app under load through the system's nginx: what its users lose while it is changed, and how long they wait."""

from __future__ import annotations

import collections

from testbed import python_app
from testbed.changes import Changing
from testbed.load import Load, load
from testbed.system import System
from testbed.truth import assert_all_agree

RATE = 200
TIMES = 20
DRAIN_SECONDS = 20
IDLE_SECONDS = 30
LIMIT_SECONDS = 1200
"""When the load ends, whatever has been measured by then."""


def measure(system: System) -> None:
    ann = system.client(system.folder / "ann-load")
    with python_app.base_image():
        app = Changing.deployed(ann, "busy", DRAIN_SECONDS)
        with load(ann, app.host, RATE, LIMIT_SECONDS) as users:
            with users.phase("idle"):
                users.last(IDLE_SECONDS)
            with users.phase(f"{TIMES} redeploys"):
                app.redeploy_often(TIMES)
            with users.phase(f"{TIMES} scales"):
                app.scale_often(TIMES)
            with users.phase(f"{TIMES} config changes"):
                app.set_config_often(TIMES)
            with users.phase(f"{TIMES} deploys that fail"):
                app.fail_often(TIMES)
        assert_all_agree(system, app.name)
    _print(users)


def _print(users: Load) -> None:
    idle = users.p99("idle")
    for phase in users.phases:
        seen = users.during(phase)
        lost = sum(bool(request.error) for request in seen)
        kinds = collections.Counter(request.kind for request in seen)
        told = ", ".join(f"{count} {kind}s" for kind, count in kinds.items())
        print(f"  {phase:<22} {users.seconds(phase):4.0f} s   lost {lost} of {told} (aim: 0)", end="")
        print(f"   p99 {users.p99(phase) / idle:.2f} times idle (aim: at most 2)")
    print(f"  {users.retried} kept connections were closed and asked again; lost in all: {len(users.lost)}")
    for error, count in collections.Counter(f"{r.kind}: {r.error}" for r in users.lost).most_common(10):
        print(f"    {count} times {error}")
