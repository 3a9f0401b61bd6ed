"""Have what runs get the variables of now."""

from __future__ import annotations

from paas import App, PaasError, lifecycle, output, releases


class NotRestarted(PaasError):
    """The variables are kept, and what runs doesn't have them."""

    def __init__(self, app: App, cause: PaasError) -> None:
        saved = f"The variables are saved; what ran before goes on with the old ones. Then: ps:restart {app.name}"
        super().__init__(
            f"Failure while restarting app {app.name}: {cause.message}",
            hint=f"{cause.hint}\n{saved}" if cause.hint else saved,
        )


def restart(app: App, reason: str) -> None:
    """Start new processes in the place of those that run, if any do.

    Args:
        reason: The command that changed a variable, for the release's record.

    Raises:
        NotRestarted: They didn't start.
    """
    if not releases.processes(app):
        return
    output.step(f"Restarting app {app.name}")
    try:
        lifecycle.redeploy(app, reason)
    except PaasError as error:
        raise NotRestarted(app, error) from error
