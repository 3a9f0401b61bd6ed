"""Apps without a Dockerfile, built by buildpacks in the stack that the system makes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from testbed.client import Client
from testbed.system import REPOSITORY, System

pytestmark = pytest.mark.usefixtures("stack")

SAMPLES = REPOSITORY / "tests" / "samples"


def sample(name: str) -> dict[str, str | bytes]:
    folder = SAMPLES / name
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@dataclass(frozen=True)
class Language:
    """An app in tests/samples.

    Attributes:
        title: What the buildpack calls it, and what the app greets.
        file: Where its greeting stands.
        says: What the first build prints, and what the second that uses the cache.
    """

    title: str
    file: str
    says: tuple[str, str]


LANGUAGES = {
    "python": Language("Python", "app.py", ("Installing requirements.txt", "Nothing new to install")),
    "nodejs": Language("Node.js", "build.js", ("Installing package-lock.json", "Nothing new to install")),
    "ruby": Language("Ruby", "config.ru", ("Installing by Gemfile", "Using rack")),
    "go": Language("Go", "main.go", ("Building example.com/sample", "Building example.com/sample")),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_an_app_is_built_and_its_second_push_uses_the_cache(system: System, ann: Client, name: str) -> None:
    language = LANGUAGES[name]
    copy = ann.app(name, sample(name))

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert f"-----> {language.title} app detected" in pushed.err
    assert language.says[0] in pushed.err
    assert ann.get(f"{name}.paas.test").body == f"Hello &lt;{language.title}&gt;"

    text = (copy / language.file).read_text().replace("Hello", "Hi")
    ann.commit(copy, {language.file: text})
    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert language.says[1] in pushed.err
    assert ann.get(f"{name}.paas.test").body == f"Hi &lt;{language.title}&gt;"
    assert ann.ok(f"run {name} id -u").strip() == "32767"


def test_a_static_site_shows_what_it_means_to_show(system: System, ann: Client) -> None:
    copy = ann.app("leaflet", sample("static"))

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.get("leaflet.paas.test").body == "Hello <b>static</b>\n"
    missing = ann.get("leaflet.paas.test", "/nowhere")
    assert (missing.status, missing.body) == (404, "Nothing here\n")
    assert ann.get("leaflet.paas.test", "/.hidden").status == 404


ONE = """\
set -e
echo "export FROM_ONE=$(cat "$3/TOKEN")" >"$(dirname "$0")/../export"
echo 1 >>"$2/builds"
wc -l <"$2/builds" >"$1/count"
listing=$(ls "$1")
echo $listing >"$1/listing"
[ ! -d "$1/shared" ] || date >>"$1/shared/built"
"""
TWO = """\
set -e
[ ! -f "$1/broken" ] || { echo 'It is broken.'; exit 3; }
[ ! -f "$1/greedy" ] || kill -KILL $$
mkdir -p "$1/.profile.d"
echo "export GREETING='$FROM_ONE $(cat "$1/count")'" >"$1/.profile.d/two.sh"
"""
PAGE = """\
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['GREETING']} | {open('listing').read()}".encode())

HTTPServer(("", int(os.environ["PORT"])), Page).serve_forever()
"""


def buildpacks(folder: Path) -> str:
    """The URL of a repository with two buildpacks in folders, the first of which its newest commit breaks."""
    files = {
        "one/bin/detect": "echo One\n",
        "one/bin/compile": ONE,
        "two/bin/detect": '[ -f "$1/page.py" ] && echo Two\n',
        "two/bin/compile": TWO,
        "two/bin/release": "printf -- '---\\ndefault_process_types:\\n  web: python3 page.py\\n'\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    for words in (["add", "."], ["commit", "--quiet", "-m", "both"], ["tag", "v1"], ["rm", "--quiet", "-r", "one"]):
        subprocess.run([*git, *words], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one is gone"], check=True)
    return f"file://{folder}"


def test_what_a_buildpack_relies_on_is_there_and_a_broken_one_leaves_the_app_as_it_was(
    system: System, ann: Client
) -> None:
    url = buildpacks(system.folder / "packs")
    ann.ok("apps:create pair")
    ann.ok("config:set --no-restart pair TOKEN=secret")
    ann.ok("storage:mount pair /var/lib/dokku/data/storage/pair:/app/shared --phase build")
    source = {"page.py": PAGE, "Dockerfile": "FROM nowhere\n", "notes.txt": "", ".slugignore": "*.txt\n"}
    copy = ann.app("pair", {**source, ".buildpacks": f"# in this order\n{url}#v1:one\n{url}#main:two\n"})

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert "-----> One app detected" in pushed.err
    assert "Default types for Two -> web" in pushed.err
    assert ann.get("pair.paas.test").body == "secret 1 | Dockerfile count page.py shared\n"
    assert (system.root / "storage" / "pair" / "built").stat().st_uid == 32767
    assert not system.environment("pair").get("FROM_ONE"), "what is exported is for the buildpacks alone"

    refused = ann.ssh(f"buildpacks:add pair {url}#main:one")
    assert refused.code == 1
    assert "is no buildpack" in refused.err
    ann.commit(copy, {"greedy": "", ".buildpacks": f"{url}#main:two\n"})
    for change, why in (
        ({}, "It was killed, as is what takes more memory than it may"),
        ({"broken": ""}, "its bin/compile ended with 3"),
        ({".buildpacks": f"{url}#v9:two\n"}, "can't be fetched"),
        ({".buildpacks": "", "page.py": ""}, "None of the buildpacks fits this app"),
    ):
        ann.commit(copy, change)
        pushed = ann.push(copy)
        assert pushed.code != 0
        assert why in pushed.err, pushed.all
        assert ann.get("pair.paas.test").body.startswith("secret 1 |")

    for pack in (f"{url}#v1:one", f"{url}#v1:two"):
        ann.ok(f"buildpacks:add pair {pack}")
    assert "One app detected" in ann.ok("buildpacks:detect pair")
    ann.git(copy, "rm", "--quiet", "broken", "greedy")
    cron = [{"command": "echo $GREETING", "schedule": "@yearly"}]
    procfile = "web: python3 ./page.py\nsay: echo $GREETING\n"
    ann.commit(copy, {"page.py": PAGE, "Procfile": procfile, "app.json": json.dumps({"cron": cron})})
    system.ok("repo:purge-cache", "pair")
    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert ann.get("pair.paas.test").body.startswith("secret 1 |"), "the list goes before the file, with no cache"

    task = json.loads(ann.ok("cron:list pair --format json"))[0]["id"]
    assert ann.ok(f"cron:run pair {task}") == "secret 1\n", ".profile.d is read before"
    assert ann.ok("run pair say 'it  is'") == "secret 1 it  is\n"
    assert ann.ssh("run pair --version").code == 127, "a word of the command, and not an option of our shell's"
    ann.ok("ps:set pair start-cmd 'python3 -u page.py'")
    ann.ok("ps:restart pair")
    assert ann.get("pair.paas.test").body.startswith("secret 1 |")


PROJECT = '[project]\nname = "sample"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'
LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "sample"
version = "1.0"
source = { virtual = "." }
"""


@pytest.mark.parametrize(
    ("pack", "files", "why"),
    [
        ("15_nodejs", {"package.json": "{"}, "package.json is not an object of JSON"),
        ("15_nodejs", {"package.json": '{"engines": {"node": ">=99"}}'}, "The app asks for Node.js >=99"),
        ("15_nodejs", {"package.json": "{}", "yarn.lock": ""}, "The app has yarn.lock, and this stack has npm alone"),
        ("15_nodejs", {"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": "{}"}, "npm ERR!"),
        ("20_python", {"pyproject.toml": PROJECT.format('"idna"'), "uv.lock": LOCK}, "needs to be updated"),
        ("20_python", {"pyproject.toml": PROJECT.format(""), "uv.lock": LOCK}, ""),
        ("20_python", {"pyproject.toml": PROJECT.format(""), "a/x.py": "", "b/y.py": ""}, ""),
        ("20_python", {"pyproject.toml": "["}, "pyproject.toml is not what it should be"),
        ("20_python", {"pyproject.toml": '[project]\nrequires-python = "<3"\n'}, "The app asks for Python <3"),
    ],
)
def test_what_a_lock_file_or_package_json_says_holds_or_is_refused(
    system: System, tmp_path: Path, pack: str, files: dict[str, str], why: str
) -> None:
    """The compilers of the stack, as they are in it; an empty reason means that they do."""
    done = compiled(system, tmp_path, pack, files)

    assert why in done.stdout + done.stderr
    assert (done.returncode == 0) == (not why), done.stdout + done.stderr


PACKAGE = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n' + PROJECT.format("")
SCRIPTS = '{"name": "a", "scripts": {"postinstall": "cp word made"}}'
NOTHING_LOCKED = '{"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a"}}}'


@pytest.mark.parametrize(
    ("pack", "files", "changed", "prints"),
    [
        (
            "20_python",
            {"requirements.txt": "-r more/all.txt\n", "more/all.txt": "idna==3.6\n"},
            {"more/all.txt": "idna==3.7\n"},
            [".venv/bin/python", "-c", "import idna; print(idna.__version__, end='')"],
        ),
        (
            "20_python",
            {"pyproject.toml": PACKAGE, "src/sample/__init__.py": "WORD = '3.6'\n"},
            {"src/sample/__init__.py": "WORD = '3.7'\n"},
            [".venv/bin/python", "-c", "import sample; print(sample.WORD, end='')"],
        ),
        (
            "15_nodejs",
            {"package.json": SCRIPTS, "package-lock.json": NOTHING_LOCKED, "word": "3.6"},
            {"word": "3.7"},
            ["cat", "made"],
        ),
    ],
    ids=["requirements in other files", "a package", "a script of the install"],
)
def test_what_is_kept_of_the_build_before_is_not_what_the_source_says_otherwise_now(
    system: System, tmp_path: Path, pack: str, files: dict[str, str], changed: dict[str, str], prints: list[str]
) -> None:
    first = compiled(system, tmp_path, pack, files, prints)
    second = compiled(system, tmp_path, pack, files | changed, prints)

    assert first.stdout.endswith("3.6"), first.stdout + first.stderr
    assert second.stdout.endswith("3.7"), second.stdout + second.stderr


def compiled(
    system: System, folder: Path, pack: str, files: dict[str, str], then: Sequence[str] = ("true",)
) -> subprocess.CompletedProcess[str]:
    """Compile a source with a buildpack of the stack and a cache in the folder; run a command in what came of it."""
    stack = json.loads(system.ok("stack:report", "--global", "--format", "json"))["id"]
    for name, text in files.items():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "source" / name).write_text(text)
    mounts = [f"--volume={folder}/source:/source:ro", f"--volume={folder}/cache:/tmp/cache"]
    script = 'cp -r /source/. /app && "/buildpacks/$0/bin/compile" /app /tmp/cache /tmp/env && cd /app && exec "$@"'
    words = ["docker", "run", "--rm", "--network=host", *mounts, stack, "bash", "-c", script, pack, *then]
    return subprocess.run(words, capture_output=True, text=True, check=False)
