"""`NOUN:report` in the shape that Dokku's users know.

    =====> shop git information
           Git deploy branch:             main

One field alone with `--git-deploy-branch`, all of them as JSON with `--format json`, all apps with no
argument.

A few nouns have fields that don't carry their name, such as `Running` of ps; these are keyed with a leading
colon (`:running`), which is never printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import typer

from . import apps, output
from .apps import App
from .errors import UsageError
from .params import EXTRA, Format, OptionalAppOrGlobal, OutputFormat
from .state import GLOBAL

Fields = Mapping[str, str]


def add_command(
    commands: typer.Typer,
    noun: str,
    fields: Callable[[App], Fields],
    global_fields: Callable[[], Fields] | None = None,
    word: str | None = None,
) -> None:
    """Add `NOUN:report`.

    Args:
        fields: An app's report: keys as in `deploy-branch`, values as printed.
        global_fields: The report of --global, for a noun that has one.
        word: What flags and labels begin with, where it isn't the noun (`--app-created-at` of apps).
    """
    about = word or noun

    @commands.command("report", help=f"Show what {noun} knows of an app, or of all.", context_settings=EXTRA)
    def report(context: typer.Context, name: OptionalAppOrGlobal = None, format: OutputFormat = Format.stdout) -> None:
        flag = _flag(context.args, about)
        if name == GLOBAL:
            if not global_fields:
                raise UsageError(f"{noun} keeps nothing for --global.")
            show(about, GLOBAL, global_fields(), format, flag)
        elif name:
            show(about, name, fields(apps.load(name)), format, flag)
        else:
            _show_all(about, fields, format, flag)


def show(noun: str, subject: str, fields: Fields, format: Format = Format.stdout, flag: str | None = None) -> None:
    """Print one report, as a whole or one field of it.

    Args:
        flag: The only field to print, as `--NOUN-KEY`.
    """
    if flag is not None:
        output.line(_field(noun, fields, flag))
    elif format is Format.json:
        output.data(_plain(fields))
    else:
        about = "global" if subject == GLOBAL else subject
        output.fields(f"{about} {noun} information", {_label(noun, key): value for key, value in fields.items()})


def _show_all(noun: str, fields: Callable[[App], Fields], format: Format, flag: str | None) -> None:
    listed = apps.visible()
    if format is Format.json:
        return output.data({app.name: _plain(fields(app)) for app in listed})
    if not listed:
        output.warn("You haven't deployed any applications yet", "Create one with apps:create")
    for app in listed:
        show(noun, app.name, fields(app), format, flag)


def _flag(words: list[str], noun: str) -> str | None:
    """The words that typer doesn't know: a flag of a field, at most one."""
    if len(words) > 1 or not all(word.startswith("--") for word in words):
        raise UsageError(f"The report doesn't know {' '.join(words)}.", hint=f"Give one flag of --{noun}-KEY.")
    return words[0] if words else None


def _field(noun: str, fields: Fields, flag: str) -> str:
    """The value of the field that a flag names."""
    by_flag = {f"--{_full(noun, key, '-')}": value for key, value in fields.items()}
    if flag not in by_flag:
        raise UsageError(f"The report has no {flag}.", hint=f"It has: {', '.join(by_flag)}")
    return by_flag[flag]


def _plain(fields: Fields) -> dict[str, str]:
    return {key.removeprefix(":"): value for key, value in fields.items()}


def _label(noun: str, key: str) -> str:
    return _full(noun, key, " ").replace("-", " ").capitalize()


def _full(noun: str, key: str, between: str) -> str:
    """A field's name with its noun, unless its key says that it has none."""
    return key.removeprefix(":") if key.startswith(":") else f"{noun}{between}{key}"
