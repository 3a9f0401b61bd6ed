"""The words that an app's owner may give to a build, of all that people write for Docker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

# fmt: off
OPTIONS = frozenset({
    "add-host", "allow", "annotation", "attest", "build-arg", "cache-from", "cache-to", "cgroup-parent", "label",
    "memory", "memory-swap", "network", "no-cache", "platform", "provenance", "pull", "sbom", "secret",
    "shm-size", "ssh", "target", "ulimit",
})
# fmt: on
"""Those that change how an image is built; not those that change where it goes, or by which nothing is built."""
FLAGS = frozenset({"no-cache", "pull"})
"""The options that stand without a value."""
OF_THE_CLIENT = ("PATH", "HOME", "LD_", "DOCKER_", "BUILDKIT_", "BUILDX_", "GODEBUG")
"""Beginnings of variables that would change what the client itself does."""


def known(words: Sequence[str]) -> list[str]:
    """The options among words that a build takes, each as one word; the others are left out.

    `docker run` takes more (`--volume`), and people keep one list for both.
    """
    return [word for word in _joined(words) if word.partition("=")[0].removeprefix("--") in OPTIONS]


def named(words: Sequence[str], variables: Mapping[str, str]) -> dict[str, str]:
    """The variables that options take from the environment: `--build-arg=NAME`, `--secret=id=x,env=NAME`.

    No other reaches the client, which keeps an app's variables from changing what it does.
    """
    names = {name for word in _joined(words) for name in _names(word)}
    return {name: variables[name] for name in sorted(names & variables.keys()) if not name.startswith(OF_THE_CLIENT)}


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Options with their value in one word; words that belong to none are left out."""
    rest = iter(words)
    for word in rest:
        name, equals, _ = word.partition("=")
        if not name.startswith("--"):
            continue
        if equals or name.removeprefix("--") in FLAGS:
            yield word
        elif (value := next(rest, None)) is not None:
            yield f"{word}={value}"


def _names(word: str) -> Iterator[str]:
    option, _, value = word.partition("=")
    if option == "--build-arg" and "=" not in value:
        yield value
    elif option == "--secret":
        fields = dict(part.partition("=")[::2] for part in value.split(","))
        yield from (fields.get("env", ""), fields.get("id", ""))
