"""Errors the kit raises: each names what is wrong, what was expected and where to look."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

__all__ = ["CxError", "DataError", "ModelError", "ReportError", "UsageError", "cannot_read", "is_refusal"]

MOST_OF_A_PATH = 300
_REFUSALS = frozenset(
    getattr(errno, name)
    for name in (
        *("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EIO"),
        *("EEXIST", "EISDIR", "ENOTDIR", "ENAMETOOLONG"),
    )
    if hasattr(errno, name)
)


class CxError(Exception):
    """Base of every error the kit raises on purpose; shown to users without a traceback."""


class DataError(CxError):
    """The data, or their description in dataset.yaml and SQL, cannot be used as they are."""


class ModelError(CxError):
    """A model has no trustworthy answer on these data; the reason can end up in a report.

    Parameters
    ----------
    reason : Message
        Never plain text, so that no English sentence reaches a German reader.

    Raises
    ------
    TypeError
        For a reason that cannot be said in each language.
    """

    def __init__(self, reason: Any) -> None:
        if not hasattr(reason, "text"):
            raise TypeError(f"The reason of a ModelError is a Message made by say(), not {reason!r}.")
        super().__init__(reason)
        self.reason = reason


class ReportError(CxError):
    """An edition could not be made or published."""


class UsageError(CxError):
    """The call itself is wrong: an unknown month, chapter, language or parameter."""


def is_refusal(error: OSError) -> bool:
    """Return whether the machine refused a file (rights, space, name), as opposed to a slip of the kit."""
    return error.errno in _REFUSALS


def shortened(path: Path | str) -> str:
    """Return a path in one line that can be read, its middle left out where it is very long."""
    text = str(path)
    return text if len(text) <= MOST_OF_A_PATH else f"{text[:80]}...{text[-40:]}"


def cannot_read(path: Path | str, error: OSError) -> DataError:
    """Return the error for a file or folder that the machine does not let the kit read."""
    return DataError(
        f"{shortened(path)} cannot be read ({error.strerror or error}). Look at its name and its permissions."
    )
