"""What a reading says of its columns, and names of columns as SQL."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.init.export import Export
from cxlib.init.presets import Line
from cxlib.init.reading import Question, Reading, named_in, quoted


def reading(table, *columns, questions=()):
    export = Export("s", "s.csv", {}, columns)
    lines = {column: Line(column, quoted(column), "certain") for column in columns}
    return Reading(export, table, "a test", lines, questions=list(questions))


# DuckDB ends a statement at a zero character, and a surrogate is no text.
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)))
def test_names_of_columns_come_back_out_of_sql(names):
    assert named_in(" || ".join(f"trim({quoted(name)})" for name in names)) == names


@pytest.mark.parametrize("name", ['a"b', '"', "it's", "a\nb", 'number("x")', "a; --"])
def test_a_quoted_name_is_the_name_for_the_engine(name):
    with duckdb.connect() as connection:
        assert connection.sql(f"SELECT 1 AS {quoted(name)}").columns == [name]


def test_invitations_are_lists_of_who_was_asked_without_answers():
    question = Question("Q1", "Q1", "nps", 0, 10, True, "certain", "")
    assert reading("surveys", "invited_at", "response_id").is_invitations
    assert not reading("surveys", "response_id").is_invitations
    assert not reading("surveys", "invited_at", "score").is_invitations
    assert not reading("surveys", "invited_at", questions=[question]).is_invitations
    assert not reading("tickets", "invited_at").is_invitations


def test_a_column_can_serve_several_lines_and_text_in_sql_is_no_column():
    opened = reading("tickets")
    opened.lines["opened_at"] = Line("opened_at", 'moment("At")', "certain")
    opened.lines["first_response_at"] = Line("first_response_at", 'minutes_after("At", "Minutes")', "certain")
    opened.lines["reason"] = Line("reason", "'At'", "likely")
    assert [line.column for line in opened.takes("At")] == ["opened_at", "first_response_at"]
    assert [line.column for line in opened.takes("Minutes")] == ["first_response_at"]
    assert opened.takes("at") == []
