"""Dirt falls on its share of the rows, and leaves all others as they are."""

import numpy as np
import pyarrow as pa
import pytest

from cxlib.company import dirt

ROWS = 40_000
MICROSECONDS_OF_A_DAY = 86_400_000_000


def random():
    return np.random.default_rng(7)


def within_chance(count, share, rows=ROWS):
    """Return whether a count is that of a share up to 4.5 standard errors (once in 150,000)."""
    return abs(count - share * rows) < 4.5 * np.sqrt(share * (1 - share) * rows)


def frame(table):
    return table.to_pandas()


@pytest.fixture
def contacts():
    outcomes = pa.array(["resolved", "unresolved"] * (ROWS // 2)).dictionary_encode()
    return pa.table(
        {
            "id": np.arange(ROWS),
            "recorded_at": pa.array(np.arange(ROWS) * 60_000_000, pa.timestamp("us")),
            "touchpoint": pa.array(["chat"] * ROWS).dictionary_encode(),
            "outcome": outcomes,
        }
    )


def test_invoices_are_written_again_at_the_end_and_nothing_else_changes():
    table = pa.table({"id": np.arange(ROWS), "amount": np.arange(ROWS) / 4})
    written = dirt.invoices(table, random())
    assert written.slice(0, ROWS).equals(table)
    again = frame(written.slice(ROWS))
    assert within_chance(len(again), 0.0004)
    assert again["id"].is_unique
    assert (again["amount"] == again["id"] / 4).all()


def test_only_prospects_get_a_day_that_does_not_exist():
    started = ROWS // 2
    table = pa.table({"id": np.arange(ROWS), "Erstkontakt": ["05.03.2026"] * ROWS})
    written = frame(dirt.customers(table, started, random())).drop_duplicates()
    assert len(written) == ROWS
    broken = written[written["Erstkontakt"] == "31.02.2025"]
    assert within_chance(len(broken), 0.01, ROWS - started)
    assert broken["id"].min() >= started
    assert set(written["Erstkontakt"]) == {"05.03.2026", "31.02.2025"}


def test_contacts_are_late_by_up_to_forty_days_and_miss_touchpoint_or_outcome(contacts):
    written = frame(dirt.events(contacts, random(), until=10**18)).drop_duplicates("id").set_index("id")
    assert len(written) == ROWS
    delay = written["recorded_at"].astype("int64") - written.index * 60_000_000
    late = delay[delay != 0] / MICROSECONDS_OF_A_DAY
    assert within_chance(len(late), 0.005)
    assert late.between(1, 40).all()
    assert within_chance(written["touchpoint"].isna().sum(), 0.0015)
    assert within_chance((written["outcome"] == "n/a").sum(), 0.0015)
    known = written[written["outcome"] != "n/a"]
    assert (known["outcome"] == np.where(known.index % 2, "unresolved", "resolved")).all()


def test_contacts_written_after_the_export_are_not_in_it(contacts):
    until = (ROWS // 2) * 60_000_000
    written = frame(dirt.events(contacts, random(), until=until))
    assert written["recorded_at"].astype("int64").max() == until
    assert within_chance(written["id"].nunique(), 0.995, ROWS // 2 + 1)


def test_words_stay_coded_and_a_new_word_joins_them(contacts):
    outcome = dirt.events(contacts, random(), until=10**18)["outcome"].combine_chunks()
    assert sorted(outcome.dictionary.to_pylist()) == ["n/a", "resolved", "unresolved"]


def test_tickets_get_a_time_that_is_none():
    table = pa.table({"id": np.arange(ROWS), "Created at": ["2026-03-05 10:00:00"] * ROWS})
    written = frame(dirt.helpdesk(table, random()))
    assert within_chance(len(written) - ROWS, 0.004)
    broken = written.drop_duplicates("id")["Created at"] == "0000-00-00 00:00:00"
    assert within_chance(broken.sum(), 0.003)


def test_answers_off_the_scale_are_given_by_those_who_answered_and_tests_are_marked():
    score = [None if i % 4 else "7" for i in range(ROWS)]
    table = pa.table({"id": np.arange(ROWS), "Q1": score, "Status": ["0"] * ROWS})
    written = frame(dirt.answers(table, random()))
    tests = written[written["Status"] == "1"]
    assert within_chance(len(tests), 0.01)
    answers = written[written["Status"] == "0"]
    assert within_chance(len(answers) - ROWS, 0.004)
    answers = answers.drop_duplicates("id").set_index("id")["Q1"]
    assert within_chance((answers == "11").sum(), 0.003, ROWS // 4)
    assert answers[answers.index % 4 != 0].isna().all()
    assert answers[answers.index % 4 == 0].isin(["7", "11"]).all()
