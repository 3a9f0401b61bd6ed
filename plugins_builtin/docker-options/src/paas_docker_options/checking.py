"""The words of people as options, each one word: what may be given in which phase, and by whom."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from paas import InvalidValue, UsageError

from . import fields

# fmt: off
SHORT = {
    "-h": "hostname", "-m": "memory", "-u": "user", "-w": "workdir", "-c": "cpu-shares", "-v": "volume", "-e": "env",
    "-p": "publish", "-P": "publish-all", "-l": "label", "-d": "detach", "-i": "interactive", "-t": "tty",
}
# fmt: on
NETWORK = "paas gives containers their network and address"
NETWORKS = "network:set APP attach-post-create NETWORK does it"
LABELS = "labels are how paas knows what is its own"
PORTS = "ports:add APP SCHEME:HOST:CONTAINER does it"
MOUNTS = "storage:mount APP HOST:CONTAINER does it"
VARIABLES = "config:set APP KEY=VALUE does it"
STARTS = "paas says how containers start, and removes them"
IMAGES = "paas names and keeps the images of apps"
OTHERWISE = {
    **dict.fromkeys(("name", "cidfile"), "paas names containers, and keeps their ids"),
    **dict.fromkeys(("detach", "rm", "interactive", "tty"), STARTS),
    **dict.fromkeys(("label", "label-file"), LABELS),
    **dict.fromkeys(("volume", "mount", "volumes-from", "volume-driver"), MOUNTS),
    **dict.fromkeys(("env", "env-file"), VARIABLES),
    **dict.fromkeys(("publish", "publish-all", "expose"), PORTS),
    **dict.fromkeys(("network", "net", "network-alias"), NETWORKS),
    **dict.fromkeys(("ip", "ip6", "mac-address"), NETWORK),
    **dict.fromkeys(("iidfile", "tag", "output", "push", "load"), IMAGES),
    **dict.fromkeys(("log-driver", "log-opt"), "logs:set APP max-size SIZE limits the log"),
    "file": "builder-dockerfile:set APP dockerfile-path PATH does it",
    "gpus": "resource:limit --nvidia-gpu COUNT APP does it",
    "init": "scheduler-docker:set APP init-process true|false does it",
    "link": "containers reach each other by their names as it is",
    "process": "it stands before the app: docker-options:add --process TYPE APP deploy OPTION",
    "restart": "ps:set APP restart-policy POLICY does it",
    "stop-timeout": "ps:set APP stop-timeout-seconds SECONDS does it",
}
"""Option to what is to be done instead, or why nothing is."""
# fmt: off
BUILD = frozenset({
    "add-host", "build-arg", "cache-from", "memory", "memory-swap", "no-cache", "platform", "pull", "shm-size",
    "target", "ulimit",
})
BUILD_FOR_ROOT = frozenset({"allow", "cache-to", "cgroup-parent", "network", "secret", "ssh"})
"""With these a build reads what is the server's, or leaves its own network."""
BUILD_FLAGS = frozenset({"no-cache", "pull"})
# fmt: on


def parse(words: Sequence[str], phases: Sequence[str]) -> list[str]:
    """Options with their values, each one word, as `--shm-size=64m`, once they are found to be good for these phases.

    Raises:
        UsageError: A word belongs to no option, or an option lacks its value.
        InvalidValue: A phase doesn't take an option or its value.
    """
    found = list(joined(words))
    if not found:
        raise UsageError("Give an option of Docker's.", hint="Such as --shm-size=64m")
    for option in found:
        for phase in phases:
            _require(option, phase)
    return found


def joined(words: Sequence[str]) -> Iterator[str]:
    """Each option with its value as one word.

    Raises:
        UsageError: A word belongs to no option, or an option lacks its value.
    """
    rest = iter([part for word in words for part in _split(word)])
    for word in rest:
        name, equals, value = _named(word)
        if equals:
            yield f"--{name}={value}"
        elif _is_flag(name) or name in OTHERWISE:
            yield f"--{name}"
            if name in OTHERWISE:  # which is refused, whatever follows
                return
        elif (following := next(rest, None)) is None:
            raise UsageError(f"--{name} needs a value.", hint=f"Write --{name}=VALUE")
        else:
            yield f"--{name}={following}"


def for_root(option: str, scope: str) -> bool:
    """Whether only root may add an option to a scope, such as `build` or `deploy.web`."""
    name = option.removeprefix("--").partition("=")[0]
    if scope != "build":
        return name in fields.ROOTS
    return name in BUILD_FOR_ROOT or (name == "cache-from" and "type=" in option and "type=registry" not in option)


def _split(word: str) -> list[str]:
    """Several options that came as one word; a value that holds spaces stays whole."""
    is_one = "=" in word.partition(" ")[0] and " -" not in word
    if not word.startswith("-") or " " not in word or is_one:
        return [word]
    try:
        return shlex.split(word)
    except ValueError as error:
        raise UsageError(f"{word!r} can't be split into words: {error}.") from error


def _named(word: str) -> tuple[str, str, str]:
    name, equals, value = word.partition("=")
    if name.startswith("--") and len(name) > 2:
        return name.removeprefix("--"), equals, value
    if (short := word[:2]) in SHORT:
        attached = word[2:].removeprefix("=")
        return SHORT[short], "=" if attached else "", attached
    raise UsageError(f"{word!r} is not an option of Docker's, nor the value of one.", hint="Such as --shm-size=64m")


def _is_flag(name: str) -> bool:
    return name in BUILD_FLAGS or (name in fields.ALL and fields.ALL[name].is_flag)


def _require(option: str, phase: str) -> None:
    name, equals, value = option.removeprefix("--").partition("=")
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise InvalidValue(f"The value of --{name} has characters that can't be printed.")
    if name in OTHERWISE and not (phase == "build" and name == "network"):
        raise InvalidValue(f"--{name} is not for docker-options.", hint=_sentence(OTHERWISE[name]))
    known = BUILD | BUILD_FOR_ROOT if phase == "build" else fields.ALL.keys()
    if name not in known:
        raise InvalidValue(f"{phase} takes no --{name}.", hint=f"It takes: {' '.join(sorted(known))}")
    if bool(equals) == _is_flag(name):
        raise InvalidValue(f"--{name} {'stands without a value' if equals else 'needs a value'}.")
    if equals and name in fields.ALL:
        fields.ALL[name].parse(value)


def _sentence(text: str) -> str:
    """A reason as a sentence; one that begins with a command keeps its name as it is."""
    begins_with_command = ":" in text.partition(" ")[0]
    return f"{text}." if begins_with_command else f"{text[0].upper()}{text[1:]}."
