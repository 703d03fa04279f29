"""Counts of the engine against the same counts in pandas."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.satisfaction import counts
from tests.chapters.tiny import answers, customers, opened


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Return 400 customers with random answers of three months, and the dataset made of them."""
    draw = np.random.default_rng(11)
    rows = []
    for i in range(900):
        score = None if draw.random() < 0.4 else float(draw.integers(0, 11))
        row = answers(score, 1, start=int(draw.integers(400)), month=f"2026-{draw.integers(8, 11):02d}")[0]
        rows.append(row | {"response_id": f"r{i}", "gate": "ab"[i % 2]})
        rows[-1]["answered_at"] = row["answered_at"] and f"{row['answered_at'][:8]}{draw.integers(3, 29):02d}"
    people = [*customers(300, segment="a"), *customers(100, start=300, segment="b", left="2026-09-10")]
    return pd.DataFrame(rows), opened(tmp_path_factory.mktemp("drawn"), surveys=rows, customers=people)


def latest(rows):
    """Return each customer's latest answer; of one day, that with the last id."""
    said = rows[rows["score"].notna()]
    return said.sort_values(["answered_at", "response_id"]).groupby("customer_id").tail(1)


def classes(rows):
    score = rows["score"]
    return [int((score >= 9).sum()), int(((score >= 7) & (score < 9)).sum()), int((score < 7).sum())]


def test_the_latest_answer_of_each_customer_counts(drawn):
    rows, data = drawn
    found = counts.net_scores(data, data.month_no - 2, data.month_no)
    assert found[counts.CLASSES].to_numpy().tolist() == [classes(latest(rows))]
    by_gate = counts.net_scores(data, data.month_no - 2, data.month_no, column="gate").set_index("group")
    assert by_gate.loc["a"].tolist() == classes(latest(rows).query("gate == 'a'"))
    by_segment = counts.net_scores(data, data.month_no - 2, data.month_no, column="segment")
    assert by_segment[counts.CLASSES].to_numpy().sum() == len(latest(rows))


def test_each_month_has_its_own_latest_answers(drawn):
    rows, data = drawn
    found = counts.monthly_net_scores(data, data.month_no - 2, data.month_no)
    months = [f"2026-{month:02d}" for month in (8, 9, 10)]
    expected = [classes(latest(rows[rows["invited_at"].str.startswith(month)])) for month in months]
    assert found[counts.CLASSES].to_numpy().tolist() == expected


def test_cells_hold_every_active_customer_once(drawn):
    rows, data = drawn
    cells, variables = counts.active_cells(data, data.month_no - 2, data.month_no)
    assert variables == ["tenure", "segment"]
    assert (cells["active"].sum(), cells["segment"].tolist()) == (300, ["a"])
    here = rows[rows["customer_id"].str[1:].astype(int) < 300]
    assert cells["invited"].sum() == here["customer_id"].nunique()
    assert cells["answered"].sum() == len(latest(here))
    assert cells[counts.CLASSES].sum().tolist() == classes(latest(here))


def test_invitations_are_those_with_two_weeks_to_be_answered(drawn):
    rows, data = drawn
    found = counts.invitations(data, data.month_no - 2, data.month_no)
    assert (found["invited"] @ found["people"], found["people"].sum()) == (900, rows["customer_id"].nunique())
    assert found["answered"] @ found["people"] == rows["score"].notna().sum()


def test_satisfied_answers_are_counted_by_person(tmp_path):
    surveys = [*answers(5, 3, instrument="csat"), *answers(2, 2, start=2, instrument="csat", channel="mail")]
    surveys = [row | {"response_id": f"r{i}"} for i, row in enumerate(surveys)]
    data = opened(tmp_path, surveys=surveys, customers=customers(9))
    found = counts.satisfied(data, counts.CONTACT_CSAT, data.month_no, data.month_no)
    # c0 and c1: one satisfied answer each; c2: a satisfied one and another; c3: one that is not.
    assert found[["answers", "successes", "people"]].to_numpy().tolist() == [[1, 0, 1], [1, 1, 2], [2, 1, 1]]


def test_efforts_of_another_scale_are_stretched(tmp_path):
    surveys = [*answers(7, 2, instrument="ces"), *answers(3, 1, start=5, instrument="ces", scale_high=5)]
    found = counts.efforts(opened(tmp_path, surveys=surveys), 12 * 2026 + 10, 12 * 2026 + 10)
    assert found["answers"].sum() == 3 and found["score"].tolist() == [4.0, 7.0]


def test_answers_of_one_weight_are_counted_together(tmp_path):
    surveys = [
        *answers(9, 2, weight=2.0),
        *answers(0, 3, start=5, weight=0.5),
        *answers(0, 1, start=9, weight=0),
    ]
    data = opened(tmp_path, surveys=surveys)
    found = counts.design_weighted(data, data.month_no, data.month_no)
    assert found.to_numpy().tolist() == [[0.5, 0, 0, 3], [2.0, 2, 0, 0]]
