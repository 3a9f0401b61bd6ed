"""How it stands with the certificates of apps, for lists and for `doctor`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from paas import App, apps
from paas.upkeep import Finding, Severity
from paas_certs import api as certs

from . import ledger, policy, renewals


@dataclass(frozen=True)
class Status:
    """Of an app that is looked after.

    Attributes:
        expires_at: Seconds since the epoch; None while it has no certificate.
        due_at: When it is renewed, or tried again.
        warning: What is wrong; empty if nothing is.
    """

    app: App
    expires_at: float | None
    due_at: float
    warning: str


def of(app: App) -> Status | None:
    """How it stands with an app; None if no authority gives it certificates."""
    if not (record := ledger.record(app)):
        return None
    has = certs.installed(app)
    ours = has if has and renewals.is_ours(has) else None
    late = ours is not None and policy.is_late(renewals.life(ours), time.time())
    warning = record.error or ("it should have been renewed" if late else "")
    return Status(app, ours.not_after if ours else None, record.due_at, warning)


def of_all(those: Sequence[App]) -> list[Status]:
    """Those that are looked after, the first to expire first."""
    return sorted(filter(None, map(of, those)), key=lambda status: status.expires_at or 0)


def findings() -> list[Finding]:
    """What `doctor` should say of certificates."""
    return [_finding(each) for each in of_all(apps.all()) if each.warning]


def _finding(status: Status) -> Finding:
    left = (status.expires_at or 0) - time.time()
    state = f"expires in {duration(left)}" if left > 0 else "is not there, or has expired"
    wrong = f"Its certificate {state}: {status.warning}"
    return Finding(
        status.app.name,
        wrong,
        f"It is tried again by itself. Once the cause is gone, at once with letsencrypt:enable {status.app.name}",
        Severity.warning if left > 0 else Severity.error,
    )


def duration(seconds: float) -> str:
    """As in Dokku: 59d, 23h, 4m, 1s."""
    left = int(abs(seconds))
    parts = [f"{left // 86400}d", f"{left // 3600 % 24}h", f"{left // 60 % 60}m", f"{left % 60}s"]
    return ("-" if seconds < 0 else "") + ", ".join(parts)
