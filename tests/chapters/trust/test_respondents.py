"""Who answers, on surveys that can be counted by hand."""

import numpy as np
import pytest

from cxlib.chapters.trust import charts
from cxlib.chapters.trust.respondents import balance, score_gap
from tests.chapters.tiny import answers, customers, opened
from tests.chapters.trust.companies import lopsided


def test_the_gap_is_the_score_as_answered_less_the_weighted_one(tmp_path):
    data = lopsided(tmp_path)
    result = score_gap(data)
    gap = result.figure("bias.nps")
    # -20 as answered, -50 weighted.
    assert gap.value == pytest.approx(30, abs=1e-4)
    assert gap.low < gap.value < gap.high
    assert gap.n == 100
    assert "more satisfied than all customers" in result.text("en")
    # 25 % answered with -20: between .25 x -20 - 75 and .25 x -20 + 75.
    assert "would be −80.0; had all been promoters, 70.0" in result.text("en")


def test_those_who_answered_are_compared_level_by_level(tmp_path):
    result = balance(lopsided(tmp_path))
    table = result.table.set_index("level")
    assert table.loc["consumer", ["share", "share_all"]].tolist() == [0.4, 0.25]
    assert table.loc["consumer", "value"] == pytest.approx(0.15 / np.sqrt((0.24 + 0.1875) / 2))
    assert table.loc["consumer", "weighted"] == pytest.approx(0, abs=1e-4)
    assert "not like all active customers" in result.text("en")
    assert "Segment business" in charts.balance(result).get_label()


def test_answers_like_everybody_are_said_to_be(tmp_path):
    people = [*customers(100, segment="a"), *customers(100, start=100, segment="b")]
    surveys = [*answers(9, 40), *answers(None, 60, start=40)]
    surveys += [*answers(7, 40, start=100), *answers(None, 60, start=140)]
    result = balance(opened(tmp_path, surveys=surveys, customers=people))
    assert "resemble all active customers" in result.text("en")
    assert "No group differs by more than is negligible" in charts.balance(result).get_label()


def test_rare_levels_are_hidden_with_the_next(tmp_path):
    people = [*customers(100, segment="a"), *customers(60, start=100, segment="b")]
    surveys = [*answers(9, 50), *answers(7, 4, start=100), *answers(None, 20, start=110)]
    result = balance(opened(tmp_path, surveys=surveys, customers=people))
    assert result.table.query("variable == 'segment'")["hidden"].all()
    assert result.table.query("variable == 'segment'")["share"].isna().all()
    assert "groups are not shown" in result.warnings[0].text("en")
    assert result.table["weighted"].isna().all(), "four answers would speak for sixty customers"
