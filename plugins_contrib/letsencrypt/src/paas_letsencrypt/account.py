"""An account at an authority: a key of its own for each server, in a file for the paas account alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from acme import errors as acme_errors
from acme import messages
from acme.client import ClientNetwork, ClientV2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from josepy.jwk import JWKRSA

from paas import PaasError, files, locks
from paas.context import current
from paas.state import GLOBAL

from .errors import AuthorityFailed
from .network import Network
from .settings import EVERY, NOUN


def client(server: str, email: str, ca_bundle: str) -> ClientV2:
    """A client that may order certificates; the account is made when there is none.

    One run asks a server for its directory once, whatever comes of it: a tick that has a hundred certificates to renew
    doesn't wait a hundred times for a server that is silent.

    Raises:
        AuthorityFailed: The server can't be reached, or refuses the account.
        PaasError: It wants an external account, and none is set.
    """
    made = current().resource(f"{NOUN} {server} {email} {ca_bundle}", lambda: _tried(server, email, ca_bundle))
    if isinstance(made, AuthorityFailed):
        raise made
    return made


def _tried(server: str, email: str, ca_bundle: str) -> ClientV2 | AuthorityFailed:
    with locks.exclusive(f"{NOUN}-account"):
        key = _key(server)
        net = Network(key, server, ca_bundle=ca_bundle)
        try:
            directory = ClientV2.get_directory(server, net)
        except AuthorityFailed as error:
            return error
        made = ClientV2(directory, net)
        if (uri := _known(server)) and email == uri.get("email"):
            net.account = messages.RegistrationResource(uri=uri["uri"], body=messages.Registration())
            return made
        _register(made, net, server, email, directory)
        return made


def place(server: str) -> Path:
    return current().paths.plugin(NOUN) / "accounts" / hashlib.sha256(server.encode()).hexdigest()[:16]


def forget(server: str) -> None:
    """Ask for an account anew next time: the server doesn't know the one that it gave."""
    (place(server) / "account.json").unlink(missing_ok=True)


def _register(made: ClientV2, net: ClientNetwork, server: str, email: str, directory: messages.Directory) -> None:
    binding = _binding(net.key, server, directory)
    wanted = messages.NewRegistration.from_data(
        email=email, terms_of_service_agreed=True, external_account_binding=binding
    )
    try:
        account = made.new_account(wanted)
    except acme_errors.ConflictError as known:
        account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
        net.account = account
        made.update_registration(account.update(body=messages.Registration.from_data(email=email)))
    files.replace(
        place(server) / "account.json", json.dumps({"server": server, "email": email, "uri": account.uri}), 0o600
    )


def _binding(key: Any, server: str, directory: messages.Directory) -> Any:
    kid, secret = EVERY.value(GLOBAL, "eab-kid"), EVERY.value(GLOBAL, "eab-hmac-key")
    if kid and secret:
        return messages.ExternalAccountBinding.from_data(key.public_key(), kid, secret, directory)
    if directory.meta.external_account_required:
        raise PaasError(
            f"{server} wants an external account.",
            hint="Set what it gave you with letsencrypt:set --global eab-kid ID and eab-hmac-key KEY",
        )
    return None


def _key(server: str) -> JWKRSA:
    path = place(server) / "key.pem"
    if not path.exists():
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = rsa.generate_private_key(65537, 2048)
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        files.replace(path, pem, 0o600)
    try:
        return JWKRSA(key=serialization.load_pem_private_key(path.read_bytes(), None))
    except ValueError as error:
        raise AuthorityFailed(
            f"The key of the account, {path}, can't be read.", hint="Restore it, or move it away."
        ) from error


def _known(server: str) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((place(server) / "account.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
