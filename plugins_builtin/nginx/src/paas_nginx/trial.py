"""Have nginx judge a configuration that isn't the one that serves: its own main file with chosen sites, as root.

Our include names its files relative to the folder of the main configuration, and nginx takes that to be
wherever the main file was named. So a folder of links to all that lies there, but with other sites, is
another configuration, whatever else the main one includes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from paas import PaasError
from paas.paths import Nginx, Paths

from . import sitefiles
from .refusal import culprit, essence

LINK = "paas"
"""Beside the main configuration: a link to the folder of this plugin."""
COMMON = "00-common.conf"
"""What each site needs; the other files of that folder are about all of them together."""


def whole(nginx: Nginx) -> str | None:
    """What nginx says against the configuration that serves, None if it would take it."""
    return _said(nginx, Path(nginx.config))


def alone(paths: Paths, name: str) -> str | None:
    """The same of the main configuration with one site, whatever has become of others."""
    return _judged(paths, [name], [COMMON])


def together(paths: Paths, names: Iterable[str]) -> str | None:
    """The same of the main configuration with some of the sites."""
    files = [file.name for file in paths.root.joinpath(*sitefiles.PARTS[:-1]).glob("*.conf")]
    return _judged(paths, names, files)


def broken(paths: Paths, sites: Mapping[str, str]) -> dict[str, str]:
    """The sites without which nginx would take the others, each with what it says.

    Args:
        sites: Names and texts.

    Raises:
        PaasError: What nginx refuses is none of them.
    """
    sound, found = dict(sites), {}
    while (said := together(paths, sound)) is not None:
        if (name := culprit(said, sound)) is None:
            raise PaasError(said)
        found[name] = essence(said)
        del sound[name]
    return found


def _judged(paths: Paths, names: Iterable[str], files: Iterable[str]) -> str | None:
    with _configuration(paths, names, files) as config:
        said = _said(paths.nginx, config)
    return said and said.replace(str(config.parent), str(Path(paths.nginx.config).parent))


@contextmanager
def _configuration(paths: Paths, names: Iterable[str], files: Iterable[str]) -> Iterator[Path]:
    config = Path(paths.nginx.config)
    ours = paths.root.joinpath(*sitefiles.PARTS[:-1])
    with TemporaryDirectory(prefix="paas-nginx-") as folder:
        top = Path(folder)
        (top / LINK / "sites").mkdir(parents=True)
        for other in config.parent.iterdir():
            if other.name != LINK:
                (top / other.name).symlink_to(other)
        for file in files:
            (top / LINK / file).symlink_to(ours / file)
        for name in names:
            (top / LINK / "sites" / Path(name).with_suffix(".conf")).symlink_to(sitefiles.path(paths, name))
        yield top / config.name


def _said(nginx: Nginx, config: Path) -> str | None:
    argv = [nginx.binary, "-c", str(config), "-t"]
    done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr.decode(errors="replace").strip()
    return (said or f"{nginx.binary} ended with {done.returncode}") if done.returncode else None
