"""The nginx: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, apps, output, reports
from paas.params import AppName, AppOrGlobal, OptionalAppName

from . import logs, server, settings
from .settings import SETTINGS

app = typer.Typer(help="Send requests to apps with nginx.")
Follow = Annotated[bool, typer.Option("-t", "--tail", help="Go on with new lines.")]
Clean = Annotated[bool, typer.Option("--clean", help="Set broken sites aside, so that the others can go on.")]


@app.command("show-config")
def show_config(name: AppName) -> None:
    """Print an app's site."""
    target = apps.load(name)
    if (text := server.site(target)) is None:
        if server.file(target) in server.set_aside():
            raise PaasError(
                f"The site of {name} was set aside, since nginx refuses it.", hint=f"See nginx:validate-config {name}"
            )
        raise PaasError(f"nginx has no site of {name}.", hint="Its first deploy writes it; see also proxy:report")
    output.raw(text)


app.command("show-conf", hidden=True)(show_config)


@app.command("validate-config")
def validate_config(name: OptionalAppName = None, clean: Clean = False) -> None:
    """Have nginx check its configuration, or what it has of one app."""
    from . import validation

    aside, broken = server.set_aside(), validation.broken(apps.load(name) if name else None)
    names = {server.file(each): each.name for each in apps.all()}
    listed = [names.get(path, path.name) for path in broken]
    for broken_name, said in zip(listed, broken.values(), strict=True):
        output.warn(f"{broken_name}: {said}")
    if broken and clean:
        validation.clean()
        output.step(f"Set aside: {', '.join(listed)}. Mend them, then run proxy:build-config")
    elif broken:
        hint = "Mend them." if set(broken) <= set(aside) else "--clean sets them aside; others can then go on."
        raise PaasError(f"nginx refuses {', '.join(listed)}.", hint=hint)


app.command("validate", hidden=True)(validate_config)


@app.command("access-logs")
def access_logs(name: AppName, tail: Follow = False) -> None:
    """Print the last requests of an app."""
    output.raw(logs.show(apps.load(name), "access", follow=tail))


@app.command("error-logs")
def error_logs(name: AppName, tail: Follow = False) -> None:
    """Print the last errors that nginx had with an app."""
    output.raw(logs.show(apps.load(name), "error", follow=tail))


@app.command("reload")
def reload() -> None:
    """Have nginx read its configuration again."""
    from . import serving

    serving.reload()
    output.step("Reloaded nginx")


@app.command("start")
def start() -> None:
    """Start nginx."""
    from . import serving

    serving.start()
    output.step("Started nginx")


@app.command("stop")
def stop() -> None:
    """Stop nginx: no app answers any more, until nginx:start."""
    server.stop()
    output.step("Stopped nginx")


@app.command("set")
def replace(
    name: AppOrGlobal,
    key: Annotated[str, typer.Argument(metavar="KEY", help="One of those that nginx:report lists.")],
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="Its value; none clears it.")] = None,
) -> None:
    """Set or clear what a site says; it applies with the next deploy or proxy:build-config."""
    settings.require_root(key)
    settings.require_own_log(name, key, value)
    SETTINGS.set(apps.owner(name), key, value or None)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")
    output.detail(f"Run proxy:build-config {'--all' if name.startswith('-') else name} to have it apply now")


def _report(target: App) -> dict[str, str]:
    computed = {f"computed-{kind}-log-path": logs.path(target, kind) or "off" for kind in logs.KINDS}
    return (
        SETTINGS.report(target)
        | computed
        | {
            "set-aside": "true" if server.file(target) in server.set_aside() else "false",
            "last-visited-at": logs.last_visited(target),
        }
    )


reports.add_command(app, "nginx", _report, SETTINGS.report_global)
