"""Build nothing, for an app that is only a name for what runs elsewhere.

It builds an app only when it is chosen: no source is one for it, so it implements no `builder_detect`.
"""

from __future__ import annotations

from paas import App, Image, Release, hookimpl


@hookimpl
def build() -> Image:
    return Image("", "builder-null")


@hookimpl
def discard_image() -> None:
    """There is none."""


@hookimpl
def pre_deploy(app: App, release: Release) -> None:
    from . import refusal

    if release.image.builder == "builder-null":
        refusal.require_no_process(app, release.formation)
