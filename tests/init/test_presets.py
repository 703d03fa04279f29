"""The known exports and the words: they name what the contract has."""

import pytest

from cxlib.contract.schema import TABLES
from cxlib.init.presets import codings, presets, synonyms

HELPERS = {"form", "status", "reply_minutes"}


def test_presets_and_synonyms_name_columns_that_exist():
    for preset in presets():
        known = {column.name for column in TABLES[preset.table].columns} | HELPERS
        assert {line.column for line in preset.lines} <= known, preset.title
        assert preset.known_by, preset.title
    for table, contract in TABLES.items():
        known = {column.name for column in contract.columns} | HELPERS | {"recorded_at"}
        columns = {column for taken in synonyms(table).values() for column, _ in taken}
        assert columns - known <= {"customer_id"}, table


@pytest.mark.parametrize("column", ["end_type", "direction", "initiative", "handled_by", "outcome"])
def test_codings_give_values_of_the_contract(column):
    allowed = next(c for table in TABLES.values() if (c := table.column(column))).values
    assert set(codings(column).values()) == set(allowed)
