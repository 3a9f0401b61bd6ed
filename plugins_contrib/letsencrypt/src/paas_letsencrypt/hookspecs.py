"""What other plugins may do for certificates that renew themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.answer
def letsencrypt_dns_record(app: App, provider: str, action: str, name: str, value: str) -> bool | None:
    """Make or remove a TXT record, by which an authority sees that a domain is ours (RFC 8555, section 8.4).

    Called for each domain of an app whose challenge is `dns-01`. It returns once the record is made.

    Args:
        provider: The app's setting `dns-provider`; a plugin answers for its own alone.
        action: `present` or `cleanup`.
        name: Of the record, such as `_acme-challenge.example.com`.
        value: Its text. There may be several with one name.

    Returns:
        True when it is done, None if the provider is another's.

    Raises:
        PaasError: It could not be done.
    """


@hookspec.tell
def letsencrypt_expiring(app: App, expires_at: float, reason: str) -> None:
    """The certificate of an app should have been renewed long ago, and is not; told once a day until it is.

    Args:
        expires_at: Seconds since the epoch.
        reason: What went wrong last.
    """
