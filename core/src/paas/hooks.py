"""Declare hooks, implement them, and call them in the five shapes.

Every hook is a typed function marked with its shape. It is called by handing that function to the
caller of its shape, so that a type checker sees the arguments and the answer:

    hooks.check(hookspecs.pre_receive, app, source)
    environment = hooks.gather(hookspecs.app_environment, app)

| shape  | marked with         | called with | meaning |
|--------|---------------------|-------------|---------|
| check  | `hookspec.check`    | `check`     | before anything changes; the first exception refuses |
| tell   | `hookspec.tell`     | `tell`      | after the fact; failures are reported, nothing is undone |
| gather | `hookspec.gather`   | `gather`    | mappings or sequences, merged |
| filter | `hookspec.filter`   | `refine`    | a value goes through every plugin in order |
| answer | `hookspec.answer`   | `ask`       | the first answer that isn't None |
| role   | `hookspec.role(…)`  | `act`       | an answer that one chosen plugin gives for an app |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

import pluggy

from .errors import PaasError

if TYPE_CHECKING:
    from .apps import App
    from .plugins import Answer, Plugins

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

hookimpl = pluggy.HookimplMarker("paas")
_mark = pluggy.HookspecMarker("paas")


class HookspecMarkers:
    """Marks a function as a hook of one shape; `shape_of` and `role_of` read the mark."""

    def check(self, function: Callable[P, R]) -> Callable[P, R]:
        return _shaped(function, "check")

    def tell(self, function: Callable[P, R]) -> Callable[P, R]:
        return _shaped(function, "tell")

    def gather(self, function: Callable[P, R]) -> Callable[P, R]:
        return _shaped(function, "gather")

    def filter(self, function: Callable[P, R]) -> Callable[P, R]:
        return _shaped(function, "filter")

    def answer(self, function: Callable[P, R]) -> Callable[P, R]:
        return _shaped(function, "answer", firstresult=True)

    def role(self, name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        def marker(function: Callable[P, R]) -> Callable[P, R]:
            function.paas_role = name  # type: ignore[attr-defined]
            return _shaped(function, "role", firstresult=True)

        return marker


hookspec = HookspecMarkers()


def _shaped(function: Callable[P, R], shape: str, *, firstresult: bool = False) -> Callable[P, R]:
    function.paas_shape = shape  # type: ignore[attr-defined]
    return _mark(firstresult=firstresult)(function)


def shape_of(spec: Callable[..., Any]) -> str:
    return str(spec.paas_shape)  # type: ignore[attr-defined]


def role_of(spec: Callable[..., Any]) -> str:
    return str(spec.paas_role)  # type: ignore[attr-defined]


def check(spec: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    """Ask every plugin whether this may go on.

    Raises:
        PaasError: The first refusal, as its plugin raised it; anything else a plugin raises becomes
            a PaasError that names the plugin.
    """
    for answer in _calls(spec, "check", *args, **kwargs):
        answer.get()


def tell(spec: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> list[str]:
    """Tell every plugin; what fails is shown by name and undoes nothing.

    Returns:
        The names of the plugins that failed.
    """
    from . import output

    failed = []
    for answer in _calls(spec, "tell", *args, **kwargs):
        try:
            answer.get()
        except PaasError as error:
            output.warn(f"{answer.plugin} failed in {spec.__name__}: {error.message}", error.hint)
            failed.append(answer.plugin)
    return failed


@overload
def gather(spec: Callable[P, Mapping[K, V]], *args: P.args, **kwargs: P.kwargs) -> dict[K, V]: ...
@overload
def gather(spec: Callable[P, Sequence[T]], *args: P.args, **kwargs: P.kwargs) -> list[T]: ...
def gather(spec: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Every plugin's mapping or sequence, merged in the printed order.

    Raises:
        PaasError: A plugin failed, or two plugins give a value for one key.
    """
    answers = _calls(spec, "gather", *args, **kwargs)
    return _merged(spec, answers) if _gives_mapping(spec) else _joined(spec, answers)


def _merged(spec: Callable[..., Any], answers: Iterable[Answer]) -> dict[Any, Any]:
    merged: dict[Any, Any] = {}
    givers: dict[Any, str] = {}
    for answer in answers:
        given = answer.get() or {}
        if not isinstance(given, Mapping):
            raise _wrong_kind(spec, answer, "a mapping")
        for key, value in given.items():
            if key in givers:
                raise PaasError(
                    f"The plugins {givers[key]} and {answer.plugin} both give {key} in {spec.__name__}.",
                    hint="Change it in one of them, or disable one with plugin:disable.",
                )
            givers[key], merged[key] = answer.plugin, value
    return merged


def _joined(spec: Callable[..., Any], answers: Iterable[Answer]) -> list[Any]:
    joined: list[Any] = []
    for answer in answers:
        given = answer.get() or ()
        if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
            raise _wrong_kind(spec, answer, "a sequence")
        joined.extend(given)
    return joined


def _gives_mapping(spec: Callable[..., Any]) -> bool:
    """Whether a hook's answers are mappings, by what it says of its return value."""
    return str(spec.__annotations__["return"]).partition("[")[0].endswith("Mapping")


def _wrong_kind(spec: Callable[..., Any], answer: Answer, wanted: str) -> PaasError:
    return PaasError(
        f"The plugin {answer.plugin} gave {type(answer.value).__name__} in {spec.__name__}, which wants {wanted}.",
        hint=f"Report it to its authors, or leave it out with plugin:disable {answer.plugin}",
    )


def refine(spec: Callable[Concatenate[T, P], T], value: T, *args: P.args, **kwargs: P.kwargs) -> T:
    """A value after every plugin has had it, in the printed order.

    Raises:
        PaasError: A plugin failed or gave nothing back.
    """
    for plugin in plugins().implementing(spec, "filter"):
        value = plugins().call(plugin, spec, value, *args, **kwargs).get()
        if value is None:
            raise PaasError(f"The plugin {plugin} gave nothing back in {spec.__name__}.")
    return value


def ask(spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The first answer that isn't None; None when no plugin has one."""
    answer: R = plugins().answer(spec, *args, **kwargs)
    return answer


def act(spec: Callable[Concatenate[App, P], R], app: App, *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer of the plugin that holds the hook's role for this app.

    Raises:
        PaasError: No plugin holds the role, several could and none is chosen, or the holder has no answer.
    """
    return act_as(plugins().holder(role_of(spec), app), spec, app, *args, **kwargs)


def act_as(holder: str, spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer of one named holder of a role, through every wrapper around it."""
    answer: R = plugins().answer_of(holder, spec, *args, **kwargs)
    return answer


def plugins() -> Plugins:
    """The plugin manager of this run, built when a hook is first called."""
    from .context import current
    from .plugins import load

    manager: Plugins = current().resource("plugins", load)
    return manager


def _calls(spec: Callable[..., Any], shape: str, *args: Any, **kwargs: Any) -> Iterator[Answer]:
    manager = plugins()
    for plugin in manager.implementing(spec, shape):
        yield manager.call(plugin, spec, *args, **kwargs)
