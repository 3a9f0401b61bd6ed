"""The repo: commands."""

from __future__ import annotations

import typer

from paas import apps, hooks, lifecycle, output
from paas.params import AppName

from . import hookspecs

app = typer.Typer(help="What is kept to build an app: its repository, and what its builds have left for the next.")


@app.command("gc")
def gc(name: AppName) -> None:
    """Pack an app's repository as tightly as can be; pushes go on meanwhile."""
    target = apps.load(name)
    output.step(f"Packing the repository of {target.name}")
    hooks.check(hookspecs.repo_gc, target)


@app.command("purge-cache")
def purge_cache(name: AppName) -> None:
    """Remove what an app's builds have kept, so that the next one begins anew."""
    with lifecycle.deploying(apps.load(name), "repo:purge-cache") as target:
        hooks.check(hookspecs.purge_cache, target)
    output.step(f"The build cache of {target.name} is empty")
