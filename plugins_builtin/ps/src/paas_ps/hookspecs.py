"""What plugins say of the processes of an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.gather
def differences(app: App) -> Sequence[str]:
    """How what a plugin owns of an app differs from what the store says, a sentence each; nothing as a rule.

    Called by `ps:report`. Somebody may have stopped a container by hand, or edited a file.
    """
    return ()
