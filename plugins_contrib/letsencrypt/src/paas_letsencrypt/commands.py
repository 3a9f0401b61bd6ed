"""The letsencrypt: commands."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, output, reports, several, state
from paas.params import AllApps, AppName, AppOrGlobal, Format, OptionalAppName, OutputFormat, SettingKey, SettingValue
from paas.state import GLOBAL

from . import settings
from .settings import NOUN, SETTINGS, server_of

app = typer.Typer(help="Certificates of Let's Encrypt, or of any ACME server, that renew themselves.")
Force = Annotated[bool, typer.Option("-f", "--force", help="Ask for a new one even if the old one is still good.")]


@app.command("letsencrypt", hidden=True)
def old_spelling(name: OptionalAppName = None) -> None:
    """The same as letsencrypt:enable, as tutorials of old have it."""
    if name is None:
        raise UsageError("Name an app.", hint="See letsencrypt:help; or write letsencrypt:enable APP")
    _enable(apps.load(name), force=False)


@app.command("enable")
def enable(name: OptionalAppName = None, every: AllApps = False, force: Force = False) -> None:
    """Get a certificate for an app's domains, and renew it for ever."""
    chosen = apps.chosen(name, every)
    several.each([target for target in chosen if not every or _may_have_one(target)], lambda a: _enable(a, force=force))


@app.command("disable")
def disable(name: AppName) -> None:
    """Take an app's certificate away, and renew it no more."""
    from . import renewals

    target = apps.load(name)
    output.step(f"Disabling letsencrypt for {name}")
    renewals.disable(target)


@app.command("active")
def active(name: AppName) -> None:
    """Print whether an app has a certificate of an authority: true or false."""
    output.line(_active(apps.load(name)))


@app.command("list")
def list_all(format: OutputFormat = Format.stdout) -> None:
    """The apps with a certificate that renews itself: when it expires, when it is renewed, what is wrong."""
    from . import status

    found, now = status.of_all(apps.visible()), time.time()
    if format is Format.json:
        return output.data(
            [{"app": s.app.name, "expires_at": s.expires_at, "due_at": s.due_at, "warning": s.warning} for s in found]
        )
    rows = [("-----> App name", "Certificate Expiry", "Time before expiry", "Time before renewal")]
    for each in found:
        left = status.duration(each.expires_at - now) if each.expires_at else "-"
        rows.append((each.app.name, _date(each.expires_at), left, status.duration(each.due_at - now)))
    output.table(rows)
    for each in found:
        if each.warning:
            output.warn(f"{each.app.name}: {each.warning}")


@app.command("auto-renew")
def auto_renew(name: OptionalAppName = None) -> None:
    """Renew the certificates that are due."""
    from . import ledger

    looked_after = [target for target in ([apps.load(name)] if name else apps.visible()) if ledger.record(target)]
    if name and not looked_after:
        raise PaasError(f"{name} has no certificate that renews itself.", hint=f"letsencrypt:enable {name}")
    several.each(looked_after, _renew)


@app.command("revoke")
def revoke(name: AppName) -> None:
    """Have the authority declare an app's certificate invalid, and take it away."""
    from paas_certs import api as certs

    from . import issue, ledger, renewals

    target = apps.load(name)
    has, record = certs.installed(target), ledger.record(target)
    if not has or not renewals.is_ours(has):
        raise PaasError(f"{name} has no certificate of an authority.", hint="See letsencrypt:list")
    output.step(f"Revoking the certificate of {name}")
    issue.revoke(target, has.certificate.read_bytes(), record.server if record else server_of(target))
    renewals.disable(target)


@app.command("cleanup")
def cleanup(name: AppName) -> None:
    """Remove an app's old certificates: there are none, each goes when the next one is served."""
    apps.load(name)
    output.step(f"{name} keeps no certificate but the one that it is served with")


@app.command("cron-job")
def cron_job(
    add: Annotated[bool, typer.Option("--add", help="Renew by itself, as it is from the start.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Renew by auto-renew alone.")] = False,
) -> None:
    """Turn renewals by the server's timer on or off; print which it is."""
    from . import renewals

    if add and remove:
        raise UsageError("--add and --remove don't go together.")
    if add or remove:
        state.change(NOUN, GLOBAL, {"cron-job": add})
    output.line(f"Automatic renewal is {'on' if renewals.is_automatic() else 'off'}")


@app.command("set")
def set_value(name: AppOrGlobal, key: SettingKey, value: SettingValue = "") -> None:
    """Set or clear a setting; it applies with the next certificate."""
    settings.set_value(apps.owner(name), key, value)
    shown = value if key in SETTINGS.all else "a value"
    output.step(f"Setting {key} to {shown}" if value else f"Unsetting {key}")


def _may_have_one(target: App) -> bool:
    """Whether an app that nobody has named gets a certificate: not if somebody has brought it one that is good."""
    from paas_certs import api as certs

    from . import renewals

    has = certs.installed(target)
    if not has or renewals.is_ours(has) or has.not_after <= time.time():
        return True
    output.step(f"{target.name} keeps the certificate that {has.source} brought; see letsencrypt:enable {target.name}")
    return False


def _enable(target: App, *, force: bool) -> None:
    from . import renewals

    output.step(f"Enabling letsencrypt for {target.name}")
    renewals.enable(target, force=force)
    output.result(f"{target.name} has a certificate, renewed by itself")


def _renew(target: App) -> None:
    from . import renewals

    output.step(f"Looking after the certificate of {target.name}")
    renewals.look_after(target)


def _active(target: App) -> str:
    from paas_certs import api as certs

    from . import renewals

    return "true" if renewals.is_ours(certs.installed(target)) else "false"


def _report(target: App) -> dict[str, str]:
    from . import status

    found = status.of(target)
    return {
        "active": _active(target),
        "autorenew": "true" if found else "false",
        "expiration": _date(found.expires_at) if found else "",
        "warning": found.warning if found else "",
        **SETTINGS.report(target),
        "computed-email": settings.email_of(target),  # which may be a variable, as tutorials have it
    }


def _date(at: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) if at else "-"


reports.add_command(app, NOUN, _report, SETTINGS.report_global)
