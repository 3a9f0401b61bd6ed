"""A push through paas against a floor: a hook that does nothing but build, run, wait for the page, and reload nginx."""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

from testbed import servers
from testbed.client import Client, web
from testbed.system import System

ROUNDS = 7

HOOK = """#!/bin/sh
set -e
while read -r old new ref; do
    rm -rf tree && mkdir tree
    git archive "$new" | tar -x -C tree
    DOCKER_BUILDKIT=1 /usr/bin/docker build --progress=plain -t paas-floor tree 2>&1
    id=$(docker run -d --label paas.system={root} paas-floor)
    address=$(docker inspect -f '{{{{.NetworkSettings.IPAddress}}}}' "$id")
    until curl -sf "http://$address:5000/" >/dev/null; do sleep 0.01; done
    echo "server {{ listen {port}; location / {{ proxy_pass http://$address:5000; }} }}" >{folder}/site.conf
    /usr/sbin/nginx -c {folder}/nginx.conf -s reload 2>/dev/null
done
"""


def measure(system: System) -> None:
    ann = system.client(system.folder / "ann-pushes")
    floor_port = _make_floor(system, ann)
    ours, floor = ann.app("bench", web("0")), ann.app("floor", web("0"))
    target = f"ssh://{system.user}@127.0.0.1:{system.ssh_port}{system.home}/floor.git"
    plain = Client(system.folder / "plain", system.user, system.ssh_port, system.http_port)
    times: dict[str, list[tuple[float, float]]] = {"paas": [], "floor": []}
    for number in range(ROUNDS + 1):  # the first one warms caches and is left out
        page = str(number)
        ann.commit(ours, {"www/index.html": page})
        plain.commit(floor, {"www/index.html": page})
        for name, push, port in (
            ("floor", lambda: plain.git(floor, "push", "--quiet", target, "main"), floor_port),
            ("paas", lambda: ann.push(ours), system.http_port),
        ):
            start = time.monotonic()
            answer = push()
            returned = time.monotonic() - start
            assert answer.code == 0, answer.all
            _wait_until_nothing_else(ann, page, port)
            if number:
                times[name].append((returned, time.monotonic() - start))
    for which, until in enumerate(("it returns", "nothing but the new page is served")):
        paas, least = (statistics.median(pair[which] for pair in times[name]) for name in ("paas", "floor"))
        print(f"  until {until:<35} floor {least:.2f}   paas {paas:.2f}   {paas / least:.2f} times (aim: at most 1.5)")
    ann.commit(ours, {"www/index.html": "counted"})
    print(f"  programs started by one push: {_programs(system, ann, ours)} (aim: at most 60)")


def _make_floor(system: System, ann: Client) -> int:
    """A bare repository of the system's account that an ordinary key may push to."""
    folder, bare, port = system.folder / "floor", system.home / "floor.git", servers.free_port()
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off; "
        f"client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; "
        f"uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; include {folder}/site.conf; }}"
    )
    (folder / "site.conf").write_text(f"server {{ listen {port}; }}")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", bare], check=True)
    hook = bare / "hooks" / "pre-receive"
    hook.write_text(HOOK.format(root=system.root, folder=folder, port=port))
    hook.chmod(0o755)
    subprocess.run(["chown", "-R", system.user, bare, folder], check=True)
    start = ["setpriv", "--reuid", system.user, "--init-groups", "--regid", system.user]
    subprocess.run([*start, "/usr/sbin/nginx", "-c", folder / "nginx.conf"], check=True, capture_output=True)
    plain = Client(system.folder / "plain", system.user, system.ssh_port, system.http_port)
    with open(system.home / ".ssh" / "authorized_keys", "a") as keys:
        keys.write(plain.make_key())
    return port


def _wait_until_nothing_else(client: Client, page: str, port: int) -> None:
    """New connections get the page, all of them: for a moment nginx's workers of before take some of them too.

    paas returns only then; the floor's hook doesn't wait.
    """
    end, in_a_row = time.monotonic() + 5, 0
    while in_a_row < 20:
        assert time.monotonic() < end, f"The page {page} was not served on port {port}."
        in_a_row = in_a_row + 1 if client.get("bench.paas.test", port=port).body == page else 0


def _programs(system: System, client: Client, copy: Path) -> int:
    """How many programs are started below sshd by one push, as strace counts them."""
    trace = system.folder / "trace"
    sshd = (system.folder / "sshd" / "pid").read_text().strip()
    words = ["strace", "-f", "-qq", "-e", "trace=execve", "-e", "status=successful", "-o", trace, "-p", sshd]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as strace:
        time.sleep(0.5)  # until it is attached
        answer = client.push(copy)
        time.sleep(0.5)
        strace.terminate()
    assert answer.code == 0, answer.all
    return sum("execve(" in line for line in trace.read_text().splitlines())
