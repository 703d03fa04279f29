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
    limit = gap.low / 0.75
    assert "More satisfied kinds of customers answer more often" in result.text("en")
    assert f"if they score {limit:.1f} points or more above customers alike" in result.text("en")
    assert "Zufriedenere Kundengruppen antworten häufiger" in result.text("de")
    german = f"{limit:.1f}".replace(".", ",")
    assert f"Liegen sie {german} Punkte oder mehr über vergleichbaren Kunden" in result.text("de")
    # 25 % answered with -20: between .25 x -20 - 75 and .25 x -20 + 75.
    assert "would be −80.0; had all been promoters, 70.0" in result.text("en")


def of_two_kinds(tmp_path, first, second, **columns):
    """Half of one and a tenth of another kind of customers answer, each kind with one score."""
    people = [*customers(100, segment="a"), *customers(200, start=100, segment="b")]
    surveys = [*answers(first, 50, **columns), *answers(None, 50, start=50, **columns)]
    surveys += [*answers(second, 20, start=100, **columns), *answers(None, 180, start=120, **columns)]
    return score_gap(opened(tmp_path, surveys=surveys, customers=people))


def test_less_satisfied_kinds_may_answer_more_often(tmp_path):
    result = of_two_kinds(tmp_path, 0, 10)
    gap = result.figure("bias.nps")
    assert "Less satisfied kinds of customers answer more often" in result.text("en")
    assert f"if they score {-gap.high / (230 / 300):.1f} points or more below" in result.text("en")
    assert "Weniger zufriedene Kundengruppen" in result.text("de")


def test_kinds_who_feel_alike_leave_it_open_how_the_silent_feel(tmp_path):
    result = of_two_kinds(tmp_path, 10, 10)
    gap = result.figure("bias.nps")
    assert gap.value == pytest.approx(0, abs=1e-9) and gap.low < 0 < gap.high
    silent = 230 / 300
    assert "chance alone could explain that" in result.text("en")
    said = (
        f"more than {-gap.low / silent:.1f} points below customers alike who answered, those who answered are"
    )
    assert said in result.text("en") and f"more than {gap.high / silent:.1f} points above" in result.text(
        "en"
    )
    assert "sind die Antwortenden zufriedener als alle Kunden" in result.text("de")


def test_equal_weights_of_the_survey_leave_one_score(tmp_path):
    result = of_two_kinds(tmp_path, 10, 0, weight=2.0)
    assert result.figure("bias.nps").value == pytest.approx(0, abs=1e-9)
    assert "Every answer weighs the same" in result.text("en")
    assert "Jede Antwort wiegt gleich viel" in result.text("de")
    assert "the silent" not in result.text("en")


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


def usage_of(tmp_path, usage, *, amounts=(5, 20, 80), column="units"):
    """Return the balance of three kinds of customers by what they use."""
    bill = [
        {"customer_id": f"c{i}", "month": "2026-10-01", "revenue": 1, "units": 1} | {column: amounts[i % 3]}
        for i in range(300)
    ]
    surveys = [*answers(9, 90), *answers(None, 210, start=90)]
    definitions = {"usage": usage, "controls": []}
    tables = {"surveys": surveys, "customers": customers(300), "billing": bill}
    return balance(opened(tmp_path, definitions=definitions, **tables))


@pytest.mark.parametrize(
    ("usage", "names"),
    [
        ({"bands": [10, 30]}, ["under 10 units", "10 to under 30 units", "30 units and more"]),
        ({"bands": [7.5, 20.25]}, ["under 7.5 units", "7.5 to under 20.25 units", "20.25 units and more"]),
        (
            {"column": "revenue", "bands": [10, 30.5]},
            ["under €10", "€10 to under €30.5", "€30.5 and more"],
        ),
    ],
)
def test_levels_of_usage_are_said_in_the_terms_of_the_setting(tmp_path, usage, names):
    result = usage_of(tmp_path, usage, column=usage.get("column", "units"))
    shown = result.table[result.table["variable"] == "usage"]
    assert [name.text("en") for name in shown["what"]] == names
    heading = {"units": "Usage", "revenue": "Monthly revenue"}[usage.get("column", "units")]
    assert heading in result.shown("en")["Known of all"].tolist()
    assert f"{heading}: that of the report's month." in [text.text("en") for text in result.method]


def test_without_usage_nothing_is_said_of_it(tmp_path):
    result = usage_of(tmp_path, None)
    assert set(result.table["variable"]) == {"tenure"}
    assert not any("Usage" in text.text("en") for text in result.method)


@pytest.mark.parametrize(
    ("bands", "names"),
    [
        ([1, 2, 4], ["up to 1 month", "2 to 3 months", "4 months and more"]),
        ([1, 3, 4], ["up to 2 months", "month 3", "4 months and more"]),
    ],
)
def test_levels_of_tenure_are_the_bands_of_the_setting(tmp_path, bands, names):
    began = ["2026-09-01", "2026-07-01", "2026-01-01"]
    people = [row for i, day in enumerate(began) for row in customers(60, start=100 * i, began=day)]
    surveys = [row for i in range(3) for row in answers(9, 30, start=100 * i)]
    surveys += [row for i in range(3) for row in answers(None, 30, start=100 * i + 30)]
    data = opened(tmp_path, surveys=surveys, customers=people, definitions={"tenure_bands": bands})
    table = balance(data).table
    assert [name.text("en") for name in table["what"]] == names
    assert table["answered"].tolist() == [30, 30, 30]


@pytest.mark.parametrize(("minimum", "hidden"), [(30, False), (31, True)])
def test_levels_smaller_than_the_setting_says_are_hidden(tmp_path, minimum, hidden):
    people = [*customers(200, segment="a"), *customers(100, start=200, segment="b")]
    surveys = [*answers(9, 60), *answers(9, 30, start=200), *answers(None, 140, start=60)]
    data = opened(tmp_path, surveys=surveys, customers=people, definitions={"minimum_group": minimum})
    table = balance(data).table.query("variable == 'segment'")
    assert table["hidden"].tolist() == [hidden, hidden]
