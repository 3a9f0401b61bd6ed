"""What can go wrong with an authority."""

from __future__ import annotations

from collections.abc import Mapping

from paas import PaasError


class AuthorityFailed(PaasError):
    """An authority doesn't do what was asked of it.

    Attributes:
        retry_after: Seconds that it wants us to wait; 0 if it doesn't say.
    """

    def __init__(self, message: str, hint: str | None = None, retry_after: float = 0) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class NotValidated(AuthorityFailed):
    """The authority refuses some names, or could not see that they lead here.

    Attributes:
        names: Each with what it says.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        said = "; ".join(f"{name}: {why}" for name, why in names.items())
        super().__init__(
            f"The certificate authority refuses {said}",
            hint="Point the DNS of these names at this server. It is tried again by itself.",
        )
        self.names = dict(names)
