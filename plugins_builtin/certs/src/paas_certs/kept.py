"""What is kept of an app's certificate: a folder with the pair, and a row that names it.

A pair lies in a folder named after its contents and never changes, so a certificate and its key always fit. The row
says which folder holds; the site follows from it. What is killed half-way leaves a folder that no row names.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from paas import App, PaasError, files, state
from paas.context import current
from paas_proxy import api as proxy

NOUN, ROW = "certs", "certificate"
CERTIFICATE, KEY, REQUEST = "fullchain.pem", "privkey.pem", "request.csr"
EVERY_HOST = "_"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a certificate says of itself.

    Attributes:
        names: The host names that it covers, in lower case, perhaps with `*.` before them.
        not_before: Seconds since the epoch.
        not_after: The same.
        serial: In hexadecimal.
        issuer: As RFC 4514 writes it.
        subject: The same.
        self_signed: Its own key has signed it, so no client trusts it unasked.
    """

    names: tuple[str, ...]
    not_before: float
    not_after: float
    serial: str
    issuer: str
    subject: str
    self_signed: bool

    def facts(self) -> dict[str, Any]:
        """These alone, by name."""
        return {each.name: getattr(self, each.name) for each in fields(Facts)}


@dataclass(frozen=True, kw_only=True)
class Certificate(Facts):
    """A certificate that an app has.

    Attributes:
        folder: Where it lies with its key: `fullchain.pem` and `privkey.pem`.
        source: The noun of the plugin that brought it.
    """

    folder: Path
    source: str

    @property
    def certificate(self) -> Path:
        return self.folder / CERTIFICATE

    @property
    def key(self) -> Path:
        return self.folder / KEY

    def covers(self, domain: str) -> bool:
        """Whether clients take it for a domain; a wildcard stands for one label."""
        return domain == EVERY_HOST or covers(self.names, domain)


def covers(names: Sequence[str], domain: str) -> bool:
    """Whether a domain is among the names of a certificate; a wildcard stands for one label."""
    wild = f"*.{domain.partition('.')[2]}"
    return domain.lower() in names or wild.lower() in names


def place(app: App) -> Path:
    """The folder of an app's pairs, by its id: a rename leaves it alone."""
    return current().paths.plugin(NOUN) / str(app.id)


def of(app: App) -> Certificate | None:
    row = state.property(NOUN, app.owner, ROW)
    return _certificate(app, row) if row else None


def for_domain(app: App, domain: str) -> proxy.Certificate | None:
    """What a proxy is to answer with for a domain; none for one that the certificate doesn't cover."""
    found = of(app)
    return proxy.Certificate(str(found.certificate), str(found.key)) if found and found.covers(domain) else None


def store(app: App, name: str, contents: Mapping[str, bytes]) -> Path:
    """Write the files of a pair, its key first, for this account alone.

    Args:
        name: That of the folder.

    Raises:
        PaasError: The disk is full.
    """
    folder = place(app) / name
    try:
        for each in (folder.parent.parent, folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, data in contents.items():
            files.replace(folder / file, data, 0o600)
    except OSError as error:
        raise PaasError(f"{folder} can't be written: {error.strerror}.", hint="Make room on the disk.") from error
    return folder


def keep(app: App, certificate: Certificate | None) -> None:
    """Have an app answer with a certificate, or with none."""
    row = None
    if certificate:
        row = asdict(certificate) | {"folder": certificate.folder.name, "names": list(certificate.names)}
    state.change(NOUN, app.owner, {ROW: row})


def prune(app: App) -> None:
    """Remove the pairs that an app has no more; whoever serves them has read them long ago."""
    found = of(app)
    if not place(app).is_dir():
        return
    for folder in place(app).iterdir():
        if not found or folder != found.folder:
            shutil.rmtree(folder, ignore_errors=True)


def clear(app: App) -> None:
    shutil.rmtree(place(app), ignore_errors=True)


def _certificate(app: App, row: Mapping[str, Any]) -> Certificate:
    return Certificate(**{**row, "folder": place(app) / row["folder"], "names": tuple(row["names"])})
