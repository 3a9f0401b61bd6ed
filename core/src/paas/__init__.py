"""paas: a thin core that declares hooks, and plugins that are everything else.

What a plugin's author needs is here; the modules beside it are for the rarer needs.
"""

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
