"""A well-known article's walk with Dokku, replayed: an app in Perl, a worker beside it, and a folder that both see."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from testbed.client import Client
from testbed.servers import wait_until
from testbed.system import REPOSITORY, System

pytestmark = pytest.mark.usefixtures("stack", "postgres")

HELLO = """\
#!/usr/bin/env perl
use Mojolicious::Lite -signatures;

get '/' => sub ($c) { $c->render(text => "Hello, World!\\n") };

app->start;
"""
QUEUED = """\
#!/usr/bin/env perl
use Mojolicious::Lite -signatures;

plugin Minion => {SQLite => 'sqlite:test.db'};

app->minion->add_task(greet => sub ($job) { $job->app->log->info('A visitor was greeted') });

get '/' => sub ($c) {
    $c->minion->enqueue('greet');
    $c->render(text => 'You will be greeted soon.');
};

app->start;
"""
PG = """\
#!/usr/bin/env perl
use Mojolicious::Lite -signatures;

my $dsn = $ENV{DATABASE_URL} || 'sqlite:/app/shared/test.db';
$dsn =~ s{^postgres.*?:}{postgresql:}mxs;
my $type = ($dsn =~ m{^postgresql:}mxs) ? 'Pg' : 'SQLite';
plugin Minion => {$type => $dsn};

app->minion->add_task(greet => sub ($job) { $job->app->log->info('A visitor was greeted by PostgreSQL') });

get '/' => sub ($c) {
    $c->minion->enqueue('greet');
    $c->render(text => 'You will be greeted soon.');
};

app->start;
"""
WEB = 'web: perl ./app.pl daemon --listen "http://*:$PORT"\n'
NEEDS = "requires 'Mojolicious', '7.08';\n"


def buildpack(folder: Path) -> str:
    """The URL of a git repository with a buildpack: that of the stack, as somebody has forked it."""
    bundled = REPOSITORY / "plugins_builtin/stack/src/paas_stack/image/buildpacks/30_perl"
    subprocess.run(["cp", "-r", bundled, folder], check=True)
    (folder / "bin" / "detect").write_text("#!/bin/sh\n[ -f $1/cpanfile ] && echo 'Perl with a Procfile'\n")
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "buildpack"], check=True)
    return f"file://{folder}"


def eventually_in(text: str, ann: Client) -> str:
    deadline = time.monotonic() + 30
    while text not in (log := ann.ok("logs sample-mojo")):
        assert time.monotonic() < deadline, log
        time.sleep(0.5)
    return log


def test_the_apps_walk(system: System, ann: Client, tmp_path: Path) -> None:
    place = system.folder / "perl-procfile"
    files: dict[str, str | bytes] = {"app.pl": HELLO, "cpanfile": NEEDS, "Procfile": WEB}
    ann.ok("apps:create sample-mojo")
    copy = ann.app("sample-mojo", {**files, ".buildpacks": f"{buildpack(place)}\n"})

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert "-----> Perl with a Procfile app detected" in pushed.err
    assert ann.get("sample-mojo.paas.test").body == "Hello, World!\n"

    needs = f"{NEEDS}requires 'Minion', '6.0';\nrequires 'Minion::Backend::SQLite', '0.007';\n"
    procfile = f"{WEB}minion: perl ./app.pl minion worker\n"
    ann.commit(copy, {"app.pl": QUEUED, "cpanfile": needs, "Procfile": procfile})
    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert "Procfile declares types -> web, minion" in pushed.err
    assert system.slots("sample-mojo") == ["web.1"]

    ann.ok("ps:scale sample-mojo minion=1")
    assert system.slots("sample-mojo") == ["minion.1", "web.1"]

    assert ann.get("sample-mojo.paas.test").body == "You will be greeted soon."
    time.sleep(2)
    assert "was greeted" not in ann.ok("logs sample-mojo"), "each container has a file of its own"

    said = ann.ssh("storage:mount sample-mojo /var/lib/dokku/data/storage/sample-mojo:/app/shared")
    assert said.code == 0, said.all

    ann.commit(copy, {"app.pl": QUEUED.replace("sqlite:test.db", "sqlite:/app/shared/test.db")})
    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.get("sample-mojo.paas.test").body == "You will be greeted soon."
    log = eventually_in("A visitor was greeted", ann)
    assert any("app[minion.1]" in line and "was greeted" in line for line in log.splitlines())
    assert (system.root / "storage" / "sample-mojo").stat().st_uid == 32767

    ann.ok("postgres:create sample-mojo-pg --image-version 15")
    assert "Restarting app sample-mojo" in ann.ok("postgres:link sample-mojo-pg sample-mojo")
    ann.commit(copy, {"app.pl": PG, "cpanfile": f"{needs}requires 'Mojo::Pg', '2.30';\n"})
    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.get("sample-mojo.paas.test").body == "You will be greeted soon."
    eventually_in("A visitor was greeted by PostgreSQL", ann)

    ann.ok("storage:unmount sample-mojo /var/lib/dokku/data/storage/sample-mojo:/app/shared")
    ann.ok("ps:restart sample-mojo")
    assert ann.get("sample-mojo.paas.test").body == "You will be greeted soon."
    jobs = b"select count(*) from minion_jobs where state = 'finished';"
    wait_until(lambda: " 2\n" in ann.ok("postgres:connect sample-mojo-pg", jobs), "The second job isn't done.")
    system.ok("apps:destroy", "sample-mojo", "--force")
    ann.ok("postgres:destroy sample-mojo-pg --force")
