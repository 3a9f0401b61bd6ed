"""What can't be done with an app that has no image."""

from __future__ import annotations

from collections.abc import Mapping

from paas import App, PaasError


def require_no_process(app: App, formation: Mapping[str, int]) -> None:
    """Refuse to start processes of an app that was not built.

    Args:
        formation: Process type to count.

    Raises:
        PaasError: Some are to be started.
    """
    wanted = sorted(type for type, count in formation.items() if count)
    if wanted:
        raise PaasError(
            f"{app.name} has no image to run {' and '.join(wanted)} with: builder-null builds none.",
            hint=f"Scale it to nothing with ps:scale {app.name} {' '.join(f'{type}=0' for type in wanted)}"
            f", or choose a builder with builder:set {app.name} selected NAME",
        )
