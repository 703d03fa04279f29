"""Errors the kit raises: each names what is wrong, what was expected and where to look."""

__all__ = ["CxError", "DataError", "ModelError", "ReportError", "UsageError"]


class CxError(Exception):
    """Base of every error the kit raises on purpose; shown to users without a traceback."""


class DataError(CxError):
    """The data, or their description in dataset.yaml and SQL, cannot be used as they are."""


class ModelError(CxError):
    """A model has no trustworthy answer on these data.

    Where the reason can end up in a report, it is a :class:`cxlib.language.Message`.
    """


class ReportError(CxError):
    """An edition could not be made or published."""


class UsageError(CxError):
    """The call itself is wrong: an unknown month, chapter, language or parameter."""
