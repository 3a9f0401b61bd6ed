"""Keep an app's certificate good and right for its domains: looked at when it is due, tried again when that fails."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import replace

from paas import App, InvalidValue, PaasError, apps, hooks, hookspecs, lifecycle, locks, output, state, tasks
from paas.state import GLOBAL
from paas_certs import api as certs

from . import hookspecs as own_hooks
from . import ledger, pending, policy, preflight
from .errors import AuthorityFailed, NotValidated
from .ledger import Record
from .policy import DAY, Life
from .settings import NOUN, OLD_EMAIL, SETTINGS, email, email_of, grace_of, server_of

TASK = "renew"
EVERY_HOST = "_"
MOST_ORDERS = 3
"""An authority refuses names when it is asked for them, when it has looked at them, and when it issues."""
LOOK_AGAIN = DAY
"""An authority may move its window (RFC 9773): it is asked each day."""


def enable(app: App, *, force: bool = False) -> None:
    """Get a certificate for an app now, and look after it from now on.

    Raises:
        PaasError: It can't be had. If that may pass, it is tried again by itself.
    """
    email_required(app)
    _require_dns(app, domains(app))
    if (has := certs.installed(app)) and not is_ours(has):
        output.detail(f"It takes the place of the certificate that {has.source} brought")
    known = ledger.record(app)
    if not known:
        ledger.keep(Record(app.id, server_of(app), time.time()))
    # Another server takes effect here alone: a slip in a global setting must not replace what is good everywhere.
    look_after(app, force=force or (known is not None and known.server != server_of(app)))


def disable(app: App) -> None:
    """Look after an app no more, and take its certificate away if it came from an authority."""
    with _alone(app):
        ledger.forget(app)
        pending.forget(app)
        if is_ours(certs.installed(app)):
            certs.remove(app, NOUN)


def is_ours(certificate: certs.Certificate | None) -> bool:
    return certificate is not None and certificate.source == NOUN


def is_automatic() -> bool:
    return bool(state.property(NOUN, GLOBAL, "cron-job", True))


def follow(app: App) -> None:
    """Have the next tick see whether an app's certificate is still right for it."""
    if ledger.record(app):
        _plan(app, 0)


def let_go(app: App) -> None:
    """Look after an app no more if it has another certificate than ours, or none, because somebody wanted that."""
    if ledger.record(app) and not is_ours(certs.installed(app)):
        ledger.forget(app)
        output.detail(f"letsencrypt looks after it no more; letsencrypt:enable {app.name} begins again")


def say_what_follows(app: App) -> None:
    """Whoever has just read that a domain is served in plain http should know that this passes."""
    if not ledger.record(app) or not is_automatic():
        return
    has, names = certs.installed(app), _names(app)
    if new := [name for name in names if name not in _wild(app, names) and not (has and has.covers(name))]:
        output.detail(f"letsencrypt asks for a certificate for {', '.join(new)} within a minute")


def perform(app: App) -> None:
    """What a planned task does: nothing fails here, it is tried again."""
    if not ledger.record(app):
        return
    if not is_automatic():
        return _plan(app, DAY)
    # The tick comes again, rather than wait for a deploy with a new certificate in its hands, or for whoever is at it.
    with lifecycle.deploying(app, f"{NOUN}:auto-renew", wait=False), _alone(app, wait=False) as free:
        pass
    if not free:
        return _plan(app, tasks.RETRY_SECONDS)
    try:
        look_after(app)
    except PaasError as error:
        output.warn(f"{app.name}: {error.message}", error.hint)


def look_after(app: App, *, force: bool = False) -> None:
    """Renew an app's certificate if it is due, or doesn't cover a domain; plan when to look again.

    Raises:
        PaasError: It could not be renewed, and is tried again by itself; the certificate that it has is served on.
    """
    with _alone(app):
        record = ledger.record(app)
        installed = certs.installed(app)
        if not record:
            return
        try:
            left_out = _renewed(app, installed if is_ours(installed) else None, force=force)
        except PaasError as error:
            if apps.by_id(app.id):
                _failed(app, record, error)
            else:  # it was destroyed meanwhile
                pending.forget(app)
            raise
        issued = certs.installed(app) != installed
        _succeeded(app, replace(record, server=server_of(app)) if issued else record, left_out)


def _alone(app: App, *, wait: bool = True) -> AbstractContextManager[bool]:
    """Be the only one who sees to an app's certificate; False if somebody else is, and `wait` is false."""
    return locks.exclusive(f"{NOUN}-{app.id}", wait=wait)


def domains(app: App) -> list[str]:
    """The domains that an app's certificate is to cover.

    Raises:
        PaasError: It has none, or too many.
    """
    found = _names(app)
    if not found:
        raise PaasError(
            f"{app.name} has no domain that a certificate could be for.", hint=f"Add one: domains:add {app.name} DOMAIN"
        )
    if len(found) > 100:
        raise PaasError(f"{app.name} has {len(found)} domains; a certificate covers 100 at most.")
    return sorted(found)


def _names(app: App) -> list[str]:
    return [name for name in hooks.gather(hookspecs.app_domains, app) if name != EVERY_HOST]


def _wild(app: App, names: Sequence[str]) -> list[str]:
    """Those that an app's challenge can't show."""
    return [name for name in names if name.startswith("*.") and SETTINGS.value(app, "challenge") != "dns-01"]


def _require_dns(app: App, names: Sequence[str]) -> None:
    if wild := _wild(app, names):
        raise PaasError(
            f"{', '.join(wild)} can only be shown to be yours by DNS.",
            hint=_by_dns(app),
        )


def _by_dns(app: App) -> str:
    return f"letsencrypt:set {app.name} challenge dns-01, and letsencrypt:set {app.name} dns-provider NAME"


def email_required(app: App) -> None:
    if said := email_of(app):
        try:
            email(said)
        except InvalidValue as error:  # a variable isn't checked when it is set
            hint = f"It is the value of {OLD_EMAIL}. Set one with letsencrypt:set --global email you@example.com"
            raise InvalidValue(error.message, hint=hint) from error
    else:
        raise PaasError(
            f"Cannot request a certificate for {app.name} without an email address.",
            hint="Set one with letsencrypt:set --global email you@example.com",
        )


def life(certificate: certs.Certificate) -> Life:
    return Life(certificate.not_before, certificate.not_after)


def _renewed(app: App, has: certs.Certificate | None, *, force: bool) -> Mapping[str, str]:
    """Order a certificate if one is needed; the domains that had to be left out, each with the reason."""
    wanted = domains(app)
    missing = [name for name in wanted if not has or not has.covers(name)]
    due = force or has is None or time.time() >= _renewal(app, has)
    if not due and not missing:
        return {}
    kept = _to_be_kept(has, wanted, force=force)
    dropped = _unreachable(app, wanted if due else missing)
    if kept & dropped.keys():
        raise NotValidated(dropped)
    names = [name for name in wanted if name not in dropped]
    if not names or (not due and not any(name in missing for name in names)):
        which = "domain" if due else "new domain"
        raise AuthorityFailed(f"No {which} of {app.name} can have a certificate: {_said(dropped)}", _mend(app, dropped))
    chain, key, refused = _ordered(app, names, has, needed=set(names if due else missing), kept=kept)
    certs.install(app, chain, key, NOUN)
    pending.forget(app)
    return {**dropped, **refused}


def _to_be_kept(has: certs.Certificate | None, wanted: Sequence[str], *, force: bool) -> Set[str]:
    """The domains that a new certificate may not leave out: that of today is good for them, and there is time left."""
    if not has or force or policy.is_late(life(has), time.time()):
        return set()
    return set(filter(has.covers, wanted))


def _unreachable(app: App, names: Sequence[str]) -> dict[str, str]:
    """Those that needn't be asked for, each with the reason; one that was added later stops no renewal."""
    wild = dict.fromkeys(_wild(app, names), "a wildcard needs the challenge dns-01")
    if SETTINGS.value(app, "preflight") == "off" or SETTINGS.value(app, "challenge") == "dns-01":
        return wild
    return wild | preflight.failing([name for name in names if name not in wild])


def _ordered(
    app: App, names: Sequence[str], has: certs.Certificate | None, *, needed: Set[str], kept: Set[str]
) -> tuple[bytes, bytes, Mapping[str, str]]:
    """A certificate for the names that the authority doesn't refuse, and those that it does, each with the reason.

    Args:
        needed: Without one of these the app would get no more than it has.
        kept: Without all of these it would get less.
    """
    refused: dict[str, str] = {}
    for _ in range(MOST_ORDERS):
        left = [name for name in names if name not in refused]
        if needed.isdisjoint(left) or not kept.isdisjoint(refused):
            break
        try:
            return *_order(app, left, has), refused
        except NotValidated as error:
            refused |= error.names
    raise NotValidated(refused)


def _order(app: App, names: Sequence[str], has: certs.Certificate | None) -> tuple[bytes, bytes]:
    from . import issue

    server, now = server_of(app), time.time()
    if found := pending.find(app, server, names):
        return found
    renews = has is not None and sorted(has.names) == sorted(names)
    record = ledger.record(app)
    replaced = has.certificate.read_bytes() if has and record and record.server == server else None
    until, why = ledger.must_wait(ledger.attempts(server, now - ledger.WEEK), names, now, renews=renews)
    if until:
        raise AuthorityFailed(f"{server} allows no more than {why}.", retry_after=until - now)
    attempt = ledger.begin(server, names, now)
    try:
        chain, key = issue.certificate(app, names, replaced)
    except PaasError as error:
        ledger.end(attempt, "failed", sorted(error.names) if isinstance(error, NotValidated) else ())
        raise
    pending.keep(app, server, names, chain, key)
    ledger.end(attempt, "issued")
    return chain, key


def _renewal(app: App, has: certs.Certificate) -> float:
    """When a certificate is to be renewed: by chance, but the same one each time."""
    from . import issue

    chance = random.Random(f"{app.id} {has.serial}").random()  # noqa: S311 (spreads load, hides nothing)
    window = None
    try:
        window = issue.window(app, has.certificate.read_bytes())
    except (PaasError, OSError) as error:
        output.detail(f"The authority does not say when to renew: {error}")
    return policy.renewal(life(has), chance, grace_of(app), window)


def _succeeded(app: App, record: Record, left_out: Mapping[str, str]) -> None:
    now, has = time.time(), certs.installed(app)
    assert has
    due = _renewal(app, has)
    failures = record.failures + 1 if left_out else 0
    if left_out:
        output.warn(f"Left out: {_said(left_out)}", _mend(app, left_out))
        due = min(due, now + policy.retry(failures, random.random(), life(has)))  # noqa: S311
    names = tuple(sorted(left_out))
    ledger.keep(replace(record, due_at=due, failures=failures, error=_said(left_out), left_out=names))
    _plan(app, max(60.0, min(due - now, LOOK_AGAIN)))


def _failed(app: App, record: Record, error: PaasError) -> None:
    now, has = time.time(), certs.installed(app)
    its = life(has) if has and is_ours(has) else None
    failures = record.failures + 1
    asked = error.retry_after if isinstance(error, AuthorityFailed) else 0.0
    wait = policy.retry(failures, random.random(), its, asked)  # noqa: S311 (spreads load, hides nothing)
    record = replace(record, due_at=now + wait, failures=failures, error=error.message)
    if has and its and policy.is_late(its, now) and now - record.warned_at >= DAY:
        hooks.tell(own_hooks.letsencrypt_expiring, app, has.not_after, error.message)
        record = replace(record, warned_at=now)
    ledger.keep(record)
    _plan(app, wait)


def _plan(app: App, after: float) -> None:
    tasks.plan_anew(NOUN, TASK, {"app_id": app.id}, after)


def _said(names: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {why}" for name, why in names.items())


def _mend(app: App, names: Mapping[str, str]) -> str:
    if len(_wild(app, list(names))) == len(names):
        return _by_dns(app)
    return f"Point its DNS at this server; it is tried again by itself. Or: letsencrypt:set {app.name} preflight off"
