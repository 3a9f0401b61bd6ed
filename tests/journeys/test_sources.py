"""What is deployed without a push: archives, images and other repositories."""

from __future__ import annotations

import io
import subprocess
import tarfile

from testbed.client import Client, web
from testbed.system import System


def archive(files: dict[str, str | bytes]) -> bytes:
    """A tar with a single folder at its top, as forges make them."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in files.items():
            text = content if isinstance(content, bytes) else content.encode()
            member = tarfile.TarInfo(f"app-1.0/{name}")
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text))
    return file.getvalue()


def test_an_archive_through_ssh_becomes_a_page(ann: Client) -> None:
    ann.ok("apps:create archived")

    ann.ok("git:from-archive --archive-type tar.gz archived --", archive(web("from an archive")))

    assert ann.get("archived.paas.test").body == "from an archive"


def test_a_refused_archive_leaves_the_page_as_it_was(system: System, ann: Client) -> None:
    ann.ok("apps:create careful")
    ann.ok("git:from-archive --archive-type tar.gz careful --", archive(web("works")))

    answer = ann.ssh("git:from-archive --archive-type tar.gz careful --", archive({"../../evil": "x"}))

    assert answer.code == 1
    assert "lies outside of it" in answer.err
    assert ann.get("careful.paas.test").body == "works"
    assert list((system.root / "tmp").glob("*")) == []


def test_an_image_becomes_a_page_and_is_not_deployed_twice(system: System, ann: Client) -> None:
    copy = ann.app("imaged-first", web("from an image"))
    assert ann.push(copy).code == 0
    ann.ok("apps:create imaged")
    image = system.images("imaged-first")[0]
    subprocess.run(["docker", "tag", image, "paas-journey/imaged:1"], check=True)
    try:
        ann.ok("git:from-image imaged paas-journey/imaged:1")
        again = ann.ssh("git:from-image imaged paas-journey/imaged:1")
        saved = subprocess.run(["docker", "save", "paas-journey/imaged:1"], check=True, capture_output=True).stdout
        ann.ok("git:load-image imaged paas-journey/imaged:1", saved)
    finally:
        subprocess.run(["docker", "rmi", "paas-journey/imaged:1"], check=True, capture_output=True)

    assert again.code == 1
    assert "No changes detected" in again.err
    assert ann.get("imaged.paas.test").body == "from an image"
    assert ann.ok("git:report imaged --git-source-image") == "paas-journey/imaged:1\n"


def test_another_repository_becomes_a_page_and_is_built_again(system: System, ann: Client) -> None:
    copy = ann.app("synced", web("from elsewhere"))
    ann.ok("apps:create synced")
    bare = system.folder / "elsewhere.git"
    ann.git(copy, "clone", "--quiet", "--bare", str(copy), str(bare))
    subprocess.run(["chown", "-R", f"{system.user}:", bare], check=True)

    system.ok("git:sync", "--build", "synced", str(bare), "main")
    assert ann.get("synced.paas.test").body == "from elsewhere"
    assert "on the server itself" in ann.ssh(f"git:sync synced {bare} main").err

    ann.ok("ps:rebuild synced")
    assert ann.get("synced.paas.test").body == "from elsewhere"
    assert ann.ok("apps:report synced --app-deploy-source") == "git-sync\n"
