"""Images that are there already are started anew, and the server and its apps are reported."""

from __future__ import annotations

from testbed.client import Client, web
from testbed.system import System


def test_the_image_of_an_older_commit_serves_again_without_a_build(system: System, ann: Client) -> None:
    copy = ann.app("older", web("one"))
    assert ann.push(copy).code == 0
    first = system.environment("older")["GIT_REV"]
    ann.commit(copy, {"www/index.html": "two"})
    assert ann.push(copy).code == 0
    ann.ok("config:set --no-restart older COLOUR=scarlet")

    said = ann.ok(f"deploy older {first[:8]}")

    assert "Building" not in said
    assert ann.get("older.paas.test").body == "one"
    assert system.environment("older").items() >= {"COLOUR": "scarlet", "GIT_REV": first}.items()

    running = set(system.containers("older"))
    ann.ok("ps:stop older")
    ann.ok("deploy older")
    assert ann.get("older.paas.test").body == "one"
    assert set(system.containers("older")) - running

    refused = ann.ssh("deploy older v7")
    assert (refused.code, ann.get("older.paas.test").body) == (1, "one")
    assert "older has no image 'v7'." in refused.err

    said = ann.ok("report older")
    assert "Docker version:" in said
    assert "=====> older ps information" in said
    assert "scarlet" not in said


def test_a_line_of_the_procfile_has_the_variables_of_its_image(system: System, ann: Client) -> None:
    files = web("of the image", "web: httpd -f -p $PORT -h $PLACE\nsay: echo $PLACE\n")
    copy = ann.app("placed", files | {"Dockerfile": f"{files['Dockerfile']!s}ENV PLACE=/www\n"})

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.get("placed.paas.test").body == "of the image"
    assert ann.ok("run placed say so") == "/www so\n"
    system.ok("apps:destroy", "placed", "--force")


def test_an_image_without_a_command_is_refused_with_what_to_do(system: System, ann: Client) -> None:
    copy = ann.app("bare", {"Dockerfile": "FROM scratch\nCOPY page /page\n", "page": "hello"})

    refused = ann.push(copy)

    assert refused.code == 1
    assert "Nothing says what bare web.1 is to run: the image has no command of its own." in refused.all
    assert "Add a CMD to the Dockerfile, or a Procfile with a line such as web: ./serve" in refused.all
    assert system.containers("bare") == []
