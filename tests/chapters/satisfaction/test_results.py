"""Chapter 3 on surveys whose answers can be counted by hand."""

import numpy as np
import pandas as pd
import pytest

from cxlib import language
from cxlib.chapters.satisfaction import results as satisfaction
from cxlib.stats import intervals
from cxlib.stats.weighted_scores import weighted_score
from cxlib.stats.weighting import response_weights
from tests.chapters.tiny import answers, customers, opened


def by_id(result):
    return {figure.id: figure for figure in result.figures}


# ---------------------------------------------------------------- net promoter score


def test_nps_counts_each_customers_latest_relational_answer_of_the_month(tmp_path):
    again = answers(10, 1, start=35, answered_at="2026-10-20 10:00:00", response_id="again")
    surveys = [
        *answers(9, 20),
        *answers(7, 10, start=20),
        *answers(3, 10, start=30),  # c35 answers once more below
        *again,
        *answers(0, 15, start=50, month="2026-09"),
        *answers(0, 15, start=70, month="2026-11"),
        *answers(0, 15, start=90, survey_kind="transactional"),
        *answers(0, 5, start=110, answered_at="2026-11-01 00:00:00"),
    ]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys, customers=customers(120)))
    assert by_id(result)["nps"].n == 40
    assert result.table.set_index("class")["answers"].to_dict() == {
        "detractors": 9,
        "passives": 10,
        "promoters": 21,
    }
    figure = by_id(result)["nps"]
    expected = intervals.net_score(21, 10, 9)
    assert (figure.value, figure.low, figure.high) == pytest.approx(expected, rel=1e-5)  # 6 digits are kept


def test_a_company_that_asks_rarely_is_given_three_months(tmp_path):
    surveys = [
        *answers(9, 10),
        *answers(0, 25, start=10, month="2026-08"),
        *answers(0, 25, start=40, month="2026-07"),
    ]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys))
    assert by_id(result)["nps"].n == 35
    assert "invitations of the last three months, up to October 2026" in result.text("en")


def test_answers_without_customers_or_invitations_all_count(tmp_path):
    surveys = [*answers(9, 30), *answers(2, 10, start=30)]
    surveys = [row | {"customer_id": None, "invited_at": None} for row in surveys]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys))
    assert by_id(result)["nps"].value == 50.0
    assert "tied to a list of customers" in result.absent["nps.weighted"].text("en")
    assert "no invitations" in result.absent["response.rate"].text("en")


def everybody_invited(tmp_path, *, silent_business=240, **options):
    """Consumers: 100, of whom 40 answer, all promoters. Business: 300, of whom 60 answer, all detractors."""
    people = [*customers(100, segment="consumer"), *customers(300, start=100, segment="business")]
    surveys = [
        *answers(10, 40),
        *answers(None, 60, start=40),
        *answers(0, 300 - silent_business, start=100),
        *answers(None, silent_business, start=400 - silent_business),
    ]
    return opened(tmp_path, surveys=surveys, customers=people, **options)


def test_weights_make_answers_stand_for_all_active_customers(tmp_path):
    result = satisfaction.nps(everybody_invited(tmp_path))
    figures = by_id(result)
    assert figures["nps"].value == pytest.approx(-20.0)
    # 100 consumers at +100 and 300 business customers at -100.
    assert figures["nps.weighted"].value == pytest.approx(-50.0, abs=1e-4)
    people = {"active": [100, 300], "invited": [100, 300], "answered": [40, 60]}
    fitted = response_weights(pd.DataFrame({"segment": ["consumer", "business"]} | people), ["segment"])
    assert fitted.values == pytest.approx([2.5, 5])
    expected = weighted_score([[40, 0, 0], [0, 0, 60]], fitted.values, fitted.chances)
    assert (figures["nps.weighted"].low, figures["nps.weighted"].high) == pytest.approx(
        expected[1:], rel=1e-4
    )
    # -20 less -50, divided by the 3 of 4 who kept silent.
    assert figures["nps.tipping"].value == pytest.approx(40, abs=1e-3)
    assert figures["response.rate"].value == pytest.approx(25.0)
    assert figures["response.rate"].n == 400


def test_customers_who_were_never_invited_weigh_through_those_who_were(tmp_path):
    people = [*customers(100, segment="consumer"), *customers(100, start=100, segment="business")]
    surveys = [
        *answers(10, 40),
        *answers(None, 60, start=40),
        *answers(0, 20, start=100),
        *answers(None, 30, start=120),  # half of the business customers were not asked
    ]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys, customers=people))
    assert by_id(result)["nps.weighted"].value == pytest.approx(0.0, abs=1e-3)


def test_too_few_answers_of_a_large_group_are_not_weighted(tmp_path):
    result = satisfaction.nps(everybody_invited(tmp_path, silent_business=295))
    assert "nps" in by_id(result) and "nps.weighted" not in by_id(result)
    assert "a few people speak for many" in result.absent["nps.weighted"].text("en")


def test_who_left_or_never_started_is_no_active_customer(tmp_path):
    people = [
        *customers(50),
        *customers(50, start=50, left="2026-10-20"),
        *customers(50, start=100, began="2026-11-02"),
        *customers(50, start=150, began=None),
    ]
    surveys = [*answers(10, 20), *answers(None, 30, start=20), *answers(0, 50, start=50)]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys, customers=people))
    assert by_id(result)["nps.weighted"].value == pytest.approx(100.0)
    assert by_id(result)["nps.weighted"].n == 20


def test_design_weights_of_the_export_are_used(tmp_path):
    surveys = [*answers(10, 30, weight=1.0), *answers(0, 30, start=30, weight=3.0)]
    figures = by_id(satisfaction.nps(opened(tmp_path, surveys=surveys)))
    assert figures["nps"].value == 0.0
    assert figures["nps.weighted"].value == pytest.approx(-50.0)


def test_invitations_too_young_to_be_answered_are_left_out_of_the_rate(tmp_path):
    late = answers(None, 50, start=60, invited_at="2026-10-25 09:00:00")
    surveys = [*answers(9, 30), *answers(None, 30, start=30), *late]
    figure = by_id(satisfaction.nps(opened(tmp_path, surveys=surveys)))["response.rate"]
    assert (figure.value, figure.n) == (50.0, 60)


# ---------------------------------------------------------------- CSAT and CES


def test_csat_counts_the_two_best_points_of_contacts(tmp_path):
    surveys = [
        *answers(5, 30, instrument="csat"),
        *answers(4, 30, start=30, instrument="csat"),
        *answers(3, 40, start=60, instrument="csat"),
        *answers(1, 50, start=200, instrument="csat", survey_kind="relational"),
    ]
    result = satisfaction.csat(opened(tmp_path, surveys=surveys))
    figure = result.figure("csat.top2")
    assert (figure.value, figure.n) == (60.0, 100)
    assert result.table["answers"].tolist() == [60, 40]


def test_several_answers_of_one_customer_widen_the_interval(tmp_path):
    once = [*answers(5, 40, instrument="csat"), *answers(1, 40, start=40, instrument="csat")]
    twice = [row | {"response_id": row["response_id"] + "b"} for row in once]
    people = customers(80)
    one = satisfaction.csat(opened(tmp_path / "one", surveys=once, customers=people)).figures[0]
    two = satisfaction.csat(opened(tmp_path / "two", surveys=[*once, *twice], customers=people)).figures[0]
    assert two.n == 2 * one.n
    assert (two.low, two.high) == pytest.approx((one.low, one.high), rel=1e-5)


def test_what_counts_as_satisfied_can_be_defined(tmp_path):
    surveys = [*answers(5, 10, instrument="csat"), *answers(4, 30, start=10, instrument="csat")]
    result = satisfaction.csat(opened(tmp_path, surveys=surveys, definitions={"csat_top": 5}))
    assert result.figure("csat.top2").value == 25.0


def test_csat_of_a_scale_on_which_low_is_good_is_turned(tmp_path):
    surveys = [
        *answers(1, 30, instrument="csat", high_is_good=False),
        *answers(5, 10, start=30, instrument="csat", high_is_good=False),
    ]
    assert satisfaction.csat(opened(tmp_path, surveys=surveys)).figure("csat.top2").value == 75.0


def test_without_contacts_the_question_about_the_whole_is_csat(tmp_path):
    whole = answers(5, 10, instrument="csat", survey_kind="relational")
    part = answers(1, 30, start=50, instrument="csat", survey_kind="relational", touchpoint="app")
    assert satisfaction.csat(opened(tmp_path, surveys=[*whole, *part])).figure("csat.top2").n == 10


def test_csat_of_earlier_months_says_so(tmp_path):
    surveys = [*answers(5, 20, instrument="csat", month="2026-08"), *answers(9, 20)]
    result = satisfaction.csat(opened(tmp_path, surveys=surveys))
    assert "in the three months up to October 2026 were satisfied" in result.text("en")


def test_ces_is_the_mean_on_one_to_seven_with_high_as_easy(tmp_path):
    surveys = [
        *answers(7, 10, instrument="ces"),
        *answers(5, 10, start=10, instrument="ces"),
        # The old form of the question: 1 to 5, low is easy; 2 is as easy as 5.5 of 7.
        *answers(2, 20, start=20, instrument="ces", scale_high=5, high_is_good=False),
    ]
    figure = satisfaction.ces(opened(tmp_path, surveys=surveys)).figure("ces.mean")
    assert figure.value == pytest.approx((7 * 10 + 5 * 10 + 5.5 * 20) / 40)
    scores = np.repeat([7, 5, 5.5], [10, 10, 20])
    # 2.022691 is the 97.5 % point of t with 39 degrees of freedom, from the printed tables.
    half = 2.022691 * scores.std(ddof=1) / 40**0.5
    assert (figure.low, figure.high) == pytest.approx((figure.value - half, figure.value + half), rel=1e-5)


def test_effort_answered_several_times_is_no_surer(tmp_path):
    once = [row for k in range(1, 8) for row in answers(k, 6, start=6 * k, instrument="ces")]
    twice = [row | {"response_id": row["response_id"] + "b"} for row in once]
    found = [
        satisfaction.ces(opened(tmp_path / str(len(rows)), surveys=rows, customers=customers(60)))
        for rows in (once, [*once, *twice])
    ]
    one, two = (result.figure("ces.mean") for result in found)
    assert (one.n, two.n) == (42, 84)
    assert (two.low, two.high) == pytest.approx((one.low, one.high), rel=1e-5)
    assert "84 answers by 42 people" in found[1].text("en")
    assert "84 Antworten von 42 Personen" in found[1].text("de")


@pytest.mark.parametrize("score", [7, 4])
def test_effort_all_alike_is_not_sure(tmp_path, score):
    surveys = answers(score, 30, instrument="ces")
    figure = satisfaction.ces(opened(tmp_path, surveys=surveys, customers=customers(30))).figure("ces.mean")
    others = 1 - 0.025 ** (1 / 30)
    expected = (score - others * (score - 1), score + others * (7 - score))
    assert (figure.low, figure.high) == pytest.approx(expected, rel=1e-5)


def test_effort_of_a_few_people_is_not_shown_however_often_they_answer(tmp_path):
    rows = [row for i in range(3) for row in answers(6, 9, instrument="ces")]
    rows = [row | {"response_id": f"e{i}"} for i, row in enumerate(rows)]
    assert not satisfaction.ces(opened(tmp_path, surveys=rows, customers=customers(9))).figures


def test_all_satisfied_twice_are_as_sure_as_once(tmp_path):
    once = answers(5, 20, instrument="csat")
    twice = [row | {"response_id": row["response_id"] + "b"} for row in once]
    data = opened(tmp_path, surveys=[*once, *twice], customers=customers(20))
    figure = satisfaction.csat(data).figure("csat.top2")
    assert (figure.value, figure.low) == pytest.approx((100, 100 * intervals.wilson(20, 20).low), rel=1e-5)


def test_customers_asked_several_times_widen_the_rate(tmp_path):
    once = [*answers(9, 40), *answers(None, 60, start=40)]
    again = [row | {"response_id": f"again{i}"} for i, row in enumerate(once)]
    found = [
        satisfaction.nps(opened(tmp_path / str(len(rows)), surveys=rows, customers=customers(120)))
        for rows in (once, [*once, *again])
    ]
    one, two = (result.figure("response.rate") for result in found)
    assert (one.n, two.n) == (100, 200)
    assert (two.low, two.high) == pytest.approx((one.low, one.high), rel=1e-5)


def off_scale(tmp_path, top, **options):
    surveys = answers(4, 30, instrument="csat", touchpoint="hotline", **options)
    return opened(tmp_path, surveys=surveys, customers=customers(30), definitions={"csat_top": top})


@pytest.mark.parametrize(
    ("top", "scale", "said"),
    [
        (6, {}, "is 6, but satisfaction was answered on a scale from 1 to 5"),
        (1, {}, "is 1, but satisfaction was answered on a scale from 1 to 5"),
        (7.5, {"scale_high": 7}, "is 7.5, but satisfaction was answered on a scale from 1 to 7"),
    ],
)
def test_a_limit_off_the_scale_is_refused(tmp_path, top, scale, said):
    data = off_scale(tmp_path, top, **scale)
    for result in (satisfaction.csat(data), satisfaction.by(data)):
        assert not result.available and not result.figures
        assert said in result.text("en") and "leave it out for the two best points" in result.text("en")
        assert f"ist {top:g}, die".replace(".", ",") in result.text("de")
    assert satisfaction.csat(data).absent["csat.top2"].text("en") == satisfaction.csat(data).text("en")


@pytest.mark.parametrize("top", [2, 5, 4.5])
def test_a_limit_on_the_scale_is_taken(tmp_path, top):
    assert satisfaction.csat(off_scale(tmp_path, top)).figure("csat.top2").n == 30


# ---------------------------------------------------------------- the silent


def test_the_score_of_all_customers_is_said_with_its_condition(tmp_path):
    result = satisfaction.nps(everybody_invited(tmp_path))
    for language_, condition, tipping in (
        (
            "en",
            "among customers alike in segment and tenure, those who answered feel as those who did not",
            "if the silent scored 40.0 points above customers alike who answered",
        ),
        (
            "de",
            "enn Kunden, die sich in Segment und Kundendauer gleichen, gleich empfinden, ob sie antworten",
            "wenn die Schweigenden 40,0 Punkte über vergleichbaren Kunden lägen",
        ),
    ):
        said, note = result.text(language_), result.figure("nps.weighted").note.text(language_)
        assert condition in said and tipping in said
        assert condition in note
    # Its upper limit of -39.3 by the three quarters who kept silent.
    limit = -result.figure("nps.weighted").high / 0.75
    assert (
        f"no longer sure to lie below 0 if the silent score {limit:.1f} points or more above"
        in result.text("en")
    )


def test_a_score_above_0_turns_where_the_silent_are_less_satisfied(tmp_path):
    people = [*customers(100, segment="a"), *customers(100, start=100, segment="b")]
    surveys = [*answers(10, 50), *answers(None, 50, start=50), *answers(10, 20, start=100)]
    surveys += [*answers(0, 5, start=120), *answers(None, 75, start=125)]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys, customers=people))
    weighted = result.figure("nps.weighted")
    limit = weighted.low / (1 - 75 / 200)
    assert f"above 0 if the silent score {limit:.1f} points or more below customers" in result.text("en")
    assert "über 0 liegt, ist nicht mehr sicher" in result.text("de")


def test_the_surveys_own_weights_are_said_to_be_the_condition(tmp_path):
    surveys = [*answers(10, 30, weight=1.0), *answers(10, 30, start=30, weight=3.0)]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys))
    weighted = result.figure("nps.weighted")
    # 120^2 / (30 + 270) = 48 effective promoters.
    assert (weighted.low, weighted.high) == pytest.approx(intervals.net_score(48, 0, 0)[1:], rel=1e-5)
    assert "As far as the survey's own weights make" in result.text("en")
    assert "Soweit die Gewichte der Befragung" in result.text("de")
    assert "Holds as far as" in weighted.note.text("en")
    assert "how many kept silent is not known" in result.absent["nps.tipping"].text("en")
    assert not any("too wide" in text.text("en") for text in result.method)


def test_where_everybody_answers_nobody_silent_can_differ(tmp_path):
    people = [*customers(40, segment="a"), *customers(40, start=40, segment="b")]
    surveys = [*answers(10, 40), *answers(0, 40, start=40)]
    result = satisfaction.nps(opened(tmp_path, surveys=surveys, customers=people))
    assert "nobody silent" in result.absent["nps.tipping"].text("en")
    assert "if the silent" not in result.text("en")


# ---------------------------------------------------------------- nothing to say


@pytest.mark.parametrize("function", [satisfaction.nps, satisfaction.csat, satisfaction.ces])
def test_without_surveys_the_figures_are_absent_with_a_reason(tmp_path, function):
    result = function(opened(tmp_path, customers=customers(20), as_of="2026-10"))
    assert not result.available
    assert result.absent and all(reason.text("de") for reason in result.absent.values())


def test_answers_of_a_few_people_are_not_shown(tmp_path):
    kinds = {"nps": satisfaction.nps, "csat": satisfaction.csat, "ces": satisfaction.ces}
    surveys = [row for kind in kinds for row in answers(5, 9, instrument=kind)]
    data = opened(tmp_path, surveys=surveys, customers=customers(9))
    for function in kinds.values():
        result = function(data)
        assert not result.available and not result.figures
        assert result.text("en") == "Fewer people answered than may be shown."


@pytest.mark.parametrize("function", [satisfaction.csat, satisfaction.ces, satisfaction.trend])
def test_surveys_of_another_kind_are_no_answer(tmp_path, function):
    assert not function(opened(tmp_path, surveys=answers(9, 40))).available


def test_an_unknown_group_is_said_not_raised(tmp_path):
    result = satisfaction.by(opened(tmp_path, surveys=answers(9, 40)), "segment")
    assert "do not say which group" in result.text("en")


def test_sentences_speak_german(tmp_path):
    result = satisfaction.nps(everybody_invited(tmp_path))
    with language.speaking("de"):
        assert "Net Promoter Score liegt im Oktober 2026 bei −20,0" in result.text()
