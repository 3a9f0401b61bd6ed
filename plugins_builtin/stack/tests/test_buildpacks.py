"""The buildpacks that come with the stack, as programs: what they take, what they refuse, what they start.

Their compilers and package managers are stood in for; the journeys have the real ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from paas_stack import making

PACKS = sorted(path for path in (making.FOLDER / "buildpacks").iterdir() if path.is_dir())
TITLES = ("Ruby", "Node.js", "Python", "Perl", "Go", "Static")


def run(name: str, program: str, *words: Path, tools: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of a buildpack, with some tools ahead of the machine's.

    Of a copy, since a compiler leaves beside itself what it exports to the next buildpack.
    """
    (pack,) = [pack for pack in PACKS if pack.name.endswith(f"_{name}")]
    path = f"{tools}:{os.environ['PATH']}" if tools else os.environ["PATH"]
    with tempfile.TemporaryDirectory() as place:
        copy = shutil.copytree(pack, Path(place) / pack.name)
        argv = ["bash", copy / "bin" / program, *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Programs that tell a version, and nothing else."""
    said = {
        "ruby": "printf 3.1.2",
        "python3": "echo 3.11.2",
        "go": "[ $1 = env ] && echo go1.19.8",
        "nginx": "echo 'nginx version: nginx/1.22.1' >&2",
    }
    for name, text in said.items():
        write(tmp_path / "tools", {name: f"#!/bin/sh\n{text}\n"})
        (tmp_path / "tools" / name).chmod(0o755)
    return tmp_path / "tools"


@pytest.mark.parametrize(
    ("files", "titles"),
    [
        (["Gemfile", "package.json"], ["Ruby", "Node.js"]),
        (["package.json", "requirements.txt"], ["Node.js", "Python"]),
        (["pyproject.toml"], ["Python"]),
        (["uv.lock"], ["Python"]),
        (["cpanfile", "index.html"], ["Perl", "Static"]),
        (["go.mod"], ["Go"]),
        (["static.json"], ["Static"]),
        ([".static"], ["Static"]),
        (["README.md", "sub/package.json"], []),
    ],
)
def test_a_buildpack_fits_by_the_files_of_the_top_folder(source: Path, files: list[str], titles: list[str]) -> None:
    write(source, dict.fromkeys(files, ""))

    found = [run(pack.name[3:], "detect", source) for pack in PACKS]

    assert [each.stdout.strip() for each in found if each.returncode == 0] == titles
    assert {each.returncode for each in found} <= {0, 1}


def test_each_says_what_it_looks_for_and_the_order_is_that_of_the_names() -> None:
    assert len(PACKS) == len(TITLES)
    for pack in PACKS:
        assert (pack / "looks-for").read_text().strip()
        assert {path.name for path in pack.iterdir()} == {"bin", "looks-for"}, "nothing that a test has left"
        assert all((pack / "bin" / program).is_file() for program in ("detect", "compile", "release"))


@pytest.mark.parametrize(
    ("name", "files", "started"),
    [
        ("ruby", {"config.ru": ""}, "bundle exec rackup --host 0.0.0.0 --port $PORT config.ru"),
        ("ruby", {"config.ru": "", "bin/rails": ""}, "bundle exec bin/rails server --binding 0.0.0.0 --port $PORT"),
        ("ruby", {"Gemfile": ""}, None),
        ("python", {"app.py": ""}, "python app.py"),
        ("python", {"lib.py": ""}, None),
        ("perl", {"app.pl": ""}, "perl app.pl daemon --listen http://*:$PORT"),
        ("go", {"go.mod": "module example.com/a/shop\n", "bin/shop": "", "bin/tool": ""}, "bin/shop"),
        ("go", {"go.mod": 'module "example.com/a"\n', "bin/serve": ""}, "bin/serve"),
        ("go", {"go.mod": "module a\n", "bin/serve": "", "bin/tool": ""}, None),
        ("static", {"index.html": ""}, "sh .site/start"),
    ],
)
def test_without_a_procfile_it_says_what_starts(
    source: Path, name: str, files: dict[str, str], started: str | None
) -> None:
    write(source, files)
    for program in source.glob("bin/*"):
        program.chmod(0o755)

    said = run(name, "release", source)

    assert said.returncode == 0
    wanted = f"---\ndefault_process_types:\n  web: {started}\n" if started else "--- {}\n"
    assert said.stdout == wanted


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("python", {"runtime.txt": "python-3.8.1"}),
        ("python", {".python-version": "3.12"}),
        ("ruby", {"Gemfile": "", ".ruby-version": "ruby-2.7.1"}),
        ("go", {"go.mod": "module a\n\ngo 1.22.0\n"}),
    ],
)
def test_a_version_that_the_stack_has_not_is_refused_with_the_one_that_it_has(
    tmp_path: Path, source: Path, tools: Path, name: str, files: dict[str, str]
) -> None:
    refused = run(name, "compile", write(source, files), tmp_path, tmp_path, tools=tools)

    assert refused.returncode == 1
    assert " !     The app asks for " in refused.stderr
    assert "and this stack has " in refused.stderr
    assert "build with a Dockerfile" in refused.stderr


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (".python-version", "# not 3.9\r\n 3.11 \r\n3.12\n", ""),
        ("runtime.txt", "python-3.11.2\n", ""),
        (".python-version", "pypy3.11-7.3\n", ".python-version names no version of Python: pypy3.11-7.3."),
        ("runtime.txt", "\n", "runtime.txt names no version of Python: it is empty."),
        ("runtime.txt", "3.1\n", "The app asks for Python 3.1, and this stack has 3.11.2."),
    ],
)
def test_a_version_of_python_is_the_first_that_is_named_and_anything_else_is_refused(
    tmp_path: Path, source: Path, tools: Path, file: str, text: str, said: str
) -> None:
    compiled = run("python", "compile", write(source, {file: text}), tmp_path, tmp_path, tools=tools)

    assert ("-----> Python 3.11.2" in compiled.stdout) == (not said)
    assert said in compiled.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "not an object of JSON"),
        ("[]", "not an object of JSON"),
        ('{"root": "../etc"}', "not a path in the source"),
        ('{"root": "a;b"}', "not a path in the source"),
        ('{"root": 1}', "not a path in the source"),
        ('{"root": "nowhere"}', "has no folder nowhere"),
        ('{"error_page": "none.html"}', "There is no none.html"),
    ],
)
def test_a_static_site_that_says_something_else_than_paths_is_refused(
    tmp_path: Path, source: Path, tools: Path, text: str, why: str
) -> None:
    (tools / "python3").unlink()  # the machine's own reads static.json

    refused = run("static", "compile", write(source, {"static.json": text}), tmp_path, tmp_path, tools=tools)

    assert refused.returncode == 1
    assert why in refused.stderr
    assert not (source / ".site").exists()


@pytest.mark.parametrize(
    ("name", "installer", "astray"), [("python", "pip", "PYTHONHOME"), ("ruby", "bundle", "GEM_PATH")]
)
def test_what_is_installed_may_need_the_apps_variables(
    tmp_path: Path, source: Path, tools: Path, name: str, installer: str, astray: str
) -> None:
    write(tools, {installer: f'#!/bin/sh\necho "$TOKEN in $PWD, ${astray}"\n'})
    (tools / installer).chmod(0o755)
    write(source, {"requirements.txt": "", "Gemfile": "", "Gemfile.lock": ""})
    variables = {"TOKEN": "two words", "build": "42", "cache": "no", astray: "/x", "PATH": "/x"}

    done = run(name, "compile", source, tmp_path / "cache", write(tmp_path / "env", variables), tools=tools)

    assert f"       two words in {source}, \n" in done.stdout, done.stderr


def test_a_lock_file_that_is_not_read_and_a_package_that_is_none_are_said(
    tmp_path: Path, source: Path, tools: Path
) -> None:
    write(tools, {"pip": "#!/bin/sh\nexit 1\n", "python3": "#!/bin/sh\n[ $# -gt 1 ] && echo 3.11.2 || echo package\n"})
    (tools / "pip").chmod(0o755)
    write(source, {"pyproject.toml": "[build-system]\n", "poetry.lock": ""})

    refused = run("python", "compile", source, tmp_path / "cache", tmp_path / "env", tools=tools)

    assert refused.returncode == 1
    assert " !     poetry.lock is not read here, so the versions are those of today.\n" in refused.stderr
    assert " !     If it is to be none, leave out [build-system]" in refused.stderr


def test_perl_modules_come_from_where_a_variable_says(tmp_path: Path, source: Path, tools: Path) -> None:
    write(tools, {"perl": "#!/bin/sh\necho 5.36.0\n", "cpanm": "#!/bin/sh\necho $PERL_CPANM_OPT\n"})
    for name in ("perl", "cpanm"):
        (tools / name).chmod(0o755)
    write(tmp_path / "env", {"PERL_CPANM_OPT": "--mirror https://cpan.example.com --mirror-only"})

    done = run("perl", "compile", write(source, {"cpanfile": ""}), tmp_path / "cache", tmp_path / "env", tools=tools)

    assert done.returncode == 0, done.stderr
    assert "       --mirror https://cpan.example.com --mirror-only\n" in done.stdout


def test_what_a_static_site_asks_for_in_vain_is_said(tmp_path: Path, source: Path, tools: Path) -> None:
    (tools / "python3").unlink()
    write(source, {"static.json": '{"root": "", "routes": {"/**": "index.html"}, "clean_urls": true}'})

    done = run("static", "compile", source, tmp_path, tmp_path, tools=tools)

    assert done.returncode == 0, done.stderr
    assert done.stderr == " !     static.json: clean_urls, routes has no effect here; root and error_page do.\n"


def test_a_module_that_go_cannot_read_is_none_without_programs(tmp_path: Path, source: Path, tools: Path) -> None:
    reads = "[ $1 = env ] && echo go1.19.8 && exit\necho 'go.mod:1: unknown directive' >&2\nexit 1"
    write(tools, {"go": f"#!/bin/sh\n{reads}\n"})

    refused = run("go", "compile", write(source, {"go.mod": "nonsense"}), tmp_path, tmp_path, tools=tools)

    assert (refused.returncode, refused.stderr) == (1, "go.mod:1: unknown directive\n")


def test_what_a_static_site_serves_stands_in_its_configuration(tmp_path: Path, source: Path, tools: Path) -> None:
    (tools / "python3").unlink()
    write(source, {"static.json": '{"root": "/dist/", "error_page": "404.html"}', "dist/404.html": ""})

    done = run("static", "compile", source, tmp_path, tmp_path, tools=tools)

    assert done.returncode == 0, done.stderr
    text = (source / ".site" / "nginx.conf").read_text()
    assert "root /app/dist;" in text
    assert "error_page 404 /404.html;" in text
