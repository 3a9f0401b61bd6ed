"""The template of each release, kept as long as the release itself.

A release that is made again from an image, by a restart or in a clone, has the template that came with
that image. So the template of a deploy that fails is never that of what runs.
"""

from __future__ import annotations

from paas import App, Release
from paas.context import current
from paas.state import Schema

from .settings import NOUN

SCHEMA = Schema(
    NOUN,
    (
        """
        CREATE TABLE nginx_templates (
            release_id INTEGER PRIMARY KEY REFERENCES releases (id) ON DELETE CASCADE,
            image TEXT NOT NULL,
            revision TEXT NOT NULL,
            template TEXT NOT NULL
        ) STRICT;
        CREATE INDEX nginx_templates_by_image ON nginx_templates (image, revision);
        """,
    ),
)


def bring(app: App, template: str | None) -> None:
    """Say what the source that is about to be released holds."""
    current().provide(_resource(app), template or "")


def keep(app: App, release: Release) -> None:
    """Write down a release's template, if it has one: what its source brought, else what came with its image."""
    brought: str | None = current().resource(_resource(app), lambda: None)
    template = of_image(release) if brought is None else brought
    if template:
        with SCHEMA.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO nginx_templates VALUES (?, ?, ?, ?)",
                (release.id, release.image.id, release.revision, template),
            )


def of_release(release_id: int) -> str | None:
    with SCHEMA.reading() as db:
        row = db.execute("SELECT template FROM nginx_templates WHERE release_id = ?", (release_id,)).fetchone()
    return row["template"] if row else None


def of_image(release: Release) -> str | None:
    """The template of the newest release of the same image and commit, of any app, that ever went live."""
    with SCHEMA.reading() as db:
        row = db.execute(
            "SELECT template FROM nginx_templates JOIN releases ON releases.id = release_id"
            " WHERE image = ? AND revision = ? AND status IN ('live', 'superseded')"
            " ORDER BY release_id DESC LIMIT 1",
            (release.image.id, release.revision),
        ).fetchone()
    return row["template"] if row else None


def _resource(app: App) -> str:
    return f"nginx.template.{app.id}"
