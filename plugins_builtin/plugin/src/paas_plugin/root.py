"""What root does for this plugin, each a verb of the root helper; they check their words.

plugin-install-generation FOLDER    make the wheels of a folder the next generation
"""

from __future__ import annotations

import os

from paas import below
from paas.paths import Paths


def install_generation(paths: Paths, folder: str) -> None:
    from . import generations

    assert paths.program
    inside = below.parts(paths.root, folder, (paths.scratch.name,))
    os.close(below.opened(paths.root, inside))  # a link on the way is refused here
    wheels = sorted(paths.root.joinpath(*inside).iterdir())
    number, is_new = generations.install(paths.program, wheels, paths.user)
    print(f"Generation {number} is {'new' if is_new else 'as it should be'}")
