"""What paas needs root for: a fixed list of verbs, each argument checked again.

sudo lets the account of paas run this and nothing else. It believes nothing but `host.json`, which
root owns, and it starts on every push, so it imports little.

    nginx-test                   is the whole configuration valid?
    nginx-reload                 test it, have nginx take it, and wait until it has
    nginx-start, nginx-stop      as the name says; no error if it is so already
    nginx-include                have nginx read the files of the nginx plugin, from its next reload on
    nginx-log-read LOG LINES [--follow]   print the end of a log
    nginx-log-move LOG NEW-LOG   rename a log within its folder
    nginx-log-remove LOG…        remove logs with what logrotate made of them
    chown PATH UID:GID           give a path below storage/, services/ or apps/, and all in it, to someone
    remove PATH                  remove one
    install-generation FOLDER    make the wheels of a folder the next generation
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import paths as places
from .errors import PaasError, UsageError
from .paths import Paths

CO_VARARGS = 4  # inspect's, which would cost more than all else here
MOST_LINES = 100_000
FOLDERS = ("storage", "services", "apps")
"""Where the containers of apps and services write, as accounts of their own."""


def main() -> None:
    """The `paas-root-helper` script."""
    os.umask(0o022)
    try:
        run(sys.argv[1:], places.read(Path(sys.prefix).parent / "host.json"))
    except PaasError as error:
        # As it is: whoever asked shows it in the shape of paas, and nginx's own words are read by programs.
        print("\n".join(filter(None, (error.message, error.hint))), file=sys.stderr)
        sys.exit(error.exit_code)
    except (OSError, ValueError) as error:
        sys.exit(str(error))


def run(words: Sequence[str], paths: Paths) -> None:
    """Carry out a verb.

    Raises:
        UsageError: There is no such verb, or its words are wrong.
        PaasError: It is refused, or failed.
    """
    verb, *rest = words or [""]
    if verb not in VERBS:
        raise UsageError(f"{verb!r} is none of {', '.join(VERBS)}.")
    carry_out = VERBS[verb]
    most, optional = carry_out.__code__.co_argcount - 1, len(carry_out.__defaults__ or ())
    takes_any = bool(carry_out.__code__.co_flags & CO_VARARGS)
    if len(rest) < most - optional or (len(rest) > most and not takes_any):
        raise UsageError(f"{verb} was given {len(rest)} words.")
    carry_out(paths, *rest)


def _nginx_test(paths: Paths) -> None:
    from . import webserver

    print(webserver.test(paths.nginx), end="")


def _nginx_reload(paths: Paths) -> None:
    from . import webserver

    webserver.reload(paths.nginx)


def _nginx_start(paths: Paths) -> None:
    from . import webserver

    webserver.start(paths.nginx)


def _nginx_stop(paths: Paths) -> None:
    from . import webserver

    webserver.stop(paths.nginx)


def _nginx_include(paths: Paths) -> None:
    from . import webserver

    webserver.include(paths.nginx, paths.plugin("nginx"))


def _nginx_log_read(paths: Paths, log: str, lines: str, follow: str = "") -> None:
    from . import weblogs

    if not lines.isascii() or not lines.isdigit() or int(lines) > MOST_LINES or follow not in ("", "--follow"):
        raise UsageError(f"nginx-log-read takes a log, a number of lines up to {MOST_LINES}, and perhaps --follow.")
    weblogs.show(weblogs.log(paths.nginx, log), int(lines), follow=bool(follow))


def _nginx_log_move(paths: Paths, log: str, new: str) -> None:
    from . import weblogs

    weblogs.move(weblogs.log(paths.nginx, log), weblogs.log(paths.nginx, new))


def _nginx_log_remove(paths: Paths, *logs: str) -> None:
    from . import weblogs

    for path in [weblogs.log(paths.nginx, log) for log in logs]:
        weblogs.remove(path)


def _chown(paths: Paths, path: str, owner: str) -> None:
    from . import below

    uid, _, gid = owner.partition(":")
    if not all(number.isascii() and number.isdigit() and int(number) < 2**32 - 1 for number in (uid, gid)):
        raise UsageError(f"{owner!r} is not a UID:GID.")
    below.chown(paths.root, below.parts(paths.root, path, FOLDERS), int(uid), int(gid))


def _remove(paths: Paths, path: str) -> None:
    from . import below

    below.remove(paths.root, below.parts(paths.root, path, FOLDERS))


def _install_generation(paths: Paths, folder: str) -> None:
    from . import below, generations

    assert paths.program
    inside = below.parts(paths.root, folder, (paths.scratch.name,))
    os.close(below.opened(paths.root, inside))  # a link on the way is refused here
    wheels = sorted(paths.root.joinpath(*inside).iterdir())
    number, is_new = generations.install(paths.program, wheels, paths.user)
    print(f"Generation {number} is {'new' if is_new else 'as it should be'}")


VERBS: dict[str, Callable[..., None]] = {
    "nginx-test": _nginx_test,
    "nginx-reload": _nginx_reload,
    "nginx-start": _nginx_start,
    "nginx-stop": _nginx_stop,
    "nginx-include": _nginx_include,
    "nginx-log-read": _nginx_log_read,
    "nginx-log-move": _nginx_log_move,
    "nginx-log-remove": _nginx_log_remove,
    "chown": _chown,
    "remove": _remove,
    "install-generation": _install_generation,
}
