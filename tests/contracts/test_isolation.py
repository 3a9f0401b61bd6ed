"""Any subset of the plugins, installed with what it declares, is a working paas with just those features."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts import members
from contracts.members import Member
from paas.testing import Harness, Inventory

HARMLESS: Mapping[str, tuple[str, int]] = {
    "app-json": ("app-json:report --global", 0),
    "apps": ("apps:list", 0),
    "builder": ("builder:report --global", 0),
    "builder-dockerfile": ("builder-dockerfile:report --global", 0),
    "builder-null": ("help", 0),
    "builder-herokuish": ("builder-herokuish:report --global", 0),
    "buildpacks": ("buildpacks:report --global", 0),
    "builds": ("builds:list", 0),
    "certs": ("certs:report --global", 0),
    "checks": ("checks:report --global", 0),
    "cleanup": ("cleanup --dry-run", 0),
    "config": ("config:keys --global", 0),
    "cron": ("cron:report --global", 0),
    "docker": ("help", 0),
    "docker-options": ("docker-options:report", 0),
    "doctor": ("doctor:report --global", 0),
    "domains": ("domains:report --global", 0),
    "git": ("git:report --global", 0),
    "letsencrypt": ("letsencrypt:list", 0),
    "logs": ("logs:report --global", 0),
    "resource": ("resource:report", 0),
    "maintenance": ("maintenance:report none", 20),
    "memcached": ("memcached:list", 0),
    "network": ("network:report --global", 0),
    "nginx": ("nginx:report --global", 0),
    "plugin": ("plugin:list", 0),
    "ports": ("ports:list none", 20),
    "postgres": ("postgres:list", 0),
    "proxy": ("proxy:report --global", 0),
    "ps": ("ps:report --global", 0),
    "redis": ("redis:list", 0),
    "registry": ("registry:report --global", 0),
    "releases": ("releases:report --global", 0),
    "repo": ("repo:gc none", 20),
    "report": ("report", 0),
    "run": ("run:list none", 20),
    "scheduler": ("scheduler:report --global", 0),
    "scheduler-docker": ("scheduler-docker:report --global", 0),
    "services": ("help", 0),
    "shell": ("shell", 0),
    "ssh-keys": ("ssh-keys:list", 1),
    "stack": ("stack:report", 0),
    "storage": ("storage:list-entries", 0),
}
"""Noun to a command that changes nothing, with its exit code on a system that holds nothing."""

IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    if "testing" not in module.name.split("."):
        importlib.import_module(module.name)
"""

every_plugin = pytest.mark.parametrize("member", members.PLUGINS, ids=str)


def declared(*nouns: str) -> set[str]:
    """The distributions that plugins bring: themselves, what they declare, and so on."""
    by_name = {member.distribution: member for member in members.ALL}
    wanted, found = {f"paas-{noun}" for noun in nouns} | {"paas-core"}, set()
    while wanted - found:
        found |= wanted
        wanted |= {need for name in found for need in by_name[name].needs if need in by_name}
    return found


# In this process, as if nothing else were installed


@every_plugin
def test_a_plugin_works_beside_those_that_it_declares_alone(
    member: Member, paas: Harness, inventory: Inventory
) -> None:
    inventory.real = declared(member.noun)
    for prefix in member.entry_points("paas.commands"):
        paas.ok(f"{prefix}:help")
    words, code = HARMLESS[member.noun]
    result = paas.run(*words.split())
    plugins = paas.plugins()

    assert result.exit_code == code, result.stderr
    assert plugins.broken == {}
    assert member.noun in plugins.order


def test_every_plugin_has_a_harmless_command_to_be_tried_with() -> None:
    assert set(HARMLESS) == {member.noun for member in members.PLUGINS}


# For real: wheels, installed with pip into an environment of their own


@dataclass(frozen=True)
class Environment:
    """A virtual environment, with a data root beside it."""

    folder: Path

    def run(self, *words: str | Path, program: str = "paas") -> subprocess.CompletedProcess[str]:
        root = self.folder / "data"
        environment = {"PATH": os.environ["PATH"], "PAAS_ROOT": str(root), "PAAS_HOME": str(root / "home")}
        return subprocess.run(
            [self.folder / "bin" / program, *words], capture_output=True, text=True, env=environment, check=False
        )

    def ok(self, *words: str, program: str = "paas") -> str:
        done = self.run(*words, program=program)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of all members and of all that they need from others, pinned and hashed."""
    folder = tmp_path_factory.mktemp("wheels")
    pip(
        "wheel",
        "--require-hashes",
        "--requirement",
        str(members.ROOT / "requirements.lock"),
        "--wheel-dir",
        str(folder),
    )
    run([sys.executable, str(members.ROOT / "install" / "build.py"), str(members.ROOT), str(folder)])
    return folder


@pytest.fixture(scope="session")
def environments(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Environments with some plugins, each made once; those with one plugin are made ahead, a few at a time."""
    folder, workers = tmp_path_factory.mktemp("environments"), ThreadPoolExecutor(2)
    singles = [()] + [(member.noun,) for member in members.PLUGINS]
    made = {nouns: workers.submit(environment, wheels, folder, nouns) for nouns in singles}

    def of(*nouns: str) -> Environment:
        if nouns not in made:
            made[nouns] = workers.submit(environment, wheels, folder, nouns)
        return made[nouns].result()

    return of


def environment(wheels: Path, folder: Path, nouns: Sequence[str]) -> Environment:
    made = Environment(folder / ("+".join(nouns) or "core"))
    run([sys.executable, "-m", "venv", "--without-pip", str(made.folder)])
    wanted = [f"paas-{noun}" for noun in nouns] or ["paas-core"]
    pip(
        "--python",
        str(made.folder / "bin" / "python"),
        "install",
        "--no-index",
        "--no-compile",
        "--find-links",
        str(wheels),
        *wanted,
    )
    (made.folder / "data" / "home").mkdir(parents=True)
    return made


@pytest.mark.journey
def test_core_alone_has_no_features_and_says_so(environments: Callable[..., Environment]) -> None:
    core = environments()

    assert core.ok("version").startswith("paas version ")
    assert "Core commands:" in core.ok("help")
    assert core.ok("tick") == ""
    missing = core.run("apps:create", "shop")
    assert (missing.returncode, missing.stdout) == (127, "")
    assert "is not a paas command" in missing.stderr


@pytest.mark.journey
def test_core_with_apps_and_config_keeps_variables_of_apps(environments: Callable[..., Environment]) -> None:
    some = environments("apps", "config")
    value = 'it\'s "5 $HOME"\nand=more 🙂'

    some.ok("apps:create", "shop")
    some.ok("config:set", "shop", f"GREETING={value}")

    assert some.ok("config:get", "shop", "GREETING") == f"{value}\n"
    assert "shop" in some.ok("apps:list")
    assert some.run("git:report", "shop").returncode == 127
    some.ok("apps:destroy", "--force", "shop")
    assert some.run("config:show", "shop").returncode == 20


@pytest.mark.journey
@every_plugin
def test_a_plugin_installed_with_pip_brings_all_that_it_needs(
    member: Member, environments: Callable[..., Environment]
) -> None:
    alone = environments(member.noun)

    alone.ok("-c", IMPORT_ALL, member.package, program="python")
    for prefix in member.entry_points("paas.commands"):
        alone.ok(f"{prefix}:help")
    words, code = HARMLESS[member.noun]
    done = alone.run(*words.split())
    assert done.returncode == code, done.stderr
    assert ours_in(alone) == declared(member.noun)


def ours_in(environment: Environment) -> set[str]:
    packages = environment.folder.glob("lib/python*/site-packages/paas_*.dist-info")
    return {found.name.partition("-")[0].replace("_", "-") for found in packages}


def pip(*words: str) -> None:
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words])


def run(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
