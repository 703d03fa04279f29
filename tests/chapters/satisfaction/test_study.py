"""What chapter 3 computes, once, and by the settings of dataset.yaml."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.satisfaction import results, study
from cxlib.chapters.satisfaction.study import Study
from cxlib.language import Message
from tests.chapters.tiny import answers, customers, opened


def two_kinds(column, **options):
    """Consumers: 100, of whom 40 answer, all promoters. Business: 300, of whom 60 answer, all detractors."""
    people = [*customers(100, **{column: "consumer"}), *customers(300, start=100, **{column: "business"})]
    surveys = [
        *answers(10, 40),
        *answers(None, 60, start=40),
        *answers(0, 60, start=100),
        *answers(None, 240, start=160),
    ]
    return {"surveys": surveys, "customers": people} | options


def test_answers_are_counted_and_weights_fitted_once(tmp_path, monkeypatch):
    fitted, counted = [], []
    fit, count = study.response_weights, study.counts.net_scores
    monkeypatch.setattr(study, "response_weights", lambda *given: fitted.append(1) or fit(*given))
    monkeypatch.setattr(study.counts, "net_scores", lambda *g, **k: counted.append(1) or count(*g, **k))
    data = opened(tmp_path, **two_kinds("segment"))
    for _ in range(2):
        results.nps(data)
    assert (len(fitted), len(counted)) == (1, 1)
    assert data.once(Study) is data.once(Study)


def test_controls_of_dataset_yaml_are_what_answers_are_weighted_by(tmp_path):
    data = opened(tmp_path, definitions={"controls": ["plan"]}, **two_kinds("plan"))
    result = results.nps(data)
    # 100 at +100 and 300 at -100, as if there had been a segment.
    assert result.figure("nps.weighted").value == pytest.approx(-50, abs=1e-4)
    said = {language: " ".join(m.text(language) for m in result.method) for language in ("en", "de")}
    assert "by plan and tenure." in said["en"] and "segment" not in said["en"]
    assert "nach Tarif und Kundendauer:" in said["de"] and "Segment" not in said["de"]


def test_without_controls_answers_are_weighted_by_tenure_alone(tmp_path):
    data = opened(tmp_path, definitions={"controls": []}, **two_kinds("segment"))
    assert data.once(Study).cells.variables == ["tenure"]
    # All started in the same month, so that every answer weighs the same.
    assert results.nps(data).figure("nps.weighted").value == pytest.approx(-20)


def test_a_control_may_have_the_name_of_a_count(tmp_path):
    definitions = {"controls": ["active", "usage"]}
    given = two_kinds("active")
    given["customers"] = [row | {"usage": row["active"]} for row in given["customers"]]
    data = opened(tmp_path, definitions=definitions, **given)
    assert data.once(Study).cells.variables == ["tenure", "customers.active", "customers.usage"]
    assert data.once(Study).weighted_score.value == pytest.approx(-50, abs=1e-4)
    assert "by “active”, “usage” and tenure" in results.nps(data).method[1].text("en")


def test_where_customers_differ_in_nothing_known_there_are_no_weights(tmp_path):
    definitions = {"controls": [], "tenure_bands": [1], "usage": None}
    result = results.nps(opened(tmp_path, definitions=definitions, **two_kinds("segment")))
    assert result.figure("nps").value == pytest.approx(-20)
    assert result.absent["nps.weighted"].text("en").startswith("Nothing is known by which all customers")


def test_usage_is_named_by_the_column_that_tells_it(tmp_path):
    bill = [
        {"customer_id": f"c{i}", "month": "2026-10-01", "revenue": 20 if i < 100 else 80, "units": 1}
        for i in range(400)
    ]
    definitions = {"controls": [], "usage": {"column": "revenue", "bands": [50]}}
    data = opened(tmp_path, definitions=definitions, billing=bill, **two_kinds("segment"))
    result = results.nps(data)
    assert result.figure("nps.weighted").value == pytest.approx(-50, abs=1e-4)
    assert "by monthly revenue and tenure" in result.method[1].text("en")
    assert "nach Monatsumsatz und Kundendauer" in result.method[1].text("de")


def test_as_many_answers_are_looked_for_as_may_be_shown(tmp_path):
    surveys = [*answers(9, 40), *answers(0, 30, start=50, month="2026-08")]
    fewer = results.nps(opened(tmp_path / "30", surveys=surveys, definitions={"minimum_group": 30}))
    assert fewer.figure("nps").n == 40
    more = results.nps(opened(tmp_path / "50", surveys=surveys, definitions={"minimum_group": 50}))
    assert more.figure("nps").n == 70
    most = results.nps(opened(tmp_path / "80", surveys=surveys, definitions={"minimum_group": 80}))
    assert not most.figures


@pytest.mark.parametrize(("minimum", "shown"), [(30, True), (31, False)])
def test_scores_of_fewer_people_than_the_setting_says_are_not_shown(tmp_path, minimum, shown):
    surveys = [*answers(5, 30, instrument="csat"), *answers(5, 30, instrument="ces")]
    people = customers(30)
    data = opened(tmp_path, surveys=surveys, customers=people, definitions={"minimum_group": minimum})
    assert bool(results.csat(data).figures) == bool(results.ces(data).figures) == shown


@pytest.mark.parametrize(("top", "satisfied"), [(None, 60), (5, 20), (3.5, 60), (4, 60), (2, 90)])
def test_satisfied_is_what_the_setting_says(tmp_path, top, satisfied):
    scores = np.repeat([5, 4, 3, 2, 1], [20, 40, 20, 10, 10])
    surveys = [
        answers(float(score), 1, start=i, instrument="csat", touchpoint="hotline")[0]
        for i, score in enumerate(scores)
    ]
    data = opened(tmp_path, surveys=surveys, definitions={"csat_top": top})
    result = results.csat(data)
    plain = pd.Series(scores) >= (4 if top is None else top)
    assert result.figure("csat.top2").value == 100 * plain.mean() == satisfied
    assert results.by(data).table["value"].tolist() == [satisfied / 100]
    for said in (result.method[0], result.figure("csat.top2").method, results.by(data).method[0]):
        if top is None:
            assert "the two best points" in said.text("en") and "beiden besten" in said.text("de")
        else:
            german = f"{top:g}".replace(".", ",")
            assert f"of {top:g} or more" in said.text("en") and f"ab {german} (" in said.text("de")
            assert "two best" not in said.text("en") and "beiden besten" not in said.text("de")


def test_a_group_may_be_called_all(tmp_path):
    surveys = [*answers(9, 20, gate="all"), *answers(0, 20, start=20, gate="B")]
    table = results.by(opened(tmp_path, surveys=surveys), "gate").table
    assert dict(zip(table["group"], table["value"], strict=True)) == {"B": -100, "all": 100}
    assert table["overall"].tolist() == [0, 0]


def reasons(tmp_path):
    """Return every reason that something of chapter 3 is not to be had."""
    asked = two_kinds("segment")
    few = {"surveys": asked["surveys"][:45] + answers(0, 5, start=100) + answers(None, 240, start=105)}
    unequal = [*answers(10, 100), *answers(10, 10, start=100), *answers(None, 390, start=110)]
    given = {
        "nobody": {"customers": customers(20), "as_of": "2026-10"},
        "few": {"surveys": [r for k in ("nps", "csat", "ces") for r in answers(5, 9, instrument=k)]},
        "no list": {"surveys": answers(9, 40)},
        "one level": asked | few,
        "unequal": {
            "customers": [*customers(100, segment="a"), *customers(400, start=100, segment="b")],
            "surveys": unequal,
        },
        "uninvited": asked | {"surveys": [row | {"invited_at": None} for row in asked["surveys"][:40]]},
        "alike": asked | {"definitions": {"controls": [], "tenure_bands": [1], "usage": None}},
        "unweighted": {"surveys": answers(9, 30, weight=0.0) + answers(9, 5, month="2026-01", weight=1.0)},
    }
    found = []
    for name, tables in given.items():
        data = opened(tmp_path / name, **tables)
        shown = [results.nps(data), results.csat(data), results.ces(data), results.trend(data)]
        shown += [results.by(data), results.by(data, "segment")]
        found += [reason for result in shown for reason in result.absent.values()]
        found += [sentence for result in shown if not result.available for sentence in result.sentences]
    return found


def test_what_is_not_to_be_had_is_said_in_german(tmp_path):
    found = reasons(tmp_path)
    said = {message.text("en") for message in found}
    for part in (
        "no answers on recommending",
        "no answers on satisfaction",
        "no answers on how easy",
        "Fewer people answered",
        "by segment and tenure. One group of customers gave fewer than 10 answers",
        "40.0 times the median",
        "cannot be tied to a list",
        "do not say who was invited",
        "Nothing is known by which",
        "no invitations that had 14 days",
        "has a weight above zero",
        "answers in two months",
        "which group they belong to",
    ):
        assert any(part in text for text in said), part
    for message in found:
        assert message.text("de") != message.text("en")
        for value in message.values.values():
            if isinstance(value, Message):
                assert value.text("de") != value.text("en")
