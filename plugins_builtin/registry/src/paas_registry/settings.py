"""Where images go, and what they are called there."""

from __future__ import annotations

import re

from paas import App, InvalidValue
from paas.settings import Setting, Settings, boolean

NOUN = "registry"
HUB = "docker.io"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]{1,5})?"
_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(/{_COMPONENT})*")
_SERVER = re.compile(rf"{_HOST}(/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NAME = re.compile(r"\{\{\s*\.AppName\s*\}\}")
_LONGEST = 200


def server(value: str) -> str:
    """A check for a registry: a host, perhaps with a port and what stands before every repository."""
    kept = value.rstrip("/")
    if not _SERVER.fullmatch(kept) or len(kept) > _LONGEST:
        raise InvalidValue(f"{value[:80]!r} is not a registry.", hint="Such as registry.example.com:5000")
    return HUB if kept == "hub.docker.com" else kept


def host(value: str) -> str:
    """A check for a registry that somebody logs in to, without what stands before its repositories."""
    return server(value).partition("/")[0]


def repository(value: str) -> str:
    """A check for the name of a repository, without registry and tag."""
    if not _REPOSITORY.fullmatch(value) or len(value) > _LONGEST:
        raise InvalidValue(f"{value[:80]!r} is not the name of a repository of images.", hint="Such as company/shop.")
    return value


def template(value: str) -> str:
    """A check for the name of a repository with the app's name in it."""
    repository(_NAME.sub("app", value))
    if not _NAME.search(value):
        raise InvalidValue(f"{value[:80]!r} doesn't name the app.", hint='Such as "company/{{ .AppName }}".')
    return value


def tags(value: str) -> str:
    """A check for tags with commas between them."""
    words = [word.strip() for word in value.split(",")]
    if bad := [word for word in words if not _TAG.fullmatch(word)]:
        raise InvalidValue(f"{bad[0][:80]!r} is not a tag.", hint="Such as latest,stable")
    return ",".join(dict.fromkeys(words))


SETTINGS = Settings(
    NOUN,
    Setting("image-repo", check=repository, everywhere=False, help="The repository of an app; else the template's."),
    Setting("image-repo-template", check=template, help='Such as "company/{{ .AppName }}"; else paas/APP.'),
    Setting("push-extra-tags", check=tags, help="Further tags for what is pushed, with commas between them."),
    Setting("push-on-release", "false", boolean, help="Whether each new image is pushed before it is started."),
    Setting("server", check=server, help="The registry, such as registry.example.com:5000; else Docker's."),
)


def image_repo(app: App) -> str:
    """The repository of an app, without its registry.

    Raises:
        InvalidValue: The app's name makes none of the template.
    """
    if own := SETTINGS.value(app, "image-repo"):
        return own
    made = SETTINGS.value(app, "image-repo-template") or "paas/{{ .AppName }}"
    return repository(_NAME.sub(_plain(app.name), made))


def destination(app: App) -> str:
    """The same with its registry, as Docker takes it."""
    where = SETTINGS.value(app, "server")
    return image_repo(app) if where in ("", HUB) else f"{where}/{image_repo(app)}"


def duplicate(app: App, copy: App) -> None:
    """Give a copy the settings of an app but for its repository: two apps in one would take each other's tags."""
    SETTINGS.copy(app, copy)
    SETTINGS.set(copy, "image-repo", None)


def _plain(name: str) -> str:
    """An app's name as a part of a repository's, in which dots and hyphens don't meet."""
    return re.sub(r"[.-]{2,}", lambda between: "-" if "." in between[0] else between[0], name)
