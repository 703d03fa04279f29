"""One drawn company for the tests of chapter 12."""

from tests.panel.conftest import data, tables

__all__ = ["data", "tables"]
