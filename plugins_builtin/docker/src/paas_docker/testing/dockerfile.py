"""What the stand-in makes of a Dockerfile: the configuration of its image, and what building it prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from ..api import DockerError, ImageInfo
from .program import behaviour

INSTRUCTIONS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)


@dataclass
class Stage:
    """What the instructions since a FROM amount to."""

    name: str = ""
    image: ImageInfo = field(default_factory=lambda: ImageInfo(id=""))
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> Mapping[str, str]:
        return self.arguments | self.environment


def build(
    text: str,
    folder: Path,
    arguments: Mapping[str, str],
    target: str | None,
    base: Callable[[str], tuple[ImageInfo, Mapping[str, str]]],
    show: Callable[[str], None],
) -> Stage:
    """Go through a Dockerfile.

    Args:
        arguments: Of the build, by name.
        target: The stage to end with; None for the last.
        base: What a name in FROM stands for: an image and its environment.

    Raises:
        DockerError: The Dockerfile is wrong, or a step of it fails.
    """
    stage: Stage | None = None
    stages: dict[str, Stage] = {}
    before: dict[str, str] = {}
    for number, line in enumerate(_instructions(text), 1):
        word, _, rest = line.partition(" ")
        word, rest = word.upper(), rest.strip()
        if word not in INSTRUCTIONS:
            raise DockerError(f"dockerfile parse error: unknown instruction: {word}")
        show(f"Step {number} : {word} {rest}")
        if word == "FROM":
            if stage and stage.name == target:
                break
            stage = _from(rest, before, stages, base)
        elif word == "ARG":
            name, _, default = rest.partition("=")
            known = stage.arguments if stage else before
            known[name] = arguments.get(name, default)
        elif stage:
            _apply(stage, word, rest, folder, show)
        else:
            raise DockerError("no build stage in current context")
    if not stage:
        raise DockerError("the Dockerfile cannot be empty")
    if target and stage.name != target:
        raise DockerError(f"failed to reach build target {target} in Dockerfile")
    return stage


def _from(
    rest: str,
    before: Mapping[str, str],
    stages: dict[str, Stage],
    base: Callable[[str], tuple[ImageInfo, Mapping[str, str]]],
) -> Stage:
    words = [word for word in _filled(rest, before).split() if not word.startswith("--")]
    name = words[2].lower() if len(words) == 3 else ""
    if words[0] in stages:
        parent = stages[words[0]]
        stage = Stage(name, parent.image, dict(parent.environment))
    else:
        image, environment = base(words[0])
        stage = Stage(name, replace(image, tags=()), dict(environment))
    if name:
        stages[name] = stage
    return stage


def _apply(stage: Stage, word: str, rest: str, folder: Path, show: Callable[[str], None]) -> None:
    image, filled = stage.image, _filled(rest, stage.variables)
    match word:
        case "EXPOSE":
            ports = [port if "/" in port else f"{port}/tcp" for port in filled.split()]
            stage.image = replace(image, ports=sorted({*image.ports, *ports}, key=lambda p: int(p.partition("/")[0])))
        case "CMD":
            stage.image = replace(image, command=_words(rest))
        case "ENTRYPOINT":
            stage.image = replace(image, entrypoint=_words(rest), command=())
        case "USER":
            stage.image = replace(image, user=filled)
        case "LABEL":
            stage.image = replace(image, labels={**image.labels, **_pairs(rest, stage.variables)})
        case "ENV":
            stage.environment.update(_pairs(rest, stage.variables))
        case "RUN":
            _run(rest, stage.variables, show)
        case "COPY" | "ADD":
            _copy(filled, folder)


def _run(script: str, variables: Mapping[str, str], show: Callable[[str], None]) -> None:
    done = behaviour(_words(script), variables)
    for line in done.lines:
        show(line)
    if done.exit_code:
        raise DockerError(f"The command '/bin/sh -c {script}' returned a non-zero code: {done.exit_code}")


def _copy(rest: str, folder: Path) -> None:
    words = shlex.split(rest)
    if any(word.startswith("--from") for word in words):
        return
    sent = list(context(folder))
    for source in [word for word in words if not word.startswith("--")][:-1]:
        wanted = source.strip("./") or "*"
        if "://" not in source and not any(_matches(path, wanted) for path in sent):
            raise DockerError(f"COPY failed: file not found in build context: {source}")


def context(folder: Path) -> Iterator[str]:
    """The paths below a folder that a build sends to Docker: those that .dockerignore doesn't name."""
    ignore = folder / ".dockerignore"
    patterns = ignore.read_text().split() if ignore.is_file() else []
    for path in sorted(str(file.relative_to(folder)) for file in folder.rglob("*")):
        naming = [p for p in patterns if _matches(path, p.removeprefix("!").strip("/"))]
        if not naming or naming[-1].startswith("!"):
            yield path


def _matches(path: str, pattern: str) -> bool:
    return fnmatch(path, pattern) or path.startswith(f"{pattern}/")


def _instructions(text: str) -> Iterator[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    yield from (line.strip() for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines())


def _words(rest: str) -> Sequence[str]:
    return tuple(json.loads(rest)) if rest.startswith("[") else ("/bin/sh", "-c", rest)


def _pairs(rest: str, variables: Mapping[str, str]) -> dict[str, str]:
    words = [_filled(word, variables) for word in shlex.split(rest)]
    if "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(word.partition("=")[::2] for word in words)


def _filled(rest: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda name: variables.get(name[1], ""), rest)
