"""The commands that git calls: a client through ssh, and the hook of a repository."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from paas import PaasError, apps, hooks, hookspecs, locks, process
from paas.plumbing import plumbing

from . import client, handover, repository, turn
from . import hookspecs as git_hookspecs
from .names import repository_folder, repository_name
from .settings import SETTINGS


@plumbing(repository_name)
def receive_pack(name: str) -> None:
    """Take a push; an app that doesn't exist is created."""
    hooks.check(hookspecs.require_room, is_deploy=False)
    with locks.exclusive("create-apps"), redirect_stdout(sys.stderr):  # stdout belongs to git
        found = apps.find(name)
        if not found:
            from paas import lifecycle

            hooks.check(hookspecs.pre_autocreate, name)
            found = lifecycle.create(name)
    folder = repository.ensure(found)
    client.show()
    turn.bring(folder)
    handover.prepare()
    process.become(["git", "receive-pack", folder])


@plumbing(repository_name)
def upload_pack(name: str) -> None:
    """Serve a clone or a fetch."""
    _serve(name, "upload-pack")


@plumbing(repository_name)
def upload_archive(name: str) -> None:
    """Serve `git archive --remote`."""
    _serve(name, "upload-archive")


@plumbing(repository_folder)
def hook(name: str) -> None:
    """Deal with a push, as git's pre-receive hook."""
    from . import receive

    target = apps.load(name)
    receive.handle(target, receive.parse(sys.stdin.buffer))


def _serve(name: str, service: str) -> None:
    """Let git serve a client; nobody waits for it unless a plugin wants to know when it is done."""
    target = apps.load(name)
    with redirect_stdout(sys.stderr):  # stdout belongs to git
        hooks.check(git_hookspecs.git_pre_pull, target)
    folder = repository.existing(target)
    repository.show(folder, SETTINGS.value(target, "deploy-branch"))
    serving: process.Argv = ["git", service, folder]
    if not hooks.plugins().implementing(git_hookspecs.git_post_pull):
        process.become(serving)
    with process.started(serving, stdin=sys.stdin.fileno()) as program:
        if program.wait():
            raise PaasError(f"git {service} failed with status {program.returncode}.")
    with redirect_stdout(sys.stderr):
        hooks.tell(git_hookspecs.git_post_pull, target)
