"""Containers and the programs in them, by the real engine and by its stand-in alike."""

from __future__ import annotations

import io
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from paas_docker.api import Build, Container, DockerError, Engine, NotFound, attached, ours

from .conftest import OURS, SHOP, ended, eventually, shell, source


def test_a_container_runs_from_start_to_removal(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    assert engine.state(id).status == "created"
    assert engine.state(id).started_at == ""

    engine.start(id)
    state = engine.state(id)
    assert state.is_running
    assert (state.id, state.name, state.image) == (id, f"{OURS}.web.1", engine.image(base).id)
    assert state.started_at

    engine.stop(id, timeout=5)
    assert engine.state(id).status == "exited"
    engine.stop(id, timeout=5)

    engine.remove(id)
    engine.remove(id)
    engine.stop(id, timeout=5)
    with pytest.raises(NotFound):
        engine.state(id)


def test_a_running_container_is_removed_at_once(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)

    engine.remove(id)

    assert engine.containers(ours()) == []


def test_what_a_container_printed_and_how_it_ended_stays(engine: Engine, base: str) -> None:
    id = ended(engine, shell(base, "echo first; echo second >&2; echo third; exit 3"))

    lines = list(engine.logs(id))

    assert sorted(text for _, text in lines) == ["first", "second", "third"]
    assert all(stamp.endswith("Z") and len(stamp) == 30 for stamp, _ in lines)
    assert len(list(engine.logs(id, tail=2))) == 2
    assert list(engine.logs(id, tail=0)) == []
    assert len(list(engine.logs(id, follow=True))) == 3
    assert engine.state(id).exit_code == 3
    assert engine.containers(ours())[0].exit_code == 3


def test_lines_of_a_log_survive_whole(engine: Engine, base: str) -> None:
    id = ended(engine, shell(base, "echo 'käse: $HOME  = 100%'; echo; echo end"))

    assert [text for _, text in engine.logs(id)] == ["käse: $HOME  = 100%", "", "end"]


def test_a_program_runs_inside_a_container(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60", environment={"COLOUR": "red"}))
    engine.start(id)

    assert engine.execute(id, ["/bin/sh", "-c", "echo käse; exit 3"], 5) == (3, "käse\n")
    code, text = engine.execute(id, ["/bin/env"], 5)
    assert code == 0
    assert "COLOUR=red" in text.splitlines()


def test_a_program_inside_a_container_has_its_time(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)

    with pytest.raises(DockerError, match=r"not ended after 0\.5 seconds"):
        engine.execute(id, ["/bin/sleep", "60"], 0.5)


def test_no_program_runs_inside_what_does_not_run(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))

    with pytest.raises(DockerError, match="not running"):
        engine.execute(id, ["/bin/true"], 5)


def test_variables_arrive_as_they_are(engine: Engine, base: str) -> None:
    value = 'two\nlines, "quotes", $HOME, = and ünïcode'
    id = engine.create(shell(base, "sleep 60", environment={"ODD": value, "EMPTY": ""}))

    assert {f"ODD={value}", "EMPTY="} <= set(engine.inspect(id)["Config"]["Env"])


def test_a_command_of_its_own_replaces_that_of_the_image(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f'FROM {base}\nCMD ["/bin/echo", "from the image"]\n')
    image = engine.build(Build(folder, SHOP, labels=ours()), print).id

    its = ended(engine, Container(f"{OURS}.its", image, labels=ours()))
    own = ended(engine, Container(f"{OURS}.own", image, ["/bin/echo", "own"], labels=ours()))

    assert [text for _, text in engine.logs(its)] == ["from the image"]
    assert [text for _, text in engine.logs(own)] == ["own"]


def test_an_image_without_a_command_needs_one(engine: Engine, base: str) -> None:
    with pytest.raises(DockerError, match=r"(?i)no command specified"):
        engine.create(Container(f"{OURS}.web.1", base, labels=ours()))
    assert engine.containers(ours()) == []


def test_a_taken_name_is_refused_and_can_be_given_up(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    with pytest.raises(DockerError, match="in use"):
        engine.create(shell(base, "sleep 60"))

    engine.rename(id, f"{OURS}.web.1.old")
    engine.create(shell(base, "sleep 60"))

    assert engine.state(id).name == f"{OURS}.web.1.old"
    assert {c.name for c in engine.containers(ours())} == {f"{OURS}.web.1", f"{OURS}.web.1.old"}


def test_containers_are_found_by_labels(engine: Engine, base: str) -> None:
    first = engine.create(shell(base, "sleep 60"))
    engine.start(first)
    labels = {**ours(), "paas.app": "blog"}
    second = engine.create(Container(f"{OURS}.blog", base, ["/bin/sleep", "60"], labels=labels))

    assert {c.id: c.status for c in engine.containers(ours())} == {first: "running", second: "created"}
    assert [c.id for c in engine.containers(labels)] == [second]
    assert [c.id for c in engine.containers({**ours(), "paas.app": ""})] == [second]
    assert engine.containers({**ours(), "paas.app": "shop"}) == []


def test_a_container_that_ends_is_restarted_unless_it_is_kept_stopped(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "exit 1", restart="on-failure:10"))
    engine.start(id)

    eventually(lambda: engine.state(id).restarts > 0)

    engine.keep_stopped(id)
    assert engine.inspect(id)["HostConfig"]["RestartPolicy"]["Name"] == "no"


def test_a_container_of_an_image_that_is_not_there_is_refused(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.create(Container(f"{OURS}.web.1", f"{OURS}/nothing:1", labels=ours()))


def test_settings_of_a_container_reach_docker(engine: Engine, base: str) -> None:
    id = engine.create(
        shell(
            base,
            "sleep 60",
            restart="on-failure:10",
            stop_timeout=7,
            options={"User": "1000"},
            host={"Memory": 1 << 26},
        )
    )

    found = engine.inspect(id)

    assert found["Config"]["User"] == "1000"
    assert found["Config"]["StopTimeout"] == 7
    assert found["HostConfig"]["Init"] is True
    assert found["HostConfig"]["Memory"] == 1 << 26
    assert found["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 10}


# Programs with our input and output


def interactive(base: str, script: str) -> Container:
    return replace(shell(base, script), options=attached(tty=False))


def test_a_container_prints_where_we_do_and_its_code_is_given(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    id = engine.create(interactive(base, "echo hello; exit 3"))

    assert engine.run(id, tty=False) == 3
    assert capfd.readouterr().out == "hello\n"
    engine.remove(id)


def test_a_container_reads_what_we_are_given(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("one\ntwo")
    with open(tmp_path / "input") as given:
        monkeypatch.setattr(sys, "stdin", given)
        id = engine.create(replace(interactive(base, ""), command=["cat"]))

        assert engine.run(id, tty=False) == 0
    assert capfd.readouterr().out == "one\ntwo"
    engine.remove(id)


def test_a_program_can_be_entered_beside_that_of_a_container(
    engine: Engine, base: str, capfd: pytest.CaptureFixture[str]
) -> None:
    id = engine.create(shell(base, "sleep 60"))
    with pytest.raises(DockerError, match="is not running"):
        engine.enter(id, ["true"], {}, tty=False)
    engine.start(id)

    assert engine.enter(id, ["/bin/sh", "-c", "echo $COLOUR; exit 4"], {"COLOUR": "red"}, tty=False) == 4
    assert capfd.readouterr().out == "red\n"


def test_a_program_reads_and_prints_where_it_is_told_to(engine: Engine, base: str, tmp_path: Path) -> None:
    class Refusing(io.RawIOBase):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    id = engine.create(shell(base, "sleep 60"))
    engine.start(id)
    (tmp_path / "input").write_bytes(given := b"\0\r\n\xff" * 100_000)
    with open(tmp_path / "input", "rb") as source, open(tmp_path / "output", "wb") as sink:
        assert engine.enter(id, ["cat"], {}, tty=False, source=source, sink=sink) == 0
    assert (tmp_path / "output").read_bytes() == given

    with open(tmp_path / "input", "rb") as source, pytest.raises(OSError, match="No space left"):
        engine.enter(id, ["cat"], {}, tty=False, source=source, sink=Refusing())  # type: ignore[arg-type]


def test_a_signal_reaches_a_container_and_none_that_is_gone(engine: Engine, base: str) -> None:
    id = engine.create(shell(base, "sleep 60"))
    engine.signal(id, "INT")
    engine.start(id)

    engine.signal(id, "KILL")

    assert engine.wait(id) == 137
    engine.remove(id)
    engine.signal(id, "INT")


def test_a_container_can_be_gone_once_it_has_ended(engine: Engine, base: str) -> None:
    id = engine.create(replace(shell(base, "sleep 60"), host={"AutoRemove": True}))
    engine.start(id)

    engine.stop(id, 1)
    engine.remove(id)

    assert id not in [container.id for container in engine.containers(ours())]


def test_what_a_container_was_given_becomes_an_image(engine: Engine, base: str) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("srv/page")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"hello"))
    archive.seek(0)
    id = engine.create(shell(base, "true", f"{OURS}.build.1"))
    engine.put(id, archive)
    engine.start(id)
    engine.wait(id)

    made = engine.commit(id, {**ours(), "kind": "commit"}, ["/start", "web"], "7:8")

    assert (tuple(made.command), made.user) == (("/start", "web"), "7:8")
    assert made.labels.items() >= {**ours(), "kind": "commit"}.items()
    assert [image.id for image in engine.images({**ours(), "kind": "commit"})] == [made.id]
