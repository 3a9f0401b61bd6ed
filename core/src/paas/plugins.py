"""Find plugins, put them in order, register them, and call them one at a time.

A plugin that can't be used is named with the reason and left out; the others go on, and only a deploy
refuses to start. Whatever a plugin raises, SystemExit too, is caught where it was called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from types import FunctionType, ModuleType
from typing import Any

import pluggy

from . import entrypoints
from .apps import App
from .entrypoints import EntryPoint
from .errors import PaasError
from .hooks import ask, role_of, shape_of


class BrokenPlugin(PaasError):
    def __init__(self, broken: Mapping[str, str]) -> None:
        names = ", ".join(broken)
        reasons = "; ".join(f"{name}: {reason}" for name, reason in broken.items())
        super().__init__(
            f"A deploy can't start while a plugin is broken. {reasons}",
            hint=f"Mend or uninstall {names}, or leave it out with plugin:disable.",
        )


@dataclass(frozen=True)
class Answer:
    """What one plugin gave when it was called: a value, or what it raised."""

    plugin: str
    value: Any = None
    error: BaseException | None = None

    def get(self) -> Any:
        """The value.

        Raises:
            PaasError: What the plugin raised; anything that isn't a PaasError as one that names the plugin.
            KeyboardInterrupt: The user interrupted the plugin.
        """
        if self.error is None:
            return self.value
        if isinstance(self.error, (PaasError, KeyboardInterrupt)):
            raise self.error
        raise _failure(self.plugin, self.error) from self.error


class PluginFailed(PaasError):
    """A plugin has a bug: it raised what isn't a PaasError."""

    def __init__(self, plugin: str, error: BaseException) -> None:
        super().__init__(
            f"The plugin {plugin} failed: {type(error).__name__}: {error}",
            hint=f"Report it to the authors of {plugin} (paas --trace shows where), or leave it out with "
            f"plugin:disable {plugin}",
        )


def _failure(plugin: str, error: BaseException) -> PaasError:
    """A plugin's exception as an error: the disk's fault, or else a bug of the plugin."""
    from .disk import blamed

    return blamed(error) or PluginFailed(plugin, error)


@dataclass
class Plugins:
    """The plugins of one run, in the order in which they are called.

    Attributes:
        manager: Pluggy's own; plugins are registered in reverse, since it calls the last one first.
        order: Names of the plugins that are in use, as they are called and printed.
        broken: Name to reason of each plugin that can't be used.
        disabled: Names that someone has disabled.
        distributions: Name to entry point of every installed plugin.
    """

    manager: pluggy.PluginManager
    order: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    distributions: dict[str, EntryPoint] = field(default_factory=dict)

    def implementing(self, spec: Callable[..., Any], shape: str | None = None) -> list[str]:
        """The plugins that implement a hook, in order (wrappers don't count).

        Raises:
            TypeError: The hook is called in another shape than it was declared with.
        """
        if shape and shape_of(spec) != shape:
            raise TypeError(f"{spec.__name__} is a {shape_of(spec)} hook and was called as {shape}.")
        return [impl.plugin_name for impl in self._implementations(spec) if not _wraps(impl)]

    def wanted(self, when: str) -> list[str]:
        """The modules that a deploy will want, as each plugin's plugin.py lists its own.

        Args:
            when: The name of the list, `ahead_of_build` or `ahead_of_start`.
        """
        return [module for name in self.order for module in getattr(self.manager.get_plugin(name), when, ())]

    def call(self, plugin: str, spec: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
        """One plugin's own answer, whatever becomes of it."""
        given = arguments(spec, *args, **kwargs)
        impl = next(i for i in self._implementations(spec) if i.plugin_name == plugin)
        try:
            return Answer(plugin, impl.function(*(given[name] for name in impl.argnames)))
        except BaseException as error:
            return Answer(plugin, error=error)

    def answer(self, spec: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The first answer that isn't None, through every wrapper."""
        return self._first(getattr(self.manager.hook, spec.__name__), arguments(spec, *args, **kwargs))

    def answer_of(self, holder: str, spec: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The answer of one holder of a role; wrappers of others still run around it.

        Raises:
            PaasError: The holder doesn't implement the hook, or answers None.
        """
        holders = self.implementing(spec)
        if holder not in holders:
            raise PaasError(f"The {role_of(spec)} {holder} can't {spec.__name__.replace('_', ' ')}.")
        others = [self.manager.get_plugin(name) for name in holders if name != holder]
        caller = self.manager.subset_hook_caller(spec.__name__, others)
        answer = self._first(caller, arguments(spec, *args, **kwargs))
        if answer is None and spec.__annotations__.get("return") not in (None, "None"):
            raise PaasError(f"The {role_of(spec)} {holder} gave no answer to {spec.__name__}.")
        return answer

    def holders(self, role: str) -> list[str]:
        """The plugins that hold a role, in order: those that implement its first hook."""
        from . import hookspecs

        return self.implementing(getattr(hookspecs, hookspecs.ROLES[role]))

    def holder(self, role: str, app: App) -> str:
        """The plugin that holds a role for an app.

        Raises:
            PaasError: Nobody holds it, or several could and none is chosen.
        """
        from . import hookspecs

        chosen = ask(hookspecs.chosen_holder, app, role)
        return self.choose(role, app, [chosen] if chosen else self.holders(role))

    def choose(self, role: str, app: App, candidates: Iterable[str]) -> str:
        """The only one of some candidates for a role that is installed.

        Args:
            candidates: Names of plugins; `dockerfile` will do for `builder-dockerfile`, as in Dokku.

        Raises:
            PaasError: None of them is, or more than one.
        """
        holders = self.holders(role)
        wanted = list(dict.fromkeys(_in_full(name, role, holders) for name in candidates))
        able = [name for name in wanted if name in holders]
        if len(able) == 1:
            return able[0]
        if able:
            raise PaasError(
                f"Several plugins could be the {role} of {app.name}: {', '.join(able)}.",
                hint=f"Choose one with {role}:set {app.name} selected {able[0]}",
            )
        missing = f"{role} {wanted[0]} of {app.name}" if wanted else f"{role} for {app.name}"
        raise PaasError(
            f"No plugin is installed that is the {missing}.",
            hint=f"Install it with plugin:install {wanted[0] if wanted else role + '-…'}"
            + (f", or choose one of {', '.join(holders)} with {role}:set {app.name} selected" if holders else ""),
        )

    def require_sound(self) -> None:
        """Refuse to deploy while a plugin is broken: what it would have checked or added is missing.

        Raises:
            BrokenPlugin: One is.
        """
        if self.broken:
            raise BrokenPlugin(self.broken)

    def _implementations(self, spec: Callable[..., Any]) -> list[Any]:
        caller = getattr(self.manager.hook, spec.__name__, None)
        if caller is None:
            raise LookupError(f"{spec.__module__}.{spec.__name__} isn't a declared hook.")
        position = {name: index for index, name in enumerate(self.order)}
        return sorted(caller.get_hookimpls(), key=lambda impl: position.get(impl.plugin_name, -1))

    def _first(self, caller: Any, given: Mapping[str, Any]) -> Any:
        try:
            return caller(**given)
        except (PaasError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise _failure(self._culprit(error), error) from error

    def _culprit(self, error: BaseException) -> str:
        """The plugin whose code is deepest in a traceback."""
        packages = {entry.package: name for name, entry in self.distributions.items()}
        culprit, frame = "(unknown)", error.__traceback__
        while frame:
            package = str(frame.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
            culprit, frame = packages.get(package, culprit), frame.tb_next
        return culprit


class _Manager(pluggy.PluginManager):
    """One that looks for marked functions alone: with pluggy's care for every kind of attribute, which no module has,
    the search takes longer than the import of the plugins."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        return _mark(plugin, name, "paas_impl")

    def parse_hookspec_opts(self, module_or_class: object, name: str) -> Any:
        return _mark(module_or_class, name, "paas_spec")


def _mark(place: object, name: str, mark: str) -> Any:
    found = getattr(place, name, None)
    return getattr(found, mark, None) if isinstance(found, FunctionType) else None


def load() -> Plugins:
    """Register every installed plugin that can be used and isn't disabled."""
    manager = _Manager("paas")
    found = entrypoints.declared(entrypoints.PLUGINS, entrypoints.HOOKSPECS)
    plugins = Plugins(manager, disabled=entrypoints.disabled())
    entries = _by_name(found[entrypoints.PLUGINS], plugins)
    _add_hookspecs(found[entrypoints.HOOKSPECS], plugins)
    modules = dict(_imported(entries, plugins))
    plugins.order = _ordered(modules, plugins)
    for name in reversed(plugins.order):
        _register(name, modules[name], plugins)
    _refuse_what_we_dont_allow(plugins)
    plugins.order = [name for name in plugins.order if name not in plugins.broken]
    return plugins


def _in_full(name: str, role: str, holders: Iterable[str]) -> str:
    full = f"{role}-{name}"
    return full if name not in holders and full in holders else name


def arguments(spec: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """A call's arguments by the names that the hook declares."""
    names = spec.__code__.co_varnames[: spec.__code__.co_argcount]
    given = dict(zip(names, args, strict=False)) | kwargs
    if given.keys() != set(names) or len(args) > len(names):
        raise TypeError(f"{spec.__name__} takes {', '.join(names)}; it was called with {', '.join(given)}.")
    return given


def _by_name(entries: Iterable[EntryPoint], plugins: Plugins) -> dict[str, EntryPoint]:
    for entry in entries:
        if first := plugins.distributions.get(entry.name):
            plugins.broken[entry.name] = f"{first.distribution} and {entry.distribution} both have this name"
        plugins.distributions[entry.name] = entry
    return {n: e for n, e in plugins.distributions.items() if n not in plugins.disabled | plugins.broken.keys()}


def _add_hookspecs(entries: Iterable[EntryPoint], plugins: Plugins) -> None:
    """Declare every hook before the first plugin registers, so that a bad implementation blames its author."""
    from . import hookspecs

    plugins.manager.add_hookspecs(hookspecs)
    for entry in entries:
        if entry.name not in plugins.disabled | plugins.broken.keys():
            try:
                plugins.manager.add_hookspecs(entry.load())
            except BaseException as error:
                plugins.broken[entry.name] = f"its hooks can't be declared: {_reason(error)}"


def _imported(entries: Mapping[str, EntryPoint], plugins: Plugins) -> Iterator[tuple[str, ModuleType]]:
    for name, entry in entries.items():
        if name in plugins.broken:
            continue
        try:
            module = entry.load()
            _refuse_neighbours_that_arent_names(module)
        except BaseException as error:
            plugins.broken[name] = _reason(error)
        else:
            yield name, module


def _refuse_neighbours_that_arent_names(module: ModuleType) -> None:
    for word in ("before", "after"):
        names = getattr(module, word, ())
        if not isinstance(names, (tuple, list)) or not all(isinstance(name, str) for name in names):
            raise PaasError(f"its {word} is not a tuple of names of plugins: {names!r}")


def _ordered(modules: Mapping[str, ModuleType], plugins: Plugins) -> list[str]:
    """Names sorted by what each says of `before` and `after`, then by name; a cycle breaks who is in it."""
    earlier: dict[str, set[str]] = {name: set() for name in modules}
    for name, module in modules.items():
        earlier[name].update(n for n in getattr(module, "after", ()) if n in modules)
        for later in getattr(module, "before", ()):
            if later in modules:
                earlier[later].add(name)
    while True:
        try:
            return _sorted(earlier)
        except CycleError as error:
            cycle = error.args[1][:-1]
            for name in cycle:
                plugins.broken[name] = f"before and after go in a circle: {' → '.join(error.args[1])}"
            earlier = {n: e - set(cycle) for n, e in earlier.items() if n not in cycle}


def _sorted(earlier: Mapping[str, set[str]]) -> list[str]:
    sorter = TopologicalSorter(earlier)
    sorter.prepare()
    order: list[str] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return order


def _register(name: str, module: ModuleType, plugins: Plugins) -> None:
    try:
        plugins.manager.register(module, name)
    except BaseException as error:
        _drop(name, _reason(error), plugins)


def _refuse_what_we_dont_allow(plugins: Plugins) -> None:
    """Hook by hook: pluggy would search all of them for those of each plugin."""
    for caller, impl in [(c, impl) for c in vars(plugins.manager.hook).values() for impl in c.get_hookimpls()]:
        if reason := _not_allowed(caller, impl):
            _drop(impl.plugin_name, reason, plugins)


def _not_allowed(caller: Any, impl: Any) -> str:
    """What of an implementation we don't allow; empty if nothing."""
    if caller.spec is None:  # that of a plugin that isn't installed, maybe
        return "" if impl.optionalhook else f"it implements {caller.name}, which no plugin declares"
    if impl.tryfirst or impl.trylast:
        return f"it marks {caller.name} tryfirst or trylast; use before and after in plugin.py"
    if _wraps(impl) and shape_of(caller.spec.function) not in ("answer", "role"):
        return f"it wraps {caller.name}; only answers and roles can be wrapped"
    return ""


def _drop(name: str, reason: str, plugins: Plugins) -> None:
    plugins.broken[name] = reason
    if plugins.manager.has_plugin(name):
        plugins.manager.unregister(name=name)


def _wraps(impl: Any) -> bool:
    return bool(impl.wrapper or impl.hookwrapper)


def _reason(error: BaseException) -> str:
    return error.message if isinstance(error, PaasError) else f"{type(error).__name__}: {error}"
