"""The resource: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, InvalidValue, apps, output, releases, reports, state
from paas.params import AppName

from . import container, kept, quantities
from .kept import DEFAULT

app = typer.Typer(help="How much of the server the processes of an app may take.")

NAMES = {"limit": "limits", "reserve": "reservations"}
"""What is kept to what people are shown."""


def process_type(value: str) -> str:
    if not releases.PROCESS_TYPE.fullmatch(value):
        raise InvalidValue(f"{value!r} is not the name of a process type.")
    return value


ProcessType = Annotated[
    str, typer.Option("--process-type", parser=process_type, help="Of this process type, or of `build`; else of all.")
]
Cpu = Annotated[str | None, typer.Option("--cpu", help="Processors, such as 0.5.")]
Memory = Annotated[str | None, typer.Option("--memory", help="In megabytes, or with a unit, such as 2g.")]
Swap = Annotated[str | None, typer.Option("--memory-swap", help="Memory and swap together; -1 for all swap there is.")]
Network = Annotated[str | None, typer.Option("--network", help="Kept; Docker has no limit of it.")]
Ingress = Annotated[str | None, typer.Option("--network-ingress", help="Kept; Docker has no limit of it.")]
Egress = Annotated[str | None, typer.Option("--network-egress", help="Kept; Docker has no limit of it.")]
Gpus = Annotated[str | None, typer.Option("--nvidia-gpu", help="Graphics processors, or all.")]


def _add(kind: str, about: str) -> None:
    @app.command(kind, help=f"Show or set {about}, from their next start on; an empty value clears one.")
    def show_or_set(
        name: AppName,
        process_type: ProcessType = DEFAULT,
        cpu: Cpu = None,
        memory: Memory = None,
        memory_swap: Swap = None,
        network: Network = None,
        network_ingress: Ingress = None,
        network_egress: Egress = None,
        nvidia_gpu: Gpus = None,
    ) -> None:
        given = (cpu, memory, memory_swap, network, network_ingress, network_egress, nvidia_gpu)
        _show_or_set(apps.load(name), kind, process_type, given)

    @app.command(f"{kind}-clear", help=f"Forget the {NAMES[kind]} of a process type, or those of all.")
    def clear(name: AppName, process_type: ProcessType = DEFAULT) -> None:
        _clear(apps.load(name), kind, process_type)


def _show_or_set(target: App, kind: str, type: str, given: tuple[str | None, ...]) -> None:
    named = dict(zip(quantities.CHECKS, given, strict=True))
    values = {
        name: quantities.CHECKS[name](value) if value else "" for name, value in named.items() if value is not None
    }
    shown = "defaults" if type == DEFAULT else type
    if not values:
        found = kept.of(target, kind).get(type, {})
        title = f"resource {NAMES[kind]} {target.name} information [{shown}]"
        return output.fields(title, {name: found.get(name, "") for name in quantities.CHECKS})
    with state.CORE.writing():  # which takes them back if they don't go together with the others
        kept.change(target, kind, type, values)
        container.host(target, type)
    output.result(f"Setting resource {NAMES[kind]} for {target.name} [{shown}]")
    for name, value in values.items():
        output.detail(f"{name}: {value}")


def _clear(target: App, kind: str, type: str) -> None:
    kept.clear(target, kind, type)
    output.step(f"Clearing resource {NAMES[kind]} for {target.name} [{'defaults' if type == DEFAULT else type}]")


def _report(target: App) -> dict[str, str]:
    return {
        f":{type}-{kind}-{name}": value
        for kind in NAMES
        for type, values in sorted(kept.of(target, kind).items())
        for name, value in values.items()
    }


_add("limit", "what processes may take at most")
_add("reserve", "what processes are promised, of which Docker knows memory alone")
reports.add_command(app, "resource", _report)
