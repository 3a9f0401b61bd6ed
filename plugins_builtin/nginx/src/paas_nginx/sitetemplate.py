"""The template of a site, compiled: what takes longer than all else of it, so a deploy imports this ahead."""

from __future__ import annotations

import jinja2

_ENVIRONMENT = jinja2.Environment(  # noqa: S701 (nothing is HTML here; every value is checked before)
    loader=jinja2.PackageLoader(__package__ or "", "."),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
TEMPLATE = _ENVIRONMENT.get_template("site.conf.j2")
