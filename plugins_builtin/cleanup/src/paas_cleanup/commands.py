"""The cleanup command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from paas import PaasError, apps, disk, hooks, hookspecs, output
from paas.params import OptionalAppName
from paas.upkeep import Leftover

app = typer.Typer(help="Remove what no release needs any more.")


@app.command("cleanup")
def cleanup(
    name: OptionalAppName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove containers, images, networks and folders that nothing needs, of an app or of all."""
    target = apps.load(name) if name else None
    output.step("Cleaning up...")
    found = hooks.gather(hookspecs.leftovers, target)
    gone = [one for one in found if _show(one) and (dry_run or _remove(one))]
    if len(gone) < len(found):
        raise PaasError(f"{len(found) - len(gone)} of {len(found)} could not be removed.", "Why is said above.")
    output.result(summary(gone, dry_run=dry_run))


def summary(leftovers: Sequence[Leftover], *, dry_run: bool) -> str:
    """How many there are, and the room that they take together; at most, since images share some."""
    if not leftovers:
        return "Nothing is left over"
    together = f"{len(leftovers)}, up to {disk.size(sum(one.size for one in leftovers))}"
    return f"Would remove {together}" if dry_run else f"Removed {together}"


def _show(leftover: Leftover) -> bool:
    output.detail(f"{leftover.kind:<10} {disk.size(leftover.size):>8}  {leftover.name}")
    return True


def _remove(leftover: Leftover) -> bool:
    try:
        leftover.remove()
    except PaasError as error:
        output.warn(f"The {leftover.kind} {leftover.name} could not be removed: {error.message}", error.hint)
        return False
    return True
