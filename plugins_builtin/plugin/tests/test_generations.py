from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from paas import PaasError, roothelper
from paas.entrypoints import COMMANDS, ROOT
from paas.paths import Paths
from paas.testing import Inventory
from paas_plugin import environments, generations, wheels

Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a wheel: `make("paas-shop", "1.0", needs=[…], plugins=[…])`."""

    def wheel(
        name: str,
        version: str = "1.0",
        needs: Sequence[str] = (),
        plugins: Sequence[str] = (),
        origin: str = "",
        folder: str = "given",
    ) -> Path:
        module = name.replace("-", "_")
        path = tmp_path / folder / f"{module}-{version}-py3-none-any.whl"
        path.parent.mkdir(exist_ok=True)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {need}\n" for need in needs) + "\nRequires-Dist: not-a-header\n"
        entries = "[paas.plugins]\n" + "".join(f"{plugin} = {module}.plugin\n" for plugin in plugins)
        if origin:
            entries += f"[paas.origin]\n{module} = {origin}\n"
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in (("METADATA", metadata), ("entry_points.txt", entries)):
                archive.writestr(zipfile.ZipInfo(f"{module}-{version}.dist-info/{file}"), text)  # without the time
        return path

    return wheel


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of generations whose environments are nothing but a folder."""
    (tmp_path / "opt").mkdir()

    def build(folder: Path, wheels: Sequence[Path], pip: Path) -> None:
        (folder / "bin").mkdir()

    monkeypatch.setattr(environments, "build", build)
    monkeypatch.setattr(environments, "broken", lambda folder, user: {})
    monkeypatch.setattr(environments, "damage", lambda folder, user: None)
    return tmp_path / "opt"


def breaks(monkeypatch: pytest.MonkeyPatch, **found: dict[str, str]) -> None:
    """What is broken in a generation, by its number: `breaks(monkeypatch, g2={"shop": "no"})`."""
    monkeypatch.setattr(environments, "broken", lambda folder, user: found.get(f"g{folder.name}", {}))


# The folder of them


def test_new_wheels_are_a_new_generation_and_the_link_names_it(program: Path, make: Make) -> None:
    assert generations.install(program, [make("paas-core")], "paas") == (1, True)
    assert generations.install(program, [make("paas-core", "1.1")], "paas") == (2, True)

    assert str((program / "current").readlink()) == "2"
    assert [wheel.name for wheel in (program / "2" / "wheels").iterdir()] == ["paas_core-1.1-py3-none-any.whl"]


def test_the_same_wheels_are_the_same_generation(program: Path, make: Make) -> None:
    generations.install(program, [make("paas-core")], "paas")

    assert generations.install(program, [make("paas-core")], "paas") == (1, False)
    assert generations.finished(program) == [1]


def test_a_damaged_generation_is_made_again(program: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    generations.install(program, [make("paas-core")], "paas")
    monkeypatch.setattr(environments, "damage", lambda folder, user: "a file is missing")

    assert generations.install(program, [make("paas-core")], "paas") == (2, True)


def test_a_plugin_that_does_not_work_leaves_the_old_generation_in_use(
    program: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations.install(program, [make("paas-core")], "paas")
    breaks(monkeypatch, g2={"shop": "ImportError: no"})

    with pytest.raises(PaasError, match="shop: ImportError: no"):
        generations.install(program, [make("paas-core"), make("paas-shop")], "paas")

    assert generations.current(program) == 1
    assert not (program / "2").exists()


def test_a_plugin_that_was_broken_before_does_not_keep_others_out(
    program: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations.install(program, [make("paas-core")], "paas")
    breaks(monkeypatch, g1={"old": "no"}, g2={"old": "no"})

    assert generations.install(program, [make("paas-core", "1.1")], "paas") == (2, True)


def test_a_core_that_does_not_start_is_never_taken(program: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    generations.install(program, [make("paas-core")], "paas")
    breaks(monkeypatch, g1={"paas-core": "no"}, g2={"paas-core": "no"})

    with pytest.raises(PaasError):
        generations.install(program, [make("paas-core", "1.1")], "paas")


def test_what_a_killed_build_left_goes_with_the_next(program: Path, make: Make) -> None:
    (program / "7" / "bin").mkdir(parents=True)

    assert generations.install(program, [make("paas-core")], "paas") == (8, True)
    assert not (program / "7").exists()


def test_no_core_is_no_generation(program: Path, make: Make) -> None:
    with pytest.raises(PaasError, match="no wheel of paas-core"):
        generations.install(program, [make("paas-shop")], "paas")
    assert generations.finished(program) == []


def test_a_link_in_someones_folder_is_not_copied(program: Path, make: Make, tmp_path: Path) -> None:
    link = tmp_path / "given" / "shadow-1-py3-none-any.whl"
    core = make("paas-core")
    link.symlink_to("/etc/shadow")

    with pytest.raises(PaasError, match="can't be read"):
        generations.install(program, [core, link], "paas")


def test_a_pipe_in_someones_folder_does_not_hold_us_up(program: Path, make: Make, tmp_path: Path) -> None:
    core = make("paas-core")
    os.mkfifo(pipe := tmp_path / "given" / "pipe-1-py3-none-any.whl")

    with pytest.raises(PaasError, match="is not a file"):
        generations.install(program, [core, pipe], "paas")


@pytest.mark.parametrize("name", ["evil.txt", "a b-1-py3-none-any.whl", "-r-1-py3-none.whl"])
def test_only_wheels_are_taken(program: Path, make: Make, tmp_path: Path, name: str) -> None:
    core = make("paas-core")
    (tmp_path / "given" / name).touch()

    with pytest.raises(PaasError, match="not named like a wheel"):
        generations.install(program, [core, tmp_path / "given" / name], "paas")


def test_old_generations_go_but_not_the_one_before_nor_those_in_use() -> None:
    assert generations.removable([1, 2, 3, 4, 5], current=5, used=set()) == [1, 2, 3]
    assert generations.removable([1, 2, 3, 4, 5], current=5, used={2}) == [1, 3]
    assert generations.removable([5], current=5, used=set()) == []


def test_a_process_that_stands_in_a_generation_uses_it(tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=tmp_path / "3") as process:
        try:
            assert generations.in_use(tmp_path) == {3}
        finally:
            process.communicate(b"\n")


def test_a_process_whose_program_is_of_a_generation_uses_it(tmp_path: Path) -> None:
    (tmp_path / "12" / "bin").mkdir(parents=True)
    (tmp_path / "12" / "bin" / "python").symlink_to(sys.executable)
    argv = [tmp_path / "12" / "bin" / "python", "-c", "print(flush=True); input()"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            process.stdout.readline()  # a moment passes until the kernel shows the words of a program
            assert generations.in_use(tmp_path) == {12}
        finally:
            process.communicate(b"\n")


# What goes into one


def test_an_update_takes_ours_from_the_pool_and_keeps_everyone_elses(program: Path, make: Make) -> None:
    given = [
        make("paas-core"),
        make("paas-nginx", plugins=["nginx"], needs=["paas-core", "jinja2>=3"], origin="builtin"),
        make("jinja2", "3.0"),
        make("paas-chat", plugins=["chat"], needs=["paas-core", "slack"]),
        make("slack"),
        make("paas-maintenance", plugins=["maintenance"], needs=["paas-core"], origin="contrib"),
    ]
    generations.install(program, given, "paas")
    for name, version, more in (
        ("paas-core", "2.0", {}),
        ("paas-nginx", "2.0", {"plugins": ["nginx"], "needs": ["paas-core", "jinja2>=3"], "origin": "builtin"}),
        ("paas-cron", "2.0", {"plugins": ["cron"], "origin": "builtin"}),
        ("paas-maintenance", "2.0", {"plugins": ["maintenance"], "origin": "contrib"}),
        ("paas-other", "2.0", {"plugins": ["other"], "origin": "contrib"}),
        ("jinja2", "3.1", {}),
        ("unused", "1.0", {}),
    ):
        make(name, version, folder="opt/wheels", **more)

    wanted = generations.after_an_update(program, [])

    assert sorted(f"{w.name} {w.version}" for w in map(wheels.read, wanted)) == [
        "jinja2 3.1",
        "paas-chat 1.0",
        "paas-core 2.0",
        "paas-cron 2.0",
        "paas-maintenance 2.0",
        "paas-nginx 2.0",
        "slack 1.0",
    ]


def test_an_update_keeps_the_other_plugins_when_the_link_to_the_current_generation_is_gone(
    program: Path, make: Make
) -> None:
    core, chat = make("paas-core"), make("paas-chat", plugins=["chat"], origin="elsewhere")
    generations.install(program, [core, chat], "paas")
    make("paas-core", folder="opt/wheels")
    (program / "current").unlink()

    wanted = generations.after_an_update(program, [])

    assert sorted(wheels.read(wheel).name for wheel in wanted) == ["paas-chat", "paas-core"]


def test_an_unknown_plugin_is_an_error_that_names_those_there_are(program: Path, make: Make) -> None:
    make("paas-core", folder="opt/wheels")
    make("paas-maintenance", plugins=["maintenance"], origin="contrib", folder="opt/wheels")

    with pytest.raises(PaasError) as refused:
        generations.after_an_update(program, ["maintenence"])
    assert "maintenance" in str(refused.value.hint)


def test_the_first_source_that_has_a_wheel_gives_it(make: Make) -> None:
    new = wheels.read(make("slack", "2.0"))
    old = wheels.read(make("slack", "1.0"))

    assert wheels.assemble(["slack"], {"slack": new}, {"slack": old}) == {"slack": new}


def test_a_need_that_nobody_has_is_an_error_unless_it_is_conditional(make: Make) -> None:
    firm = wheels.read(make("firm", needs=["absent>1"]))
    loose = wheels.read(make("loose", needs=["absent>1; extra == 'more'", 'absent; python_version < "3"']))

    assert wheels.assemble(["loose"], {"loose": loose}) == {"loose": loose}
    with pytest.raises(PaasError, match="firm needs absent"):
        wheels.assemble(["firm"], {"firm": firm})


def test_two_wheels_of_one_distribution_are_refused(make: Make, tmp_path: Path) -> None:
    make("slack", "1.0")
    make("slack", "2.0")

    with pytest.raises(PaasError, match="are both slack"):
        wheels.folder(tmp_path / "given")


def test_a_file_that_is_no_wheel_is_named(tmp_path: Path) -> None:
    (tmp_path / "x-1-py3-none-any.whl").write_bytes(b"not a zip")

    with pytest.raises(PaasError, match="is not a wheel that can be read"):
        wheels.read(tmp_path / "x-1-py3-none-any.whl")


# An environment


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if we weren't root, who would try an environment as another account."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


@pytest.fixture
def environment(unprivileged: None, tmp_path: Path) -> Path:
    """The folder of an environment with one module, whose Python says yes to everything."""
    site = tmp_path / "lib" / "python3" / "site-packages"
    (site / "shop-1.dist-info").mkdir(parents=True)
    (site / "shop.py").write_text("")
    (tmp_path / "bin").mkdir()
    for name, text in environments.scripts(tmp_path).items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin" / "python").symlink_to("/bin/true")
    record = site / "shop-1.dist-info" / "RECORD"
    record.write_text("shop.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n../../../bin/paas,,\n")
    return tmp_path


def test_an_environment_is_damaged_when_a_file_of_it_changes(environment: Path) -> None:
    module = environment / "lib" / "python3" / "site-packages" / "shop.py"
    assert environments.damage(environment, "paas") is None

    module.write_text("import evil")
    assert "shop.py" in str(environments.damage(environment, "paas"))

    module.write_text("")
    (environment / "bin" / "paas").unlink()
    assert "bin/paas" in str(environments.damage(environment, "paas"))


@pytest.mark.parametrize("name", ["bin/paas-root-helper", "lib/python3/site-packages/shop.py"])
def test_an_environment_is_damaged_when_others_could_change_it(environment: Path, name: str) -> None:
    (environment / name).chmod(0o757)

    assert f"{environment / name} can be changed by others" in str(environments.damage(environment, "paas"))


def test_an_environment_is_damaged_when_the_python_that_it_was_made_of_is_gone(environment: Path) -> None:
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to("/nowhere/python3")

    assert environments.damage(environment, "paas") == f"{environment}/bin/paas doesn't start"


@pytest.mark.usefixtures("unprivileged")
def test_an_environment_that_says_nothing_is_broken(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to("/bin/false")

    assert environments.broken(tmp_path, "paas").keys() == {"paas-core"}
    assert environments.broken(tmp_path / "absent", "paas").keys() == {"paas-core"}


def test_this_environment_can_examine_itself(capsys: pytest.CaptureFixture[str]) -> None:
    environments.examine()

    assert examined(capsys) == {}


def test_a_plugin_is_broken_whose_commands_or_verbs_cannot_be_used(
    inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    for plugin in ("caddy", "shop", "store"):
        inventory.plugin(plugin)
    inventory.add(COMMANDS, "shop", ImportError("no module named x"))
    inventory.add(ROOT, "caddy-reload", ImportError("no module named y"), "paas-caddy")
    inventory.add(ROOT, "reload", None, "paas-store")

    environments.examine()

    assert examined(capsys) == {
        "caddy": "ImportError: no module named y",
        "shop": "ImportError: no module named x",
        "store": "PaasError: reload of paas-store is not named after its plugin.",
    }


def examined(capsys: pytest.CaptureFixture[str]) -> object:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


# What root is asked for


def test_a_generation_is_made_from_a_scratch_folder_only(tmp_path: Path, make: Make) -> None:
    host = Paths(root=tmp_path / "data", home=tmp_path / "home", program=tmp_path / "opt")
    elsewhere = make("paas-core").parent
    host.scratch.mkdir(parents=True)
    (host.scratch / "wheels").symlink_to(elsewhere)

    for folder in (elsewhere, host.scratch, host.scratch / "wheels"):
        with pytest.raises(PaasError):
            roothelper.run(["plugin-install-generation", str(folder)], host)


def test_the_wheels_of_a_scratch_folder_are_the_next_generation(
    program: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Paths(root=program.parent / "data", home=program.parent / "home", program=program)
    host.scratch.mkdir(parents=True)
    folder = make("paas-core").parent.rename(host.scratch / "wheels")

    for said in ("Generation 1 is new", "Generation 1 is as it should be"):
        roothelper.run(["plugin-install-generation", str(folder)], host)
        assert said in capsys.readouterr().out
