"""paas: a thin core that declares hooks, and plugins that are everything else.

What a plugin's author needs is here; the modules beside it are for the rarer needs. A name is
fetched from its module when it is first asked for, so that the helper that runs as root starts
without the rest.
"""

TYPE_CHECKING = False  # typing's own would cost a start of the helper 3 ms
if TYPE_CHECKING:
    from .apps import App, Endpoint, Image, Mount, PortMapping, Process, Release, Slot, Source
    from .errors import InvalidValue, PaasError, UsageError
    from .hooks import hookimpl, hookspec

__all__ = [
    "App",
    "Endpoint",
    "Image",
    "InvalidValue",
    "Mount",
    "PaasError",
    "PortMapping",
    "Process",
    "Release",
    "Slot",
    "Source",
    "UsageError",
    "hookimpl",
    "hookspec",
]

__version__ = "0.1.0"

_ELSEWHERE = {"InvalidValue": "errors", "PaasError": "errors", "UsageError": "errors"} | dict.fromkeys(
    ("hookimpl", "hookspec"), "hooks"
)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_ELSEWHERE.get(name, 'apps')}", __name__), name)
    globals()[name] = value
    return value
