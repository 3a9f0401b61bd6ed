"""app.json as values: JSON that people write by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from paas import App, PaasError, Source, output

from . import sourcefile
from .settings import SETTINGS

_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')


def of_source(app: App, source: Source) -> Mapping[str, Any]:
    """What the app.json of a source holds; empty if it has none.

    Raises:
        PaasError: It isn't a text file, or not an object of JSON.
    """
    path = SETTINGS.value(app, "appjson-path")
    text = sourcefile.read(source.folder, path)
    return parse(text, path) if text else {}


def warn_if_missing(app: App, source: Source) -> None:
    """Say that the file is not where someone has said that it is."""
    path = SETTINGS.value(app, "appjson-path")
    if path != SETTINGS.all["appjson-path"].default and sourcefile.read(source.folder, path) is None:
        output.warn(f"The source has no {path}, which app-json:set {app.name} appjson-path names.")


def parse(text: str, path: str = "app.json") -> Mapping[str, Any]:
    """An object of JSON that may hold comments and a comma after the last element, as Dokku reads it.

    Raises:
        PaasError: It isn't, with the line.
    """
    try:
        bare = _STRING_OR_COMMENT.sub(_without_comment, text)
        found = json.loads(_STRING_OR_LAST_COMMA.sub(r"\1", bare))
    except json.JSONDecodeError as error:
        raise PaasError(f"Line {error.lineno} of {path} is not JSON: {error.msg}.", hint="Mend it and push.") from error
    except RecursionError as error:
        raise PaasError(f"{path} is nested too deeply.", hint="Mend it and push.") from error
    if not isinstance(found, dict):
        raise PaasError(f"{path} is not an object of JSON.", hint='Write {"formation": …} or the like, in braces.')
    return found


def _without_comment(match: re.Match[str]) -> str:
    return match[1] or "\n" * match[0].count("\n")  # keeps the numbers of the lines
