"""The commands of a kind of service for its backups."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from paas import InvalidValue, PaasError, disk, output
from paas.params import Format, OutputFormat

from . import backups, bucket, checked, kept, schedules, sealing, targets
from .asked import confirm, given_word
from .kinds import Kind, Service
from .schedules import Schedule

Name = Annotated[str, typer.Argument(metavar="SERVICE", parser=checked.name, help="Name of the service.")]
Target = Annotated[
    str, typer.Argument(metavar="[BUCKET|DIRECTORY]", help="Where they are; else as last time, or as scheduled.")
]
Which = Annotated[str, typer.Argument(metavar="[BACKUP]", help="Its name; else the newest.")]
Iam = Annotated[bool, typer.Option("-u", "--use-iam", help="Use what the machine itself is allowed.")]
Force = Annotated[bool, typer.Option("-f", "--force", help="Don't ask.")]


def backup(
    kind: Kind,
    name: Name,
    target: Target = "",
    use_iam: Iam = False,
    verify: Annotated[bool, typer.Option("--verify", help="Restore it elsewhere, and compare the rows.")] = False,
) -> None:
    """Back a service up to a folder of the server, or to a store that speaks S3."""
    service, place, iam = _place(kind, name, target, use_iam)
    if verify:
        _require_can_be_opened(service)
    output.step(f"Backing up {name} to {place}")
    taken = backups.take(kind, service, place, use_iam=iam)
    output.result(f"{taken.name}, {disk.size(taken.size)}")
    if verify:
        _verify(kind, service, taken, iam)
    # Last, so that an older one is there until this one has proved itself, if it is to.
    backups.prune(kind, service, place, use_iam=iam)


def backup_verify(kind: Kind, name: Name, target: Target = "", backup: Which = "", use_iam: Iam = False) -> None:
    """Restore a backup into a container of its own, and compare the rows with those of then."""
    service, place, iam = _place(kind, name, target, use_iam)
    _verify(kind, service, backups.choose(kind, service, place, backup, use_iam=iam), iam)


def backup_list(
    kind: Kind, name: Name, target: Target = "", use_iam: Iam = False, format: OutputFormat = Format.stdout
) -> None:
    """List the backups of a service: age, size, and when each was last verified."""
    service, place, iam = _place(kind, name, target, use_iam)
    found = backups.listed(kind, service, place, use_iam=iam)
    if format is Format.json:
        return output.data([asdict(each) for each in found])
    if not found:
        return output.warn(f"{place} holds no backup of {name}")
    count = backups.settings(service).get(backups.KEEP)
    output.result(f"Backups of {name} in {place}" + (f", of which the newest {count} stay" if count else ""))
    rows = [(each.name, _ago(each.taken), disk.size(each.size), _ago(each.verified)) for each in found]
    output.table([("Name", "Age", "Size", "Verified"), *rows])


def restore(
    kind: Kind, name: Name, target: Target = "", backup: Which = "", use_iam: Iam = False, force: Force = False
) -> None:
    """Have a service hold what a backup does, in the place of all that it holds now."""
    service, place, iam = _place(kind, name, target, use_iam)
    chosen = backups.choose(kind, service, place, backup, use_iam=iam)
    confirm(name, f"All that {name} holds now gives way to {chosen.name}.", force=force)
    output.step(f"Restoring {name} from {chosen.name}")
    backups.restore(kind, service, chosen, use_iam=iam)
    output.result(f"{name} holds what it did {_ago(chosen.taken)}")


def backup_auth(
    kind: Kind,
    name: Name,
    key_id: Annotated[str, typer.Argument(metavar="KEY-ID", help="Of the store.")],
    secret: Annotated[str, typer.Argument(metavar="SECRET", help="Its secret; - reads it from standard input.")],
    region: Annotated[str, typer.Argument(metavar="[REGION]", help="Such as eu-central-1.")] = "",
    signature_version: Annotated[str, typer.Argument(metavar="[SIGNATURE-VERSION]", help="v4, or v2.")] = "",
    endpoint: Annotated[str, typer.Argument(metavar="[ENDPOINT]", help="URL of a store that isn't Amazon's.")] = "",
) -> None:
    """Keep the keys of the store that a service is backed up to."""
    service = kept.load(kind, name)
    auth = bucket.checked(bucket.Auth(key_id, given_word(secret), region, signature_version, endpoint))
    kept.change(service, {backups.AUTH: asdict(auth)})
    output.step(f"Backups of {name} use the key {key_id}")


def backup_set_encryption(
    kind: Kind,
    name: Name,
    passphrase: Annotated[str, typer.Argument(metavar="PASSPHRASE", help="- reads it from standard input.")],
) -> None:
    """Encrypt later backups of a service with a passphrase."""
    service = kept.load(kind, name)
    kept.change(service, {sealing.PASSPHRASE: sealing.checked_passphrase(given_word(passphrase))})
    output.step(f"Backups of {name} are encrypted from now on")
    output.warn("Keep the passphrase elsewhere too: without it nobody can restore them.")


def backup_set_public_key_encryption(
    kind: Kind, name: Name, key_id: Annotated[str, typer.Argument(metavar="KEY-ID", help="Of the key.")]
) -> None:
    """Encrypt later backups for a public key, read from standard input; only who has the private one can open them."""
    service = kept.load(kind, name)
    given = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    kept.change(service, {sealing.RECIPIENT: sealing.recipient(key_id, given)})
    output.step(f"Backups of {name} are encrypted for {key_id} from now on")


def backup_schedule(
    kind: Kind,
    name: Name,
    cron: Annotated[str, typer.Argument(metavar="CRON", help="Minute, hour, day, month, weekday: '0 3 * * *'.")],
    target: Annotated[str, typer.Argument(metavar="BUCKET|DIRECTORY", help="Where to.")],
    use_iam: Iam = False,
) -> None:
    """Back a service up at these times."""
    service = kept.load(kind, name)
    schedule = Schedule(cron, targets.checked(target), use_iam)
    backups.find_target(kind, service, schedule.target, use_iam=use_iam)
    schedules.keep(service, schedule)
    output.step(f"Backing up {name} to {schedule.target} at {cron}")


def backup_schedule_cat(kind: Kind, name: Name) -> None:
    """Show when a service is backed up."""
    service = kept.load(kind, name)
    if not (schedule := schedules.find(service)):
        raise PaasError(f"No backups of {name} are scheduled.", hint=f"Schedule them with {kind.noun}:backup-schedule")
    output.line(" ".join([schedule.cron, "paas", *schedule.words(service)]))


def _place(kind: Kind, name: str, target: str, use_iam: bool) -> tuple[Service, str, bool]:
    """A service, where its backups are, and whether the machine's own rights are used.

    Raises:
        PaasError: Nobody has said where.
    """
    service = kept.load(kind, name)
    if target:
        return service, targets.checked(target), use_iam
    if schedule := schedules.find(service):
        return service, schedule.target, use_iam or schedule.use_iam
    if taken := backups.newest(service):
        return service, taken.target, use_iam
    raise InvalidValue(f"Where are the backups of {name}?", hint="Name a folder, /mnt/backups, or a bucket.")


def _verify(kind: Kind, service: Service, backup: backups.Backup, use_iam: bool) -> None:
    output.step(f"Verifying {backup.name}")
    rows = backups.verify(kind, service, backup, use_iam=use_iam)
    what, where = kind.counted
    counted = f": {sum(rows.values())} {what} in {len(rows)} {where}" if rows else ""
    output.result(f"{backup.name} can be restored{counted}{', as when it was taken' if backup.rows else ''}")


def _require_can_be_opened(service: Service) -> None:
    settings = backups.settings(service)
    if sealing.RECIPIENT in settings and sealing.PASSPHRASE not in settings:
        raise PaasError(
            "What is encrypted for a public key can't be verified here.",
            hint="Decrypt it where the private key is, and import it into another service.",
        )


def _ago(moment: float) -> str:
    if not moment:
        return "never"
    seconds = max(time.time() - moment, 0)
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= length:
            return f"{seconds // length:.0f}{unit} ago"
    return f"{seconds:.0f}s ago"


def _forgetting(key: str, what: str, about: str) -> Callable[..., None]:
    """A verb that forgets what is kept of a service.

    Args:
        what: It, for people.
        about: The verb's help.
    """

    def forget(kind: Kind, name: Name) -> None:
        service = kept.load(kind, name)
        if key not in backups.settings(service):
            raise PaasError(f"{name} has no {what}.")
        kept.change(service, {key: None})
        output.step(f"{name} has no {what} any more")

    forget.__doc__ = about
    return forget


VERBS: dict[str, Callable[..., Any]] = {
    "backup": backup,
    "backup-auth": backup_auth,
    "backup-deauth": _forgetting(backups.AUTH, "keys of a store", "Forget the keys of the store."),
    "backup-list": backup_list,
    "backup-schedule": backup_schedule,
    "backup-schedule-cat": backup_schedule_cat,
    "backup-set-encryption": backup_set_encryption,
    "backup-set-public-key-encryption": backup_set_public_key_encryption,
    "backup-unschedule": _forgetting(schedules.KEY, "scheduled backups", "Back a service up no longer."),
    "backup-unset-encryption": _forgetting(
        sealing.PASSPHRASE,
        "passphrase",
        "Forget the passphrase; what it has encrypted can't be restored then.",
    ),
    "backup-unset-public-key-encryption": _forgetting(sealing.RECIPIENT, "public key", "Forget the public key."),
    "backup-verify": backup_verify,
    "restore": restore,
}
"""Verb to its function, whose first parameter is the kind."""
