"""One generation's virtual environment: build it from wheels, try it, and find damage in it.

All of this runs as root, from wheels alone: installing a wheel runs none of its code. What does run
it, the trial, runs as the account of paas.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from paas import PaasError

from .wheels import CORE

PYTHON = "/usr/bin/python3"
TRIAL_SECONDS = 120

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def scripts(folder: Path) -> Mapping[str, str]:
    """The programs of an environment: name to text.

    They start isolated, so that nothing in the environment of whoever calls gets into them.
    """
    return {
        name: f"#!{folder}/bin/python -I\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n"
        for name, module in (("paas", "paas.cli"), ("paas-root-helper", "paas.roothelper"))
    }


def build(folder: Path, wheels: Sequence[Path], pip: Path) -> None:
    """Make a virtual environment of some wheels.

    Args:
        folder: Where; nothing of an environment is there yet.
        wheels: All that shall be in it. Nothing is resolved, and no index is asked.
        pip: A Python that has pip.

    Raises:
        PaasError: A wheel can't be installed.
    """
    python = folder / "bin" / "python"
    run([PYTHON, "-I", "-m", "venv", "--without-pip", folder])
    quietly = ["--quiet", "--no-warn-script-location", "--disable-pip-version-check", "--root-user-action=ignore"]
    only_these = ["--no-index", "--no-deps", "--no-compile"]
    run([pip, "-I", "-m", "pip", "--isolated", "--python", python, "install", *only_these, *quietly, *wheels])
    for name, text in scripts(folder).items():
        script = folder / "bin" / name
        script.write_text(text, encoding="utf-8")
        script.chmod(0o755)
    # Without its bytecode a command takes nearly twice as long, and the user can't write it here.
    run([python, "-I", "-m", "compileall", "-q", "-j", "0", folder / "lib"])


def damage(folder: Path, user: str) -> str | None:
    """What is wrong with the files of an environment, None if they are as they were installed."""
    for name, text in scripts(folder).items():
        script = folder / "bin" / name
        if not os.access(script, os.X_OK) or script.read_text(encoding="utf-8") != text:
            return f"{script} is missing or changed"
        if _is_open(script):
            return f"{script} can be changed by others than its owner"
    for site in folder.glob("lib/python*/site-packages"):
        for record in site.glob("*.dist-info/RECORD"):
            for file, digest in _recorded(record):
                if not _matches(site / file, digest):
                    return f"{site / file} is missing or changed"
                if _is_open(site / file):
                    return f"{site / file} can be changed by others than its owner"
    return None if _starts(folder, user) else f"{folder / 'bin' / 'paas'} doesn't start"


def broken(folder: Path, user: str) -> dict[str, str]:
    """What doesn't work in an environment: plugin to reason. It is tried as an account."""
    try:
        done = _as(user, [folder / "bin" / "python", "-I", "-c", f"from {__name__} import examine; examine()"])
        found: dict[str, str] = json.loads(done.stdout.decode().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {CORE: f"the plugins weren't loaded within {TRIAL_SECONDS} seconds"}
    except OSError as error:
        return {CORE: str(error)}
    except (ValueError, IndexError):  # it ended before it could say anything
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it says nothing"]
        return {CORE: last[0]}
    return found


def examine() -> None:
    """Print what doesn't work in the environment that this runs in, as JSON: plugin to reason.

    It works on an empty store of its own: a new generation must not migrate the server's before it
    is accepted.
    """
    import tempfile
    from functools import partial

    from paas import context, entrypoints, plugins, roothelper
    from paas.paths import Paths

    with tempfile.TemporaryDirectory() as root:
        nowhere = context.Context(Paths(root=Path(root), home=Path(root)), context.Caller("root"))
        with context.use(nowhere):
            found = dict(plugins.load().broken)
        loaded = (entrypoints.COMMANDS, entrypoints.PLUMBING)
        declared = entrypoints.declared(entrypoints.PLUGINS, entrypoints.ROOT, *loaded)
        plugin = {entry.distribution: entry.name for entry in declared[entrypoints.PLUGINS]}
        loads = [(entry, entry.load) for group in loaded for entry in declared[group]]
        loads += [(entry, partial(roothelper.find, entry.name)) for entry in declared[entrypoints.ROOT]]
        for entry, load in loads:
            try:
                load()
            except BaseException as error:
                found.setdefault(plugin.get(entry.distribution, entry.name), f"{type(error).__name__}: {error}")
    print("\n" + json.dumps(found))


def run(words: Sequence[str | Path]) -> None:
    """Run a program of the system as ourselves.

    Raises:
        PaasError: It failed; with what it said.
    """
    done = subprocess.run(words, check=False, env=_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise PaasError(f"{os.path.basename(words[0])} failed while a generation was built: {said}")


def _starts(folder: Path, user: str) -> bool:
    """Whether an environment's program runs: not when the system's Python was replaced by another one."""
    try:
        return _as(user, [folder / "bin" / "paas", "version"]).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _is_open(file: Path) -> bool:
    return bool(file.stat().st_mode & 0o022)


def _as(user: str, words: Sequence[str | Path]) -> subprocess.CompletedProcess[bytes]:
    """Run a program as an account; as ourselves when we aren't root, as in tests."""
    uid = gid = groups = None
    if os.geteuid() == 0:
        import pwd

        account = pwd.getpwnam(user)
        uid, gid, groups = account.pw_uid, account.pw_gid, list[int]()
    return subprocess.run(
        words,
        check=False,
        user=uid,
        group=gid,
        extra_groups=groups,
        env=_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TRIAL_SECONDS,
    )


def _recorded(record: Path) -> Iterator[tuple[str, str]]:
    """The files of a distribution within site-packages, with their digests."""
    import csv

    with open(record, encoding="utf-8", newline="") as file:
        for name, digest, _ in csv.reader(file):
            if digest.startswith("sha256=") and not name.startswith("../"):
                yield name, digest.removeprefix("sha256=")


def _matches(file: Path, digest: str) -> bool:
    from base64 import urlsafe_b64encode

    try:
        found = hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return False
    return urlsafe_b64encode(found).rstrip(b"=").decode() == digest
