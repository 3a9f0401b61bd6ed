"""Releases as rows, fields and values for programs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from paas import App, Release, releases

from . import comparing, images
from .settings import SETTINGS

HEADINGS = ("Release", "Status", "Commit", "By", "At", "Why", "Image")


def row(release: Release, present: Collection[str]) -> tuple[str, ...]:
    return (
        str(release.number),
        release.status,
        release.revision[:12] or "-",
        release.created_by,
        when(release),
        release.reason,
        "kept" if release.image.id in present else "gone",
    )


def data(release: Release, present: Collection[str]) -> dict[str, Any]:
    """A release in a list, for programs."""
    return {
        "number": release.number,
        "status": release.status,
        "commit": release.revision,
        "created_by": release.created_by,
        "created_at": int(release.created_at),
        "reason": release.reason,
        "image": release.image.id,
        "image_kept": release.image.id in present,
    }


def details(release: Release, present: Collection[str], *, values: bool) -> dict[str, Any]:
    """All of a release, for programs."""
    found = comparing.aspects(release)
    config = dict(found["config"]) if values else sorted(found["config"])
    return data(release, present) | {
        "builder": release.image.builder,
        "source": release.kind,
        "reference": release.reference,
        "processes": dict(found["processes"]),
        "formation": dict(release.formation),
        "config": config,
        "domains": list(found["domains"]),
        "ports": list(found["ports"]),
        "mounts": list(found["mounts"]),
        "parts": sorted(release.parts),
    }


def fields(release: Release, present: Collection[str], *, values: bool) -> dict[str, str]:
    """All of a release, for people: label to text."""
    found = comparing.aspects(release)
    kept = "kept" if release.image.id in present else "gone"
    return {
        "Status": release.status,
        "Commit": release.revision,
        "Source": f"{release.kind} {release.reference}".strip(),
        "Created by": release.created_by,
        "Created at": when(release),
        "Reason": release.reason,
        "Image": f"{release.image.id} ({kept}, built by {release.image.builder})",
        **{f"Process {type}": command or "(the image's own)" for type, command in found["processes"].items()},
        "Formation": pairs(found["formation"]),
        **({f"Config {name}": value for name, value in found["config"].items()} if values else {}),
        **({} if values else {"Config": " ".join(sorted(found["config"]))}),
        "Domains": " ".join(found["domains"]),
        "Ports": " ".join(found["ports"]),
        "Mounts": " ".join(found["mounts"]),
        "Kept for --with": " ".join(sorted(release.parts.keys() - {"config"})),
    }


def report(app: App) -> Mapping[str, str]:
    every, present = releases.all(app), images.present()
    live = next((str(release.number) for release in every if release.status == "live"), "")
    back = [str(r.number) for r in every if r.status == "superseded" and r.image.id in present]
    return {"live": live, "count": str(len(every)), "can-go-back-to": " ".join(back), **SETTINGS.report(app)}


def when(release: Release) -> str:
    return time.strftime("%FT%TZ", time.gmtime(release.created_at))


def pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in values.items())
