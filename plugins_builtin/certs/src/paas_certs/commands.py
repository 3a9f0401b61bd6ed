"""The certs: commands."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from paas import App, PaasError, apps, authorization, output, reports
from paas.params import AppName

from . import bundles, kept

app = typer.Typer(help="The certificates with which apps answer for their domains.")
CertificateFile = Annotated[str | None, typer.Argument(metavar="[CRT-FILE]", help="Of the server, in PEM.")]
KeyFile = Annotated[str | None, typer.Argument(metavar="[KEY-FILE]", help="The same, without a passphrase.")]


class Part(StrEnum):
    crt = "crt"
    key = "key"
    csr = "csr"


@app.command("add")
def add(name: AppName, certificate: CertificateFile = None, key: KeyFile = None) -> None:
    """Have an app answer with a certificate: two files of the server, or a tar with a .crt and a .key on stdin."""
    _put(apps.load(name), certificate, key, "certs:add")


@app.command("update")
def update(name: AppName, certificate: CertificateFile = None, key: KeyFile = None) -> None:
    """Have an app answer with another certificate; without a key in the tar, for the key that it has."""
    _put(apps.load(name), certificate, key, "certs:update")


@app.command("generate")
def generate(
    name: AppName, domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Also *.example.com.")]
) -> None:
    """Make a key, a request for a certificate authority and a self-signed certificate."""
    from . import changes, generating, pairs

    target = apps.load(name)
    if kept.of(target):  # as in Dokku, no failure: a script may say it again
        return output.warn(f"{name} has a certificate already, and keeps it.", f"For another: certs:remove {name}")
    made = generating.for_domain(domain)
    pair = pairs.checked(made.certificate, made.key, time.time())
    changes.install(target, pair, kept.NOUN, "certs:generate", {kept.REQUEST: made.request})
    output.step(f"Self-signed certificate for {domain} installed; certs:show {name} csr prints the request")


@app.command("remove")
def remove(name: AppName) -> None:
    """Forget an app's certificate: it answers in plain http."""
    from . import changes

    target = apps.load(name)
    if not kept.of(target):
        raise PaasError(f"{name} has no certificate.", hint=f"Bring one with certs:add {name}")
    changes.remove(target, "certs:remove")
    output.step(f"Removed the certificate of {name}")


@app.command("show")
def show(name: AppName, part: Annotated[Part, typer.Argument(metavar="crt|key|csr", help="Which one.")]) -> None:
    """Print a certificate with its chain, or the request of certs:generate; the key only for root on the server."""
    found = kept.of(apps.load(name))
    if part is Part.key:
        authorization.require_root(
            f"The key of {name} is shown to root on the server alone.", hint=f"There: sudo paas certs:show {name} key"
        )
    if not found:
        raise PaasError(f"{name} has no certificate.", hint=f"Bring one with certs:add {name}")
    file = {Part.crt: found.certificate, Part.key: found.key, Part.csr: found.folder / kept.REQUEST}[part]
    try:
        output.raw(file.read_text(encoding="ascii"))
    except OSError as error:
        hint = "certs:generate makes one, for an app without a certificate." if part is Part.csr else None
        raise PaasError(f"{name} has no {part.value}: {error.strerror}.", hint) from error


def _put(target: App, certificate: str | None, key: str | None, reason: str) -> None:
    from . import changes

    chain, private = bundles.read(target, certificate, key)
    found = changes.bring(target, chain, private, reason)
    output.step(f"Certificate of {target.name} for {', '.join(found.names)} installed")


def _report(target: App) -> dict[str, str]:
    from .pairs import day

    found = kept.of(target)
    return {
        "dir": str(found.folder) if found else "",
        "enabled": str(found is not None).lower(),
        "hostnames": " ".join(found.names) if found else "",
        "expires-at": day(found.not_after) if found else "",
        "issuer": found.issuer if found else "",
        "starts-at": day(found.not_before) if found else "",
        "subject": found.subject if found else "",
        "verified": ("self signed" if found.self_signed else "signed by its issuer") if found else "",
    }


reports.add_command(app, "certs", _report, dict, word="ssl")
