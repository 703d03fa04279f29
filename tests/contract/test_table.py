from cxlib.contract.table import Column, Table
from cxlib.language import say

TABLE = Table(
    "visits",
    say("visits"),
    "one visit",
    (
        Column("visit_id", "text", "Its name.", required=True),
        Column("begun_at", "time", "Its begin.", required=True),
        Column("note", "text", "What was said."),
    ),
    numbers=("begun_at",),
)


def test_columns_are_found_by_name_and_further_ones_are_none():
    assert TABLE.column("note").meaning == "What was said."
    assert TABLE.column("weather") is None


def test_required_columns_and_month_numbers_are_named():
    assert TABLE.required == ("visit_id", "begun_at")
    assert TABLE.month_numbers == {"begun_no": "begun_at"}
