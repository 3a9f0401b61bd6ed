"""A text file of a source, which whoever pushed may have made as they liked."""

from __future__ import annotations

from pathlib import Path

from paas import PaasError

MAX_BYTES = 256 * 1024


def read(folder: Path, path: str) -> str | None:
    """The text of a file below a folder, None if there is none.

    Raises:
        PaasError: It lies elsewhere, isn't a file of text, or is far too big.
    """
    file = folder / path
    if not file.exists() and not file.is_symlink():
        return None
    if not file.resolve().is_relative_to(folder.resolve()) or not file.is_file():
        raise PaasError(f"{path} is not a file of the source.", hint="Commit it as a plain file.")
    if (size := file.stat().st_size) > MAX_BYTES:
        raise PaasError(f"{path} has {size} bytes; {MAX_BYTES} are the most.", hint="Is it the right file?")
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PaasError(f"Line {line} of {path} is not UTF-8.", hint="Save it as a text file in UTF-8.") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise PaasError(f"Line {line} of {path} holds a NUL, so it is not text.", hint="Save it as a text file.")
    return text
