"""The settings of the letsencrypt: commands."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from paas import App, InvalidValue, UsageError, authorization, state
from paas.context import current
from paas.settings import Setting, Settings, one_of, whole_number
from paas.state import GLOBAL

NOUN = "letsencrypt"
PRODUCTION = "https://acme-v02.api.letsencrypt.org/directory"
STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"
LONGEST_GRACE = 400 * 86400
"""No public authority's certificate lives as long."""
SERVERS = {"default": PRODUCTION, "production": PRODUCTION, "staging": STAGING}
OLD_EMAIL = "DOKKU_LETSENCRYPT_EMAIL"
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")


def email(value: str) -> str:
    if not _EMAIL.fullmatch(value) or len(value) > 254:
        raise InvalidValue(f"{value!r} is not an email address.", hint="Such as you@example.com")
    return value


def server(value: str) -> str:
    if value in SERVERS:
        return value
    try:
        parts = urlsplit(value)
        sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or not value.isprintable() or " " in value:
        raise InvalidValue(
            f"{value!r} is not the directory of an ACME server.", hint="Give an https:// URL, or staging, or default."
        )
    return value


def bundle(value: str) -> str:
    path = Path(value)
    try:
        readable = path.is_absolute() and path.is_file() and path.stat().st_size <= MOST_BYTES
        sound = readable and b"-----BEGIN CERTIFICATE-----" in path.read_bytes()
    except (OSError, ValueError):
        sound = False
    if not sound:
        raise InvalidValue(
            f"{value!r} is not a file with certificates that the account of paas can read.",
            hint="Give the absolute path of a PEM file, such as /etc/ssl/certs/our-root.pem",
        )
    return value


def provider(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", value):
        raise InvalidValue(f"{value!r} is not the name of a DNS provider.", hint=f"Put a program into {programs()}")
    return value


def hmac_key(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,}={0,2}", value):  # whoever decodes it skips what doesn't belong there
        raise InvalidValue(
            "That is not the key of an external account.",
            hint="It is base64url: 16 or more letters, digits, - and _, as the authority gave it.",
        )
    return value


def key_id(value: str) -> str:
    if not re.fullmatch(r"[!-~]{1,200}", value):
        raise InvalidValue(f"{value!r} is not the id of an external account.", hint="The authority gives it to you.")
    return value


def programs() -> Path:
    """The folder of programs that make DNS records; whoever runs the server puts them there."""
    return current().paths.plugin(NOUN) / "dns"


SETTINGS = Settings(
    NOUN,
    Setting("email", check=email, help="Where the authority writes to; needed once."),
    Setting(
        "server", "default", check=server, help="default, staging, or the https:// directory of another ACME server."
    ),
    Setting(
        "graceperiod",
        check=whole_number(3600, LONGEST_GRACE),
        help="Renew this many seconds before the end, at most half a life.",
    ),
    Setting("challenge", "http-01", check=one_of("http-01", "dns-01"), help="http-01, or dns-01 for wildcards."),
    Setting(
        "key-type",
        "ec256",
        check=one_of("ec256", "ec384", "rsa2048", "rsa4096"),
        help="ec256, ec384, rsa2048, rsa4096.",
    ),
    Setting("ca-bundle", check=bundle, help="Roots to trust for the server itself, a PEM file."),
    Setting("preflight", "on", check=one_of("on", "off"), help="on or off: see first whether domains lead here."),
    Setting("dns-provider", check=provider, help="Whoever makes DNS records for dns-01."),
    Setting("eab-kid", check=key_id, app=False, help="The id of an external account, for authorities that want one."),
)
SECRETS = Settings(NOUN, Setting("eab-hmac-key", check=hmac_key, app=False, help="Its key; never printed."))
EVERY = Settings(NOUN, *SETTINGS.all.values(), *SECRETS.all.values())


VARIABLE = "dns-provider-"
"""Begins the keys of what a program that makes DNS records finds in its environment; as in Dokku, and never printed."""
MOST_BYTES = 5_000_000
"""Of a file with roots; those of a whole distribution come to a twentieth."""
OF_LEGO = {"lego-args", "lego-docker-options"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def set_value(owner: str, key: str, value: str) -> None:
    """Set a setting or a variable of the DNS provider's; an empty value clears it.

    Raises:
        PaasError: There is no such setting, or the value is none for it.
    """
    if key in OF_LEGO:
        raise UsageError(
            f"{key} is for lego, which isn't used here.",
            hint=f"Its options are settings of their own: {', '.join(sorted(EVERY.all))}",
        )
    if not key.startswith(VARIABLE):
        return EVERY.set(owner, key, value)
    authorization.require_root(  # LD_PRELOAD is a variable too
        "What is in the environment of a program on the server is for root to say.",
        hint=f"There: sudo paas letsencrypt:set APP {key} VALUE",
    )
    if not _NAME.fullmatch(key.removeprefix(VARIABLE)) or "\0" in value:
        raise InvalidValue(f"{key!r} names no variable.", hint=f"Such as {VARIABLE}API_TOKEN")
    state.change(NOUN, owner, {key: value or None})


def variables(app: App) -> dict[str, str]:
    """What a program that makes DNS records finds in its environment: the app's own variables, else the global ones."""
    kept = state.properties(NOUN, GLOBAL) | state.properties(NOUN, app.owner)
    return {key.removeprefix(VARIABLE): value for key, value in kept.items() if key.startswith(VARIABLE)}


def copy(app: App, copy: App) -> None:
    """Give one app the settings and variables of another."""
    state.change(NOUN, copy.owner, state.properties(NOUN, app.owner))


def email_of(app: App) -> str:
    """The email of an app; what the tutorial of old sets counts as well."""
    from paas_config import api as config

    if said := SETTINGS.value(app, "email"):
        return said
    return config.get(app, OLD_EMAIL) or config.get(None, OLD_EMAIL) or ""


def server_of(app: App) -> str:
    """The URL of an app's authority."""
    said = SETTINGS.value(app, "server")
    return SERVERS.get(said, said)


def grace_of(app: App) -> float | None:
    said = SETTINGS.value(app, "graceperiod")
    return float(said) if said else None
