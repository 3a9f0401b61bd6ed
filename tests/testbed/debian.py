"""A Debian release as an image, where no registry answers."""

from __future__ import annotations

import subprocess
import tempfile

RELEASE = "bookworm"


def base_image(release: str = RELEASE) -> str:
    """The name of the image, which stays for the next run."""
    base = f"paas-testbed/{release}"
    if subprocess.run(["docker", "image", "inspect", base], capture_output=True).returncode == 0:
        return base
    with tempfile.TemporaryDirectory(prefix="paas-test-") as folder:
        argv = ["debootstrap", "--variant=minbase", release, folder, _mirror()]
        subprocess.run(argv, check=True, capture_output=True)
        with subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(["docker", "import", "-", base], stdin=tar.stdout, check=True, capture_output=True)
    return base


def _mirror() -> str:
    """The one that the machine's own apt uses."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    mirror = next((uri for uri in done.stdout.split() if uri.rstrip("/").endswith("/debian")), None)
    assert mirror, "apt has no mirror of Debian: run apt-get update"
    return mirror
