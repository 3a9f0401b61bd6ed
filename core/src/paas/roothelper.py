"""What paas needs root for: verbs of the plugins, found and given their words here.

sudo lets the account of paas run this and nothing else. It believes nothing but `host.json`, which
root owns. Its script starts Python isolated, so that nothing is found or imported but what root
installed in this generation. It starts on every push, and imports little.

A plugin declares its verbs, each named after it and carried out by a function that checks its words:

    [project.entry-points."paas.root"]
    nginx-test = "paas_nginx.root:test"

Those that any plugin may use are here:

    chown PATH UID:GID           give a path below storage/, services/ or apps/, and all in it, to someone
    remove PATH                  remove one
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import entrypoints
from . import paths as places
from .errors import PaasError, UsageError
from .paths import Paths

CO_VARARGS = 4  # inspect's, which would cost more than all else here
FOLDERS = ("storage", "services", "apps")
"""Where the containers of apps and services write, as accounts of their own."""

Verb = Callable[..., None]
"""A plain function of the paths and of the words after the verb."""


def main() -> None:
    """The `paas-root-helper` script."""
    os.umask(0o022)
    try:
        run(sys.argv[1:], places.read(Path(sys.prefix).parent / "host.json"))
    except PaasError as error:
        # As it is: whoever asked shows it in the shape of paas, and nginx's own words are read by programs.
        print("\n".join(filter(None, (error.message, error.hint))), file=sys.stderr)
        sys.exit(error.exit_code)
    except (ImportError, OSError, ValueError) as error:
        sys.exit(str(error))


def run(words: Sequence[str], paths: Paths) -> None:
    """Carry out a verb.

    Raises:
        UsageError: There is no such verb, or its words are too few or too many.
        PaasError: It is refused, or failed.
    """
    verb, *rest = words or [""]
    carry_out = find(verb)
    most, optional = carry_out.__code__.co_argcount - 1, len(carry_out.__defaults__ or ())
    takes_any = bool(carry_out.__code__.co_flags & CO_VARARGS)
    if len(rest) < most - optional or (len(rest) > most and not takes_any):
        raise UsageError(f"{verb} was given {len(rest)} words.")
    carry_out(paths, *rest)


def find(verb: str) -> Verb:
    """What carries out a verb.

    Raises:
        UsageError: There is no such verb.
        PaasError: Two plugins declare it, or one that it isn't named after.
        ImportError: Its plugin is broken.
    """
    if verb in OWN:
        return OWN[verb]
    declared = entrypoints.declared(entrypoints.ROOT, entrypoints.PLUGINS)
    found = [entry for entry in declared[entrypoints.ROOT] if entry.name == verb]
    if not found:
        known = sorted({*OWN, *(entry.name for entry in declared[entrypoints.ROOT])})
        raise UsageError(f"{verb!r} is none of {', '.join(known)}.")
    if len(found) > 1:
        raise PaasError(f"{' and '.join(e.distribution for e in found)} both bring {verb}.", hint="Uninstall one.")
    owners = [plugin.name for plugin in declared[entrypoints.PLUGINS] if plugin.distribution == found[0].distribution]
    if not any(verb.startswith(f"{noun}-") for noun in owners):
        raise PaasError(f"{verb} of {found[0].distribution} is not named after its plugin.")
    carry_out: Verb = found[0].load()
    return carry_out


def account(owner: str) -> tuple[int, int]:
    """A `UID:GID` as numbers.

    Raises:
        UsageError: It isn't one.
    """
    uid, _, gid = owner.partition(":")
    if not all(number.isascii() and number.isdigit() and int(number) < 2**32 - 1 for number in (uid, gid)):
        raise UsageError(f"{owner!r} is not a UID:GID.")
    return int(uid), int(gid)


def _chown(paths: Paths, path: str, owner: str) -> None:
    from . import below

    below.chown(paths.root, below.parts(paths.root, path, FOLDERS), *account(owner))


def _remove(paths: Paths, path: str) -> None:
    from . import below

    below.remove(paths.root, below.parts(paths.root, path, FOLDERS))


OWN: dict[str, Verb] = {"chown": _chown, "remove": _remove}
