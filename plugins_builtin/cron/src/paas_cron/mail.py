"""Mail of what an entry has printed."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage

from paas import App, PaasError, output, process
from paas.state import GLOBAL

from .entries import Entry
from .settings import SETTINGS

SENDMAIL = "/usr/sbin/sendmail"
TIMEOUT = 60


def send(app: App, entry: Entry, lines: Sequence[str], code: int) -> None:
    """Hand a mail to the server's sendmail, if somebody is to have one; a failure is only said."""
    if not (to := SETTINGS.value(GLOBAL, "mailto")):
        return
    message = EmailMessage()
    message["To"] = to
    if sender := SETTINGS.value(GLOBAL, "mailfrom"):
        message["From"] = sender
    said = f" (exit code {code})" if code else ""
    message["Subject"] = f"cron of {app.name}: {' '.join(entry.command.split())[:120]}{said}"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines) + "\n")
    try:
        process.run([SENDMAIL, "-i", "-t"], input=message.as_bytes(), timeout=TIMEOUT)
    except PaasError as error:
        output.warn(f"No mail could be sent to {to}: {error.message}", error.hint)
