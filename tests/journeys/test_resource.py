"""What an app may take of the server, as the kernel has it."""

from __future__ import annotations

from testbed.client import Client, web
from testbed.system import System


def test_a_process_is_given_no_more_memory_than_its_limit(system: System, ann: Client) -> None:
    pushed = ann.push(ann.app("small", web("small")))
    assert pushed.code == 0, pushed.all
    ann.ok("resource:limit --memory 64 --cpu 0.5 small")

    ann.ok("ps:restart small")

    limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
    assert ann.ok(f"enter small web sh -c '{limit}'").strip() == str(64 << 20)
    ann.ok("resource:limit-clear small")
    ann.ok("ps:restart small")
    assert ann.get("small.paas.test").body == "small"
    system.ok("apps:destroy", "--force", "small")
