"""Which buildpacks a source is built with: those that are listed for the app, else those that the source names."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, PaasError, Source
from paas_app_json.api import of_source
from paas_builder_herokuish.api import BUILDER, FILE, is_allowed, names_buildpacks, parse

from . import kept


def write(app: App, source: Source) -> None:
    """Have `.buildpacks` name the buildpacks of the app's list, or else those of app.json.

    So any image that keeps herokuish's contract finds them. What someone has set on the server goes before what
    the source says.

    Raises:
        PaasError: app.json names something else than buildpacks.
    """
    if source.kind == "docker-image":
        return
    if listed := kept.of(app) or in_app_json(app, source):
        file = source.folder / FILE
        file.unlink(missing_ok=True)  # which could be a link to anywhere
        file.write_text("".join(f"{pack}\n" for pack in listed), encoding="utf-8")


def in_app_json(app: App, source: Source) -> list[str]:
    """The buildpacks that app.json names, as a list of objects with a `url`."""
    entries = of_source(app, source).get("buildpacks", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) and isinstance(e.get("url"), str) for e in entries):
        raise PaasError("buildpacks of app.json is not a list of objects with a url.", hint='Write [{"url": "…"}].')
    return [str(parse(entry["url"])) for entry in entries]


def builders(app: App, source: Source) -> Sequence[str]:
    """The builder for a source that names its buildpacks, if it is allowed to build."""
    if source.kind == "docker-image" or not names_buildpacks(app, source) or not is_allowed(app):
        return []
    return [BUILDER]
