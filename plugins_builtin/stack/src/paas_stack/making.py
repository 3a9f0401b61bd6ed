"""The image in which buildpacks run."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from paas import output, privileged, scratch
from paas.context import current as context
from paas_docker.api import BUILT_BY, Build, DockerError, ImageInfo, engine

STACK = "paas.stack"
"""Label of a stack: a word for what it was made from. It belongs to the machine's engine, whichever system made it."""
SYSTEM = "paas.stack.system"
"""Label of a stack: the data root of the system that made it, which removes it when it has a newer one."""
NAME = "paas/stack:"
"""What the names of stacks begin with."""
FOLDER = Path(__file__).parent / "image"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def current() -> ImageInfo | None:
    """The stack as this program makes it, if it was made."""
    return next(iter(_stacks(content())), None)


def build(*, anew: bool = False) -> ImageInfo:
    """Make the stack from the packages of this server's distribution.

    Raises:
        PaasError: The distribution's mirror or Docker refused.
    """
    output.step("Building the stack")
    base = privileged.run("stack-base", *(["--no-cache"] if anew else [])).split()[-1]
    output.detail(f"Base: {base}")
    with scratch.folder("stack") as place:
        folder = place / "stack"
        shutil.copytree(FOLDER, folder)
        for program in [*folder.glob("bin/*"), *folder.glob("buildpacks/*/bin/*")]:
            program.chmod(0o755)
        certificates = CERTIFICATES.read_bytes() if CERTIFICATES.exists() else b""
        (folder / "certificates").write_bytes(certificates)
        options = [f"--build-arg=BASE={base}", *(["--no-cache"] if anew else [])]
        order = Build(folder, f"{NAME}{content()[:12]}", labels=_labels(), options=options)
        made = engine().build(order, output.detail)
    remove_older()
    return made


def content() -> str:
    """A word for what the stack is made from."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(FOLDER)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _labels() -> dict[str, str]:
    return {STACK: content(), SYSTEM: str(context().paths.root)}


def remove_older() -> None:
    """Remove the stacks that this system made before the current one, but for those that an app's image needs."""
    newest = current()
    for stack in engine().images({SYSTEM: str(context().paths.root)}):
        is_named = not stack.tags or any(tag.startswith(NAME) for tag in stack.tags)
        if newest and stack.id != newest.id and is_named and not stack.labels.get(BUILT_BY):
            with suppress(DockerError):  # an app's image or container needs it
                engine().remove_image(stack.id)


def older() -> ImageInfo | None:
    """A stack that another version of this program made."""
    if found := _stacks(""):
        output.warn("The stack is of another version of paas.", "Make it anew with paas stack:build")
    return next(iter(found), None)


def _stacks(content: str) -> list[ImageInfo]:
    """The stacks of a content, or of any; whatever image was made from one has its label too, but no such name."""
    return [image for image in engine().images({STACK: content}) if any(tag.startswith(NAME) for tag in image.tags)]
