"""What can be set about repositories."""

from __future__ import annotations

import re

from paas import InvalidValue, process
from paas.settings import Setting, Settings, boolean, whole_number

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}")


def branch(value: str) -> str:
    """A check for the name of a branch, by git's own rules."""
    if value.startswith("-") or process.run(["git", "check-ref-format", f"refs/heads/{value}"], check=False).returncode:
        raise InvalidValue(
            f"{value!r} is not a name for a branch.",
            hint="Such as main or release/2.0: no spaces, no two dots together, none of ~ ^ : ? * [",
        )
    return value


def variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise InvalidValue(f"{value!r} is not a name for a variable.", hint="Use letters, digits and _.")
    return value


def image_name(value: str) -> str:
    """A check for an image, as `docker pull` takes it; it goes into a Dockerfile."""
    if not _IMAGE.fullmatch(value):
        raise InvalidValue(f"{value!r} is not the name of an image.", hint="As in registry.example.com/shop:1.2")
    return value


SETTINGS = Settings(
    "git",
    Setting("deploy-branch", "master", branch, help="The branch whose pushes deploy."),
    Setting("rev-env-var", "GIT_REV", variable, blank=True, help="The variable for the commit; blank for none."),
    Setting("keep-git-dir", "false", boolean, help="Leave .git in the tree that is built."),
    Setting("archive-max-files", "100000", whole_number(1), help="How many files an archive may hold."),
    Setting("archive-max-size", "1073741824", whole_number(1), help="How many bytes an archive may unpack to."),
    Setting("source-image", "", image_name, everywhere=False, help="The image that git:from-image deployed last."),
)
