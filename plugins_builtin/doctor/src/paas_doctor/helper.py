"""The helper that does as root what paas needs root for."""

from __future__ import annotations

from collections.abc import Iterator

from paas import privileged, process
from paas.context import current
from paas.errors import UsageError
from paas.upkeep import Finding


def diagnose() -> Iterator[Finding]:
    """Asked for a verb that it doesn't have, it says so, which takes sudo, its rule and the helper itself."""
    if not current().paths.program:
        return
    asked = process.run(privileged.command("none"), check=False)
    if asked.returncode != UsageError.exit_code:
        said = (asked.stderr or asked.stdout).decode(errors="replace").strip() or f"exit status {asked.returncode}"
        yield Finding(
            "root helper",
            f"It can't be used, so nginx can't be told of any change: {said}",
            "Run install.sh again, which writes the rule for sudo.",
        )
