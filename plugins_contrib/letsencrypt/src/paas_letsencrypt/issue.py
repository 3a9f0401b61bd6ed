"""Get a certificate from an authority, or give one back."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import josepy
import requests
from acme import challenges as kinds
from acme import crypto_util, messages
from acme import errors as acme_errors
from acme.client import ClientV2
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy.b64 import b64encode

from paas import App, PaasError, output

from . import challenges
from .account import client, forget
from .errors import AuthorityFailed, NotValidated
from .network import Network, explained, printable
from .policy import Window
from .settings import SETTINGS, email_of, server_of

DEADLINE_SECONDS = 180
ABOUT_NAMES = {"rejectedIdentifier", "unsupportedIdentifier", "caa", "dns", "connection", "unauthorized"}
"""The errors of an order that may be about some of its names alone (RFC 8555, section 6.7)."""


@contextmanager
def explaining(server: str) -> Iterator[None]:
    """Turn whatever the library raises into what it means."""
    try:
        yield
    except (
        acme_errors.Error,
        messages.Error,
        josepy.errors.Error,
        requests.RequestException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        if isinstance(error, messages.Error) and error.code == "accountDoesNotExist":
            forget(server)
        raise explained(error, server) from error


def certificate(app: App, names: Sequence[str], replaced: bytes | None = None) -> tuple[bytes, bytes]:
    """A new certificate with its chain, and its key, as PEM.

    Args:
        replaced: The certificate of before from the same authority, whose limits may spare its successor.

    Raises:
        NotValidated: Some names do not lead here, as the authority sees it.
        AuthorityFailed: Anything else that it does not do.
    """
    server = server_of(app)
    with explaining(server):
        acme = _client(app, server)
        key = new_key(SETTINGS.value(app, "key-type"))
        try:
            order = _new_order(acme, crypto_util.make_csr(key, list(names)), _name_if_asked(acme, replaced))
            _validate(app, acme, order)
            order = acme.begin_finalization(order)
        except messages.Error as error:
            if refused := refused_names(error, names):
                raise NotValidated(refused) from error
            raise
        order = acme.poll_finalization(order, _deadline())
        return order.fullchain_pem.encode(), key


def _name_if_asked(acme: ClientV2, certificate: bytes | None) -> str:
    """The name of a certificate for an authority that has renewal information; empty for others."""
    if not certificate or not getattr(acme.directory, "renewalInfo", ""):
        return ""
    return renewal_name(x509.load_pem_x509_certificates(certificate)[0])


def _new_order(acme: ClientV2, request: bytes, replaces: str) -> messages.OrderResource:
    """An order, that of a successor unless the authority doesn't take it for one: it may not know the old one."""
    if replaces and isinstance(acme.net, Network):
        try:
            with acme.net.replacing(replaces):
                return acme.new_order(request)
        except messages.Error as error:
            output.detail(f"The authority takes it for no successor: {printable(error.detail or 'without a reason')}")
    return acme.new_order(request)


def refused_names(error: messages.Error, names: Sequence[str]) -> dict[str, str]:
    """Those of some names that an error is about, each with what it says; none if it is about something else."""
    found: dict[str, str] = {}
    for problem in (error, *(error.subproblems or ())):
        if problem.code in ABOUT_NAMES:
            said = problem.detail or problem.code
            words = [problem.identifier.value] if problem.identifier else re.findall(r"[a-z0-9*-][a-z0-9.*-]+", said)
            found |= dict.fromkeys((word.rstrip(".") for word in words), printable(said))
    return {name: found[name] for name in names if name in found}


def revoke(app: App, chain: bytes, server: str) -> None:
    """Have the authority that issued a certificate declare it invalid.

    Args:
        server: Its URL.
    """
    with explaining(server):
        _client(app, server).revoke(x509.load_pem_x509_certificates(chain)[0], 0)


def window(app: App, chain: bytes) -> Window | None:
    """When the authority wants a certificate renewed; None if it doesn't say."""
    server = server_of(app)
    with explaining(server):
        acme = _client(app, server)
        name = renewal_name(x509.load_pem_x509_certificates(chain)[0])
        place = getattr(acme.directory, "renewalInfo", "")
        if not place or not name:
            return None
        told = messages.RenewalInfo.from_json(acme.net.get(f"{place.rstrip('/')}/{name}").json()).suggested_window
        return Window(told.start.timestamp(), told.end.timestamp())


def renewal_name(certificate: x509.Certificate) -> str:
    """How an authority is asked about a certificate (RFC 9773, section 4.1); empty if it doesn't say who signed it."""
    try:
        issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return ""
    number = certificate.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")  # as DER has it: a zero before a set highest bit
    return f"{b64encode(issuer).decode()}.{b64encode(serial).decode()}" if issuer else ""


def new_key(kind: str) -> bytes:
    key: Any
    if kind.startswith("rsa"):
        key = rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    else:
        key = ec.generate_private_key(ec.SECP256R1() if kind == "ec256" else ec.SECP384R1())
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _client(app: App, server: str) -> ClientV2:
    return client(server, email_of(app), SETTINGS.value(app, "ca-bundle"))


def _validate(app: App, acme: ClientV2, order: messages.OrderResource) -> None:
    """Answer the challenges of an order, and wait for what the authority thinks of it."""
    undo: list[challenges.Undo] = []
    kind = SETTINGS.value(app, "challenge")
    pending = [a for a in order.authorizations if a.body.status != messages.STATUS_VALID]
    try:
        answered = []
        for authorization in pending:
            challenge = _chosen(authorization, kind)
            make = challenges.dns if kind == "dns-01" else challenges.http
            undo.append(make(app, authorization, challenge.chall, acme.net.key))
            answered.append(challenge)
        for challenge in answered:
            acme.answer_challenge(challenge, challenge.response(acme.net.key))
        _await(acme, pending)
    finally:
        for each in undo:
            _undone(each)


def _chosen(authorization: messages.AuthorizationResource, kind: str) -> messages.ChallengeBody:
    wanted = kinds.DNS01 if kind == "dns-01" else kinds.HTTP01
    for challenge in authorization.body.challenges:
        if isinstance(challenge.chall, wanted):
            return challenge
    raise AuthorityFailed(f"The authority offers no {kind} for {authorization.body.identifier.value}.")


def _await(acme: ClientV2, pending: Sequence[messages.AuthorizationResource]) -> None:
    """Wait until every authorization is decided, so that all that failed can be named."""
    failed: dict[str, str] = {}
    left, end = list(pending), time.monotonic() + DEADLINE_SECONDS
    while left:
        if time.monotonic() > end:
            raise AuthorityFailed("The authority did not validate in time.")
        time.sleep(0.5)
        still = []
        for authorization in left:
            seen, _ = acme.poll(authorization)
            if seen.body.status == messages.STATUS_PENDING:
                still.append(authorization)
            elif seen.body.status != messages.STATUS_VALID:
                failed[_name(authorization)] = _why(seen)
        left = still
    if failed:
        raise NotValidated(failed)


def _name(authorization: messages.AuthorizationResource) -> str:
    """Whose it is, as we asked for it: that of a wildcard leaves the star to a flag of its own."""
    name: str = authorization.body.identifier.value
    return f"*.{name}" if authorization.body.wildcard and not name.startswith("*.") else name


def _why(authorization: messages.AuthorizationResource) -> str:
    details = [c.error.detail for c in authorization.body.challenges if c.error and c.error.detail]
    return printable((details or ["without a reason"])[0])


def _undone(undo: challenges.Undo) -> None:
    try:
        undo()
    except PaasError as error:
        output.warn(error.message, error.hint)


def _deadline() -> datetime:
    return datetime.now() + timedelta(seconds=DEADLINE_SECONDS)  # without a zone, as the library compares it
