"""The image of a service: pulled, or made here of Debian's packages."""

from __future__ import annotations

import hashlib
from pathlib import Path

from paas import PaasError, output
from paas_docker.api import Build, DockerError, NotFound, engine

from .kinds import Kind, Service

MADE_OF = "paas.service-image"
"""Label of an image that was made here: a word for its recipe, version and base. It has no label of this system, since
what is made of Debian's packages serves whatever system this server has."""


def present(kind: Kind, service: Service) -> str:
    """The name of a service's image, which is there then: pulled, or made here before of Debian's packages.

    Raises:
        PaasError: It is neither.
    """
    docker, named = engine(), f"{service.image}:{service.version}"
    for name in (named, own(kind, service.version)):
        try:
            docker.image(name)
        except NotFound:
            continue
        return name
    output.detail(f"Pulling {named}")
    try:
        docker.pull(named, output.detail)
    except DockerError as error:
        make = f"Make one of Debian's packages: {kind.noun}:image-build {service.version} --base IMAGE"
        raise PaasError(
            f"The image {named} can't be pulled: {error.message}", hint=make if kind.recipe else error.hint
        ) from error
    return named


def own(kind: Kind, version: str) -> str:
    return f"paas/{kind.noun}:{version}"


def build(kind: Kind, version: str, base: str = "", *, anew: bool = False) -> str:
    """Make the image of a kind of Debian's packages, unless there is the same; its name.

    Args:
        base: An image of a Debian release; empty for the official one of that which has the version.
        anew: Make it even then, with the packages of today.

    Raises:
        PaasError: There is no recipe, or building failed.
    """
    if not kind.recipe:
        raise PaasError(f"There is no recipe for an image of {kind.title}.", hint="Choose another with --image.")
    if not (base := base or kind.bases.get(version, "")):
        raise PaasError(
            f"Which release of Debian has {kind.title} {version}?", hint="Name an image of it: --base debian:sid-slim"
        )
    name, made_of = own(kind, version), _content(kind.recipe, version, _id(base))
    if not anew and _is(name, made_of):
        return name
    options = [f"--build-arg=BASE={base}", f"--build-arg=VERSION={version}", *(["--no-cache"] if anew else [])]
    try:
        engine().build(Build(kind.recipe, name, labels={MADE_OF: made_of}, options=options), output.detail)
    except DockerError as error:
        raise PaasError(
            f"An image of {kind.title} {version} can't be made of {base}.",
            hint="See above why. A release of Debian has few versions: name another, or another release with --base.",
        ) from error
    return name


def _content(recipe: Path, version: str, base: str) -> str:
    digest = hashlib.sha256(f"{version}\0{base}\0".encode())
    for path in sorted(recipe.iterdir()):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _id(base: str) -> str:
    """The id of a base; the name of one that the build is to pull."""
    try:
        return engine().image(base).id
    except NotFound:
        return base


def _is(name: str, made_of: str) -> bool:
    try:
        return engine().image(name).labels.get(MADE_OF) == made_of
    except NotFound:
        return False
