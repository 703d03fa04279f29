"""Scores of groups, on answers that can be counted by hand."""

from cxlib.chapters.satisfaction.groups import by
from tests.chapters.tiny import answers, customers, opened


def test_small_groups_are_hidden_with_the_next_larger_one(tmp_path):
    people = [
        *customers(40, segment="large"),
        *customers(15, start=40, segment="middle"),
        *customers(4, start=60, segment="small"),
    ]
    surveys = [*answers(9, 40), *answers(0, 15, start=40), *answers(9, 4, start=60)]
    result = by(opened(tmp_path, surveys=surveys, customers=people), "segment")
    assert result.table.set_index("group")["hidden"].to_dict() == {
        "large": False,
        "small": True,
        "middle": True,
    }
    assert result.table.loc[result.table["hidden"], ["value", "low", "high", "answers"]].isna().all(axis=None)
    assert result.warnings[0].text("en").startswith("2 groups are not shown")


def test_touchpoints_show_satisfaction_of_twelve_months_under_their_names(tmp_path):
    surveys = [
        *answers(5, 20, instrument="csat", touchpoint="hotline", month="2025-12"),
        *answers(2, 20, start=20, instrument="csat", touchpoint="complaint"),
        *answers(5, 20, start=40, instrument="csat", touchpoint="complaint", month="2025-09"),
    ]
    result = by(opened(tmp_path, surveys=surveys), "touchpoint")
    assert dict(zip(result.table["group"], result.table["value"], strict=True)) == {
        "complaint": 0.0,
        "hotline": 1.0,
    }
    assert "Beschwerde" in result.shown("de").iloc[0, 0]
    assert "lowest Complaint with 0.0%" in result.text("en")


def test_groups_that_the_same_people_rated_are_compared_within_them(tmp_path):
    # Each of 40 customers rates both touchpoints alike, but for eight who like the hotline better.
    surveys = []
    for touchpoint, good in (("hotline", 28), ("complaint", 20)):
        rated = {"instrument": "csat", "touchpoint": touchpoint}
        surveys += [*answers(5, good, **rated), *answers(1, 40 - good, start=good, **rated)]
    together = [row | {"response_id": f"r{i}"} for i, row in enumerate(surveys)]
    apart = [row | {"customer_id": f"c{i}"} for i, row in enumerate(together)]
    said = [
        by(opened(tmp_path / name, surveys=rows, customers=customers(80))).text("en")
        for name, rows in (("together", together), ("apart", apart))
    ]
    # McNemar's 8 against 0 has p = .008 (exact); of 28 and 20 in 40 different people it is .07 (z test).
    assert "differ by more than chance would explain" in said[0]
    assert "Chance alone could explain" in said[1]


def test_groups_in_which_all_answer_alike_have_limits(tmp_path):
    rows = [*answers(10, 20, gate="A"), *answers(10, 20, start=20, gate="B")]
    result = by(opened(tmp_path, surveys=rows), "gate")
    assert (result.table["low"] < 100).all() and "Chance alone could explain" in result.text("en")
    rated = {"instrument": "csat", "touchpoint": "hotline"}
    table = by(opened(tmp_path / "csat", surveys=answers(5, 20, **rated)), "touchpoint").table
    assert table["low"].iloc[0] < 1


def test_an_extra_column_of_the_surveys_can_be_the_group(tmp_path):
    surveys = [*answers(9, 20, gate="A"), *answers(0, 20, start=20, gate="B")]
    result = by(opened(tmp_path, surveys=surveys), "gate")
    assert result.table["value"].tolist() == [-100.0, 100.0]
    assert "more than chance would explain" in result.text("en")
