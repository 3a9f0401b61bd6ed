"""Requests to an authority: patient with nonces and hurry, clear about everything else."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from acme import errors, messages
from acme.client import ClientNetwork
from josepy.interfaces import JSONDeSerializable
from josepy.json_util import field

from .errors import AuthorityFailed

NONCE_TRIES = 60
"""With half of all nonces refused, none of 200 issuances of ten requests each ever needs more than about twenty."""
BUSY_TRIES = 3
LONGEST_WAIT = 30
"""Seconds that a request waits by itself; whoever is asked to wait longer comes back later."""
TIMEOUT = 30


class Successor(messages.NewOrder):
    """An order that says which certificate it replaces (RFC 9773, section 5), which the library's doesn't."""

    replaces: str = field("replaces", omitempty=True)


class Network(ClientNetwork):
    """A ClientNetwork that asks again when a nonce is refused, and when a server is busy for a moment.

    Args:
        server: For messages.
        sleep: Waits some seconds.
    """

    def __init__(
        self, key: Any, server: str, *, ca_bundle: str = "", sleep: Callable[[float], None] = time.sleep
    ) -> None:
        super().__init__(key, verify_ssl=True, user_agent="paas-letsencrypt", timeout=TIMEOUT)
        self.verify_ssl = ca_bundle or True  # type: ignore[assignment]  # requests takes a path as well
        self.server, self._sleep, self._replaced = server, sleep, ""

    @contextmanager
    def replacing(self, certificate: str) -> Iterator[None]:
        """Have orders of the block say that they replace a certificate, by its name of RFC 9773; empty for none."""
        self._replaced = certificate
        try:
            yield
        finally:
            self._replaced = ""

    def post(self, url: str, obj: JSONDeSerializable, *args: Any, **kwargs: Any) -> requests.Response:
        if self._replaced and isinstance(obj, messages.NewOrder):
            obj = Successor(identifiers=obj.identifiers, profile=obj.profile, replaces=self._replaced)
        for _ in range(NONCE_TRIES):
            try:
                return self._post_once(url, obj, *args, **dict(kwargs))
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        raise AuthorityFailed(f"{self.server} refuses every nonce that it gives.")

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        for left in reversed(range(BUSY_TRIES)):
            response = self._sent(method, url, *args, **kwargs)
            if response.status_code != 429 and response.status_code < 500:
                return response
            wait = retry_after(response)
            if method == "POST" or wait > LONGEST_WAIT or not left:
                raise AuthorityFailed(
                    f"{self.server} answers {response.status_code}{_reason(response)}", retry_after=wait
                )
            self._sleep(max(wait, 1))
        raise AssertionError("not reached")

    def _sent(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super()._send_request(method, url, *args, **kwargs)
        except requests.exceptions.SSLError as error:
            raise AuthorityFailed(
                f"The certificate of {self.server} is not one that this server trusts.",
                hint="For an authority of your own, name its root with letsencrypt:set --global ca-bundle PATH",
            ) from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise AuthorityFailed(f"{self.server} can't be reached: {_cause(error)}") from error


def retry_after(response: requests.Response) -> float:
    """The seconds that a Retry-After asks for, whether it says them or a date; 0 for none."""
    said = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", said):
        return float(said)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0


def explained(error: Exception, server: str) -> AuthorityFailed:
    """What an error of the library's means."""
    if isinstance(error, AuthorityFailed):
        return error
    if isinstance(error, messages.Error):
        return AuthorityFailed(f"{server} refuses: {printable(error.detail or error.typ or 'without a reason')}")
    if isinstance(error, errors.IssuanceError):
        return AuthorityFailed(f"{server} does not issue it: {printable(error.error.detail or '')}")
    if isinstance(error, errors.TimeoutError):
        return AuthorityFailed(f"{server} did not finish in time.")
    return AuthorityFailed(f"{server} answers something that is no ACME ({type(error).__name__}).")


def _reason(response: requests.Response) -> str:
    try:
        detail = response.json()["detail"]
    except (ValueError, TypeError, KeyError):
        return "."
    return f": {printable(str(detail))}"


def _cause(error: BaseException) -> str:
    """What the system says of it, without the layers of libraries above that."""
    first: BaseException | None = error
    while first:
        if isinstance(first, OSError) and first.strerror:
            return printable(first.strerror)
        if isinstance(first, TimeoutError):
            return "it does not answer in time"
        first = first.__cause__ or first.__context__
    return printable(str(error) or type(error).__name__)


def printable(text: str) -> str:
    """Text of a stranger's for a terminal: one line of it."""
    return "".join(c if c.isprintable() else " " for c in text[:500])
