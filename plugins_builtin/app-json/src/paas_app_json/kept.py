"""The manifest of each release, kept as long as the release itself.

A release that is made again from an image, by a restart or in a clone, has the manifest that came with
that image. So the manifest of a deploy that fails is never that of what runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from paas import App, Release
from paas.context import current
from paas.state import Schema

SCHEMA = Schema(
    "app-json",
    (
        """
        CREATE TABLE app_json_manifests (
            release_id INTEGER PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
            image TEXT NOT NULL,
            revision TEXT NOT NULL,
            manifest TEXT NOT NULL
        ) STRICT;
        CREATE INDEX app_json_manifests_by_image ON app_json_manifests (image, revision);
        """,
    ),
)


def bring(app: App, manifest: Mapping[str, Any] | None) -> None:
    """Say what the source that is about to be released holds; None when an image is released again."""
    current().provide(_resource(app), manifest)


def brought(app: App) -> Mapping[str, Any] | None:
    """The manifest of the source that this run deploys; None if it deploys none."""
    return current().resource(_resource(app), lambda: None)


def keep(app: App, release: Release) -> None:
    """Write down a release's manifest: what its source brought, else what came with its image."""
    manifest = brought(app)
    if manifest is None:
        manifest = _of_image(release)
    with SCHEMA.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO app_json_manifests VALUES (?, ?, ?, ?)",
            (release.id, release.image.id, release.revision, json.dumps(manifest)),
        )


def of_release(release_id: int) -> Mapping[str, Any]:
    """What app.json held when a release was made; empty if it had none."""
    with SCHEMA.reading() as db:
        row = db.execute("SELECT manifest FROM app_json_manifests WHERE release_id = ?", (release_id,)).fetchone()
    return _decoded(row["manifest"] if row else None)


def _of_image(release: Release) -> Mapping[str, Any]:
    """The manifest of the newest release of the same image and commit that ever went live, of any app."""
    with SCHEMA.reading() as db:
        row = db.execute(
            "SELECT manifest FROM app_json_manifests JOIN releases ON releases.id = release_id"
            " WHERE image = ? AND revision = ? AND status IN ('live', 'superseded')"
            " ORDER BY release_id DESC LIMIT 1",
            (release.image.id, release.revision),
        ).fetchone()
    return _decoded(row["manifest"] if row else None)


def _decoded(text: str | None) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(text) if text else {}
    return found


def _resource(app: App) -> str:
    return f"app-json.manifest.{app.id}"
