"""What root does for nginx, each a verb of the root helper (`nginx-test` …); they check their words.

nginx-test [SITE…]           which sites would nginx refuse? without words all together, else each of them alone
nginx-reload [--when-told] [SITE…]   have nginx take the sites that have changed, and wait until it has; when told,
                             it starts ahead, and waits for a line on its standard input before it looks at anything
nginx-start                  start nginx, without the sites that it refuses; no error if it runs already
nginx-prepare                set those sites aside, for an nginx that is about to start
nginx-stop                   stop it; no error if it doesn't run
nginx-include                have nginx read the files of this plugin, from its next reload on
nginx-log-read LOG LINES [--follow]   print the end of a log
nginx-log-move LOG NEW-LOG   rename a log within its folder
nginx-log-remove LOG…        remove logs with what logrotate made of them

SITE is the name of a file, such as `3.conf`. Those of sites print a JSON object: the refused sites, each with
what nginx says of it.
"""

from __future__ import annotations

import json
import sys

from paas import UsageError
from paas.paths import Paths

MOST_LINES = 100_000
WHEN_TOLD = "--when-told"


def test(paths: Paths, *sites: str) -> None:
    from . import sitefiles, trial

    if not sites:
        print(json.dumps(trial.broken(paths, sitefiles.read(paths)) if trial.whole(paths.nginx) else {}))
        return
    alone = {name: trial.alone(paths, name) for name in sitefiles.checked(sites)}
    print(json.dumps({name: said for name, said in alone.items() if said}))


def reload(paths: Paths, *sites: str) -> None:
    from . import sitefiles, webserver

    if sites[:1] == (WHEN_TOLD,):
        sites = sites[1:]
        if not sys.stdin.readline():
            return
    taken = webserver.reload(paths, sitefiles.checked(sites))
    print(json.dumps(taken.aside), flush=True)
    taken.settle()


def start(paths: Paths) -> None:
    from . import webserver

    print(json.dumps(webserver.start(paths)))


def prepare(paths: Paths) -> None:
    from . import webserver

    print(json.dumps(webserver.prepare(paths)))


def stop(paths: Paths) -> None:
    from . import webserver

    webserver.stop(paths.nginx)


def include(paths: Paths) -> None:
    from . import webserver

    webserver.include(paths.nginx, paths.plugin("nginx"))


def log_read(paths: Paths, log: str, lines: str, follow: str = "") -> None:
    from . import weblogs

    if not lines.isascii() or not lines.isdigit() or int(lines) > MOST_LINES or follow not in ("", "--follow"):
        raise UsageError(f"nginx-log-read takes a log, a number of lines up to {MOST_LINES}, and perhaps --follow.")
    weblogs.show(weblogs.log(paths.nginx, log), int(lines), follow=bool(follow))


def log_move(paths: Paths, log: str, new: str) -> None:
    from . import weblogs

    weblogs.move(weblogs.log(paths.nginx, log), weblogs.log(paths.nginx, new))


def log_remove(paths: Paths, *logs: str) -> None:
    from . import weblogs

    for path in [weblogs.log(paths.nginx, log) for log in logs]:
        weblogs.remove(path)
