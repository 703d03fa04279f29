"""Hazard ratios in the report: three readings, and what stands in their way."""

import numpy as np
import pandas as pd
import pytest

from cxlib.chapters.churn import results as churn
from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.study import Study
from cxlib.panel import grid
from tests.panel.customer_months import FIRST, LAST, opened


def test_hazard_gives_three_readings_of_the_same_months(data):
    result = churn.hazard(data)
    assert {figure.id for figure in result.figures} == set(FIGURES.of("churn.hazard"))
    assert result.figure("churn.hr.adjusted.1").n == result.figure("churn.hr.naive.1").n
    assert type(result.fit.model.family.link).__name__ == "CLogLog"


def test_without_involuntary_ends_there_is_no_cross_check(tables):
    customers = tables["customers"].assign(end_type="voluntary")
    result = churn.hazard(opened(tables | {"customers": customers}))
    assert set(result.absent) == {"churn.hr.placebo.1", "churn.hr.placebo.2"}
    assert "no cross-check" in " ".join(w.text("en") for w in result.warnings)
    assert churn.risk(opened(tables | {"customers": customers})).available


def test_unknown_kinds_of_end_count_as_wanted_and_are_told(tables):
    customers = tables["customers"].assign(end_type=None).astype({"end_type": "string"})
    result = churn.hazard(opened(tables | {"customers": customers}))
    assert "not known whether the customer wanted to leave" in " ".join(w.text("en") for w in result.warnings)


def test_a_ratio_that_turns_round_when_adjusted_is_told():
    # The calm region has most of the experiences; within each region they go with leaving.
    random = np.random.default_rng(5)
    rate, hazard = {"calm": 0.5, "rough": 0.03}, {"calm": 0.004, "rough": 0.05}
    people, experiences = [], []
    for number in range(1500):
        region, end, bad = ("calm", "rough")[number % 2], None, set()
        for month in range(FIRST + 1, LAST + 1):
            recent = min(2, sum(month - 12 <= earlier < month for earlier in bad))
            if random.random() < hazard[region] * 1.6**recent:
                end = month
                break
            bad |= {month} if random.random() < rate[region] else set()
        people.append((number, FIRST, end, "voluntary" if end else None, "private", region))
        experiences += [(number, month, "failure") for month in bad]
    columns = ["customer_no", "start_no", "end_no", "end_type", "segment", "region"]
    customers = pd.DataFrame(people, columns=columns).astype({"end_no": "Int64"})
    bad = pd.DataFrame(experiences, columns=["customer_no", "month_no", "source"])
    data = opened({"customers": customers, "negative_experiences": bad}, usage=None)
    told = [warning.text("en") for warning in churn.hazard(data).warnings]
    assert sum(text.startswith("The effect turns round") for text in told) == 2


def test_no_ratio_turns_round_where_nothing_confounds(data):
    told = [warning.text("en") for warning in churn.hazard(data).warnings]
    assert not any("turns round" in text for text in told)


def test_without_usage_the_difference_may_come_from_it(tables):
    result = churn.hazard(opened({k: v for k, v in tables.items() if k != "billing"}))
    assert "how much customers use is not known" in result.text("en")
    assert "usage in the month before" not in result.text("en")


def test_similar_means_equal_in_what_the_dataset_controls(tables):
    result = churn.hazard(opened(tables, controls=("segment",), segments=()))
    assert "equal in tenure, usage in the month before, segment and calendar period." in result.text("en")
    assert "gleich in Kundendauer, Nutzung im Vormonat, Segment und Kalenderzeitraum." in result.text("de")
    naive = result.figure("churn.hr.naive.1").method.text("en")
    assert "on tenure band and the number of months" in naive


def told(result, language):
    return " ".join(warning.text(language) for warning in result.warnings)


def unknown(tables, hidden):
    return opened(tables | {"billing": tables["billing"][~hidden(tables["billing"])]})


def test_customers_left_out_with_their_unknown_usage_are_told_with_their_ends(tables):
    few = unknown(tables, lambda b: b["customer_no"] % 40 == 0)
    panel = few.once(Study).panel
    result = churn.hazard(few)
    assert 0 < panel.ends_lost < 0.05
    assert f"{panel.months_lost:.1%} of the customer-months have no known usage" in told(result, "en")
    assert f"with them {panel.ends_lost:.1%} of the customers who left on their own" in told(result, "en")
    assert "mit ihnen" in told(result, "de")


def test_unknown_usage_as_a_level_is_told(tables):
    data = unknown(tables, lambda b: b["customer_no"] % 8 == 0)
    panel, result = data.once(Study).panel, churn.hazard(data)
    assert f"and {panel.ends_lost:.1%} of the customers who left" in told(result, "en")
    assert "The adjusted ratios come from the other months" in told(result, "en")
    assert "eine eigene Stufe der Nutzung" in told(result, "de")
    risks = churn.risk(data)
    assert set(risks.absent) == {"churn.risk12.direct.1", "churn.risk12.direct.2"}
    assert {reason.text("de") for reason in risks.absent.values()} == {
        "Von zu vielen Kunden ist die Nutzung unbekannt, um zu sagen, was über sie läuft."
    }
    assert risks.figure("churn.risk12.0").n == tables["customers"]["end_no"].isna().sum()


def test_usage_that_ends_with_the_customer_is_refused_with_the_true_reason(tables):
    ends = tables["customers"].set_index("customer_no")["end_no"]

    def last(billing):
        of_customer = ends.reindex(billing["customer_no"]).to_numpy(dtype=float, na_value=np.nan)
        return billing["month_no"] == of_customer - 1

    for name in ("hazard", "risk", "trust"):
        result = getattr(churn, name)(unknown(tables, last))
        assert not result.available
        assert "unknown usage is a sign of leaving" in result.text("en")
        assert "Too few" not in result.text("en")
        assert "ein Zeichen der Kündigung" in result.text("de")


@pytest.mark.parametrize(("months", "english"), [(1, "In 1 month nobody's"), (7, "In 7 months nobody's")])
def test_months_without_anybodys_usage_are_told(tables, months, english):
    result = churn.hazard(unknown(tables, lambda b: b["month_no"] < FIRST + months))
    assert english in told(result, "en")
    assert "von niemandem die Nutzung bekannt" in told(result, "de")


@pytest.mark.parametrize(
    ("many", "english", "german"),
    [(1, "1 customer left on", "1 Kunde hat"), (9, "9 customers left on", "9 Kunden haben")],
)
def test_who_leaves_in_the_start_month_is_told(tables, many, english, german):
    people = tables["customers"].copy()
    some = people[(people["end_type"] == "voluntary") & (people["start_no"] >= FIRST)].index[:many]
    people.loc[some, "end_no"] = people.loc[some, "start_no"].astype("Int64")
    result = churn.hazard(opened(tables | {"customers": people}))
    assert english in told(result, "en")
    assert german in told(result, "de")


def test_nobody_who_leaves_in_the_start_month_is_no_sentence(data):
    assert "the models begin" not in told(churn.hazard(data), "en")


def test_where_controls_leave_no_room_for_periods_it_is_said(tables, monkeypatch):
    monkeypatch.setattr(grid, "MOST_CELLS_WITH_PERIODS", 1_200)
    data = opened(tables)
    result, periods = churn.hazard(data), len(data.once(Study).effects.calendar)
    assert 1 < periods < 4 and data.once(Study).panel.periods_cut
    assert f"room for {periods} calendar periods only" in told(result, "en")
    assert f"nur für {periods} Kalenderzeiträume Platz" in told(result, "de")
    assert f"within {periods} calendar periods" in result.figure("churn.hr.adjusted.1").method.text("en")


def test_without_a_calendar_a_price_rise_may_pass_for_an_effect(tables, data):
    few = tables["customers"].copy()
    few.loc[few["customer_no"] % 20 > 0, "end_type"] = "involuntary"
    plain = {"usage": None, "controls": (), "tenure_bands": (1,), "zendesk": {"minimum_events": 2}}
    result = churn.hazard(opened(tables | {"customers": few}, **plain))
    assert "Too few customers left to compare within calendar periods; what met all" in told(result, "en")
    assert "Preiserhöhung" in told(result, "de")
    assert "calendar" not in result.figure("churn.hr.adjusted.1").method.text("en")
    assert "price rise" not in told(churn.hazard(data), "en")
    periods = len(data.once(Study).effects.calendar)
    method = churn.hazard(data).figure("churn.hr.adjusted.1").method
    assert f"within {periods} calendar periods (months, put together until each has at least" in method.text(
        "en"
    )
    assert f"innerhalb von {periods} Kalenderzeiträumen" in method.text("de")


@pytest.mark.parametrize(
    ("limit", "english", "german"),
    [
        (1e6, "One that leaves them alone cannot show", "Eine, die diese nicht berührt"),
        (1.0001, "is too imprecise to rule out", "zu ungenau"),
    ],
)
def test_a_quiet_cross_check_says_what_it_cannot_see(tables, limit, english, german):
    some = opened(tables, zendesk={"placebo_limit": limit})
    result = churn.hazard(some)
    assert english in told(result, "en") and german in told(result, "de")
    trust = churn.trust(some).table.set_index("check")["reading"].iloc[3]
    assert "no sign of a hidden cause that also acts" in trust.text("en") or limit < 2
