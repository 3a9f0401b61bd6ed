"""To whom a folder belongs: words for the accounts that images run as."""

from __future__ import annotations

from paas import InvalidValue

ACCOUNTS = {"herokuish": 32767, "heroku": 1000, "paketo": 2000, "root": 0}
DEFAULT = "herokuish"
NOBODY_ELSE = "false"
"""The folder stays with the account of paas."""


def checked(word: str) -> str:
    """A word for an account, or its number.

    Raises:
        InvalidValue: It is neither.
    """
    if word not in (*ACCOUNTS, NOBODY_ELSE) and not _is_number(word):
        raise InvalidValue(
            f"{word!r} is nobody to give a folder to.", hint=f"One of {', '.join([*ACCOUNTS, NOBODY_ELSE])}, or a UID."
        )
    return word


def number(word: str) -> int | None:
    """The uid, and gid, of an account; None for that of paas itself."""
    if word == NOBODY_ELSE:
        return None
    return ACCOUNTS[word] if word in ACCOUNTS else int(word)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 10 and int(word) < 2**32 - 1
