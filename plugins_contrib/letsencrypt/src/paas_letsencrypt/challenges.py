"""How an authority sees that a domain is ours: a file that nginx serves, or a DNS record."""

from __future__ import annotations

import os
from collections.abc import Callable

from acme import challenges, messages

from paas import App, PaasError, hooks, process
from paas_proxy import api as proxy

from . import hookspecs
from .settings import SETTINGS, programs, variables

Undo = Callable[[], None]
PROGRAM_SECONDS = 600


def http(app: App, authorization: messages.AuthorizationResource, body: challenges.HTTP01, key: object) -> Undo:
    """Have every server block answer for a token."""
    token = body.encode("token")
    proxy.answer_challenge(token, body.validation(key))
    return lambda: proxy.forget_challenge(token)


def dns(app: App, authorization: messages.AuthorizationResource, body: challenges.DNS01, key: object) -> Undo:
    """Make the TXT record for a domain, by whoever the app has chosen."""
    name = body.validation_domain_name(authorization.body.identifier.value)
    value = body.validation(key)
    _record(app, "present", name, value)
    return lambda: _record(app, "cleanup", name, value)


def _record(app: App, action: str, name: str, value: str) -> None:
    provider = SETTINGS.value(app, "dns-provider")
    if not provider:
        raise PaasError(
            "dns-01 needs a DNS provider.", hint=f"Set it with letsencrypt:set {app.name} dns-provider NAME"
        )
    if not hooks.ask(hookspecs.letsencrypt_dns_record, app, provider, action, name, value):
        raise PaasError(f"There is no DNS provider {provider}.", hint=f"Put a program of that name into {programs()}")


def run_program(app: App, provider: str, action: str, name: str, value: str) -> bool | None:
    """Call `PROGRAM present|cleanup NAME VALUE`, which makes or removes a record; None if there is no such program."""
    program = programs() / provider
    if not program.is_file():
        return None
    if not os.access(program, os.X_OK):
        raise PaasError(f"{program} may not be run by the account of paas.", hint=f"chmod 755 {program}")
    try:
        process.run([program, action, name, value], env=variables(app), timeout=PROGRAM_SECONDS)
    except PaasError as error:
        raise PaasError(
            f"The DNS provider {provider} could not do `{action} {name}`: {error.message}",
            hint=f"Try it by hand: {program} {action} {name} VALUE, with what dns-provider-VAR sets as VAR",
        ) from error
    return True
