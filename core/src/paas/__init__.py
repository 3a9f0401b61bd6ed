"""paas: a thin core that declares hooks, and plugins that are everything else.

What a plugin's author needs is here; the modules beside it are for the rarer needs. A name is
fetched from its module when it is first asked for, so that the helper that runs as root starts
without the rest. The modules that most commands only name, and few of their runs need, wait until they are used:

    from paas import lifecycle  # costs nothing
    lifecycle.receive(app, source)  # imports it
"""

from importlib import import_module

TYPE_CHECKING = False  # typing's own would cost a start of the helper 3 ms
if TYPE_CHECKING:
    from .apps import App
    from .errors import InvalidValue, PaasError, UsageError
    from .hooks import hookimpl, hookspec
    from .releases import Endpoint, Image, Mount, PortMapping, Process, Release, Slot, Source

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

_ELSEWHERE = {"App": "apps", "InvalidValue": "errors", "PaasError": "errors", "UsageError": "errors"}
_ELSEWHERE |= {"hookimpl": "hooks", "hookspec": "hooks"}

_DEAR = {"builds", "deployment", "disk", "hooks", "lifecycle", "locks", "releases", "several", "tasks"}


class _Later:
    """A module that is imported when something of it is used."""

    _name: str

    def __init__(self, name: str) -> None:
        vars(self)["_name"] = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)

    def __setattr__(self, attribute: str, value: object) -> None:
        setattr(import_module(self._name), attribute, value)


def __getattr__(name: str) -> object:
    if name in _DEAR:
        return _Later(f"{__name__}.{name}")  # until it is imported, which puts the module itself in its place
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_ELSEWHERE.get(name, 'releases')}", __name__), name)
    globals()[name] = value
    return value
