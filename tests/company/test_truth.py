import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import yaml

from cxlib.company import simulate, truth, write_truth
from cxlib.company.contacts import contacts
from cxlib.company.course import HORIZON, natural_course
from cxlib.company.exports import _events
from cxlib.company.life import MEMORY
from cxlib.company.parameters import planted
from cxlib.company.simulated import Stream, draw
from cxlib.company.truth import (
    CLAIMED,
    CLAIMED_GAIN,
    DISCOUNT,
    GENEROUS_DISCOUNT,
    MONTHS,
    changed,
    risks,
    yearly_profit,
)

OUTCOMES = ("resolved", "unresolved", "abandoned")
LIMIT = 4.5
"""|z| above it happens by chance once in 150,000."""


@pytest.fixture(scope="module")
def known(large):
    return truth(large)


def test_hazard_ratios_are_the_planted_ones_and_the_naive_must_miss_them(known):
    assert known["churn.hr.adjusted.1"]["value"] == pytest.approx(1.649, abs=0.001)
    assert known["churn.hr.adjusted.2"]["value"] == pytest.approx(3.320, abs=0.001)
    assert known["churn.hr.naive.2"]["expect"] == "missed"
    assert known["churn.hr.placebo.1"] == {"value": 1.0, "se": 0.0, "expect": None}


EARLY = replace(planted(), leave_start=0.2)
"""A fifth of those who start end in the start month."""
LATE = replace(planted(), leave_calendar=(1.0,) * 35 + (3.0,), experience_calendar=(1.0,) * 35 + (4.0,))
"""In the last month three times as many leave, and four times as many have an experience."""


@pytest.fixture(scope="module", params=[planted(), EARLY, LATE], ids=["default", "at once", "calendar"])
def drawn(request):
    company = draw(request.param, 100_000, 36, 408)
    return company, truth(company)


def test_churn_of_the_month_is_what_is_drawn_up_to_chance(drawn):
    """Of those there at its start: who ends in the start month is not among them."""
    life, known = drawn[0].life, drawn[1]
    for id, kinds in (("churn.rate", (1, 2)), ("churn.rate.involuntary", (2,))):
        at_risk = life.at_risk(life.last)
        left = np.isin(life.kind[at_risk], kinds) & (life.end[at_risk] == life.last)
        share = known[id]["value"] / 100
        assert abs(left.mean() - share) < LIMIT * np.sqrt(share * (1 - share) / len(at_risk))


def test_failed_contacts_are_those_recorded_up_to_chance(drawn):
    """Counted in the exported rows of the last month, where customers began the contact."""
    company, known = drawn
    last = company.life.last
    events = _events(company, contacts(company, last), company.rng(Stream.DIRT, last))
    rows = events.to_pandas().query("direction == 'inbound' and outcome in @OUTCOMES")
    share = known["touchpoints.contacts.failed"]["value"] / 100
    failed = (rows["outcome"] != "resolved").mean()
    assert abs(failed - share) < LIMIT * np.sqrt(share * (1 - share) / len(rows))


def test_what_looks_beyond_the_window_has_no_truth_where_the_calendar_matters():
    known = truth(draw(LATE, 1_000, 36, 407))
    beyond = ("retention.12m", "churn.after12.1", "churn.risk12.0", "value.customer", "claim.zendesk.1")
    assert not set(beyond) & set(known)
    assert known["churn.hr.adjusted.2"]["value"] == pytest.approx(np.exp(1.2))
    assert {"churn.rate", "churn.rate.year", "nps", "csat.top2"} <= set(known)


def test_retention_is_of_all_who_start():
    """Counted forward: of those who start a fifth end at once, and the others stay as they always do."""
    known = truth(draw(EARLY, 1_000, 36, 407))
    life = draw(EARLY, 200_000, 36, 410).life
    followed = (life.start >= life.first) & (life.start + 12 <= life.last)
    still = ((life.end == 0) | (life.end > life.start + 12))[followed]
    share = known["retention.12m"]["value"] / 100
    assert abs(still.mean() - share) < LIMIT * np.sqrt(share * (1 - share) / len(still))
    assert share == pytest.approx(0.8 * natural_course(planted()).survival[12])


def test_a_customer_lost_at_once_costs_and_brings_nothing():
    usual, early = (truth(draw(parameters, 1_000, 36, 407)) for parameters in (planted(), EARLY))
    worth = usual["value.customer"]["value"]
    assert early["value.customer"]["value"] == pytest.approx(0.8 * (worth + 120) - 120)


def test_more_retention_keeps_some_of_those_lost_at_once():
    """The whole curve to one power, its start month too, summed month by month."""
    course, known = natural_course(EARLY), truth(draw(EARLY, 1_000, 36, 407))
    retention = course.survival[12]
    power = np.log(retention + 0.05) / np.log(retention)
    before = after = -120.0
    for month in range(1, 61):
        worth = course.margin[month - 1] / 1.1 ** ((month - 0.5) / 12)
        before += course.survival[month - 1] * worth
        after += course.survival[month - 1] ** power * worth
    assert course.survival[0] ** power > 0.83
    assert known["value.plus5points"]["value"] == pytest.approx(100 * (after / before - 1))


def test_horizon_window_and_bands_are_those_of_the_settings_written():
    text = resources.files("cxlib.company").joinpath("dataset", "dataset.yaml").read_text(encoding="utf-8")
    written = yaml.safe_load(text)
    claims, definitions = written["claims"], written["definitions"]
    assert claims["zendesk"]["horizon_months"] == HORIZON
    assert claims["zendesk"]["shares"] == list(CLAIMED.values())
    assert claims["reichheld"]["gain"] == CLAIMED_GAIN
    assert min(claims["reichheld"]["discount_rates"]) == GENEROUS_DISCOUNT
    assert definitions["exposure"] == {"window_months": MEMORY, "lag_months": 1}
    assert definitions["tenure_bands"] == list(planted().bands)
    assert definitions["usage"]["bands"] == [low for low, _ in planted().units[1:]]
    assert definitions["csat_top"] is None
    assert (written["money"]["discount_rate"], written["money"]["horizon_months"]) == (DISCOUNT, MONTHS)


def test_risks_follow_from_walking_customers_through_the_months(large):
    """The recursion against its own definition, drawn: 75,000 customers twelve months on."""
    p, life, rng = large.parameters, large.life, np.random.default_rng(406)
    here = life.active(life.last)
    usage, start, segment = life.usage[-1, here].astype(int), life.start[here], life.segment[here]
    left = 0
    for month in range(1, 13):
        band = np.searchsorted(p.bands, life.last + month - start, side="right") - 1
        lost = rng.random(len(usage)) < p.lose_table()[band, segment, 0]
        chance = p.leave_table()[band, segment, 0, usage, min(2, month)]
        leaves = ~lost & (rng.random(len(usage)) < chance)
        left += leaves.sum()
        stays = ~lost & ~leaves
        usage, start, segment = usage[stays], start[stays], segment[stays]
        limit = np.cumsum(p.usage_table()[int(month <= 2)], axis=1)[usage]
        usage = (rng.random(len(usage))[:, None] > limit[:, :2]).sum(axis=1)
    expected = risks(large, 2)
    spread = np.sqrt(expected * (1 - expected) / len(here))
    assert abs(left / len(here) - expected) < LIMIT * spread


def test_without_feedback_the_direct_risk_is_the_total_risk():
    known = truth(simulate(1_000, seed=407, feedback="none"))
    for count in (1, 2):
        assert known[f"churn.risk12.direct.{count}"] == known[f"churn.risk12.{count}"]


def test_with_feedback_part_of_the_risk_runs_through_usage(known):
    assert known["churn.risk12.direct.2"]["value"] + 1 < known["churn.risk12.2"]["value"]


def test_without_effect_an_experience_changes_nothing():
    known = truth(simulate(1_000, seed=407, effect="none"))
    for count in (1, 2):
        assert known[f"churn.hr.adjusted.{count}"]["value"] == 1
        assert known[f"churn.risk12.diff.{count}"]["value"] == pytest.approx(0, abs=1e-12)
    assert "churn.evalue" not in known


def test_under_a_hidden_cause_the_placebo_has_no_truth_and_adjusting_must_miss():
    known = truth(simulate(1_000, seed=407, confounding="hidden"))
    assert "churn.hr.placebo.1" not in known
    assert known["churn.hr.adjusted.1"]["expect"] == "missed"


@pytest.mark.parametrize(("untouched", "expected"), [("lose_trait", "missed"), ("leave_trait", None)])
def test_a_hidden_trait_misleads_on_the_kind_of_ends_it_brings_alone(untouched, expected):
    # A calendar, of factor one, leaves out what takes long to compute.
    parameters = replace(planted(confounding="hidden"), leave_calendar=(1.0,), **{untouched: 0.0})
    known = truth(draw(parameters, 1_000, 36, 407))
    assert known["churn.hr.adjusted.1"]["expect"] == expected
    assert ("churn.hr.placebo.1" in known) == (untouched == "lose_trait")


def test_without_confounding_the_naive_ratio_has_no_truth_of_its_own():
    assert "churn.hr.naive.1" not in truth(simulate(1_000, seed=407, confounding="none"))


def test_under_hidden_nonresponse_weighting_must_miss():
    known = truth(simulate(1_000, seed=407, nonresponse="hidden"))
    assert known["nps.weighted"]["expect"] == "missed"
    assert known["nps"]["expect"] is None


def test_value_and_gains_are_in_the_range_the_company_was_made_for(known):
    assert 350 < known["value.customer"]["value"] < 410
    assert 2 < known["value.plus1point"]["value"] < known["value.plus5points"]["value"] < 20
    assert known["claim.reichheld"] == {"value": None, "se": None, "expect": "contradicted"}
    assert known["claim.zendesk.1"]["expect"] == known["claim.zendesk.2"]["expect"] == "contradicted"


def test_more_retention_than_all_is_no_reading():
    assert set(changed(0.96)) == {"plus1point", "minus5percentchurn"}
    assert changed(0.8)["plus5points"] == pytest.approx(np.log(0.85) / np.log(0.8))


def test_yearly_profit_of_constant_leaving_is_margin_less_replacement():
    survival, margin = 0.98 ** np.arange(61), np.full(60, 10.0)
    # A base of constant size replaces 2 % of its customers each month, at 120 each.
    assert yearly_profit(survival, margin, 120) == pytest.approx(12 * (10 - 0.02 * 120))


def test_yearly_profit_pays_for_those_lost_at_once():
    survival, margin = 0.8 * 0.98 ** np.arange(61), np.full(60, 10.0)
    # To replace one customer, 1 / 0.8 must be won.
    assert yearly_profit(survival, margin, 120) == pytest.approx(12 * (10 - 0.02 * 150))


def test_the_truth_is_written_as_json(large, known, tmp_path):
    write_truth(large, tmp_path / "truth.json")
    assert json.loads((tmp_path / "truth.json").read_text(encoding="utf-8")) == known
