"""Experiences before leaving: counts against loops, and which companies are refused."""

import numpy as np
import pandas as pd
import pytest

from cxlib.language import speaking
from cxlib.panel.leads import leads_of
from tests.panel.customer_months import FIRST, LAST, opened
from tests.panel.notices import drawn, noticed, opened_company


@pytest.fixture(scope="module")
def without_effect():
    return drawn(6000, 41, effect="none")


def refused(company, **settings):
    """Return the leads of a company with contacts about a notice, and the reason in English."""
    leads = leads_of(opened_company(company, **settings))
    return leads, "" if leads.refusal is None else leads.refusal.text("en")


def contacts_of(company, **options):
    tables, months = company
    return noticed(tables, months, **options), months


def counts_by_loops(tables, most):
    """Return leavers, experienced, expected and spread by lead, one customer-month at a time."""
    met = set(tables["negative_experiences"][["customer_no", "month_no"]].itertuples(index=False, name=None))
    strata = {}
    for person in tables["customers"].itertuples(index=False):
        end = None if pd.isna(person.end_no) else person.end_no
        for month in range(max(FIRST, person.start_no + 1), min(LAST, end or LAST) + 1):
            leaves = month == end
            if leaves and person.end_type == "involuntary":
                continue
            band = np.searchsorted((1, 4, 13, 25, 49), month - person.start_no, side="right")
            for lead in range(most + 1):
                if month - lead >= max(FIRST, person.start_no):
                    cell = strata.setdefault((lead, month, band, person.segment, person.region), np.zeros(4))
                    cell[[2 * leaves, 2 * leaves + 1]] += 1, (person.customer_no, month - lead) in met
    counts = np.zeros((4, most + 1))
    for (lead, *_), (stayers, stayers_met, leavers, leavers_met) in strata.items():
        if stayers and leavers:
            counts[:, lead] += (
                leavers,
                leavers_met,
                leavers * stayers_met / stayers,
                leavers**2 / stayers,
            )
    return counts


@pytest.mark.parametrize(("window", "lag"), [(12, 1), (3, 2), (1, 1)])
def test_the_sums_are_those_of_loops_over_customer_months(tables, window, lag):
    exposure = {"window_months": window, "lag_months": lag}
    leads = leads_of(opened(tables, exposure=exposure))
    profile = leads.profiles[None]
    counted = counts_by_loops(tables, window + lag + 1)
    for name, expected in zip(("leavers", "experienced", "expected", "spread"), counted, strict=True):
        assert getattr(profile, name) == pytest.approx(expected)
    assert list(leads.counted) == list(range(lag, lag + window))


def test_levels_of_controls_add_up_to_everybody(tables):
    profiles = leads_of(opened(tables)).profiles
    for control, levels in (("segment", 2), ("region", 3)):
        parts = [profile for part, profile in profiles.items() if part and part[0] == control]
        assert len(parts) == levels
        for name in ("leavers", "experienced", "expected", "spread"):
            assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(profiles[None], name))


@pytest.mark.parametrize("before", [1, 2, 3, 12])
def test_notice_some_months_before_the_end_is_refused(without_effect, before):
    leads, reason = refused(contacts_of(without_effect, before=before, share=0.3))
    profile = leads.profiles[None]
    assert f"{100 * profile.share[before]:.1f}% of those who left" in reason
    assert f"recorded {before} month{'s' * (before > 1)} before the end, " in reason
    assert f"{100 * profile.stayers[before]:.1f}% of similar customers" in reason
    assert "day of notice as end_date" in reason
    assert f"definitions.exposure.lag_months: {before + 1}." in reason


@pytest.mark.parametrize(
    ("before", "exposure", "is_refused"),
    [
        (1, {"window_months": 12, "lag_months": 2}, False),
        (2, {"window_months": 12, "lag_months": 2}, True),
        (2, {"window_months": 12, "lag_months": 3}, False),
        (3, {"window_months": 3, "lag_months": 1}, True),
        (4, {"window_months": 3, "lag_months": 1}, False),
        (1, {"window_months": 1, "lag_months": 1}, True),
        (0, {"window_months": 12, "lag_months": 1}, False),
    ],
)
def test_only_months_that_count_are_judged(without_effect, before, exposure, is_refused):
    company = contacts_of(without_effect, before=before, share=0.3)
    leads, reason = refused(company, exposure=exposure)
    assert bool(reason) is is_refused
    assert (leads.at_the_end is not None) is (before == 0)


def test_a_lag_that_cannot_be_counted_is_not_advised(without_effect):
    exposure = {"window_months": 30, "lag_months": 2}
    _, reason = refused(contacts_of(without_effect, before=2, share=0.3), exposure=exposure)
    assert "day of notice as end_date" in reason and "lag_months" not in reason


def test_22_percent_are_refused_and_15_because_they_stand_out(without_effect):
    _, many = refused(contacts_of(without_effect, before=2, share=0.22))
    some, reason = refused(contacts_of(without_effect, before=2, share=0.15))
    assert "20 percentage points or more" in many
    assert "recorded 2 months before the end" in reason
    assert some.warnings == (some.refusal,)
    assert "stands out beyond chance" in reason and "20 percentage points" not in reason
    assert "lag_months: 3" in reason
    with speaking("de"):
        assert "2 Monate vor dem Ende" in some.refusal.text()


def test_a_notice_that_falls_into_two_months_is_told(without_effect):
    company = contacts_of(without_effect, before=2, share=0.12, seed=1)
    leads, reason = refused(contacts_of(company, before=3, share=0.12, seed=2))
    assert "2 and 3 months before the end" in reason
    assert "lag_months: 4" in leads.warnings[0].text("en")
    assert "2 und 3 Monate vor dem Ende" in leads.refusal.text("de")


def test_notices_spread_over_three_months_are_refused(without_effect):
    """A tenth gives notice one, a tenth two and a tenth three months before: no month alone stands out."""
    company = without_effect
    for before in (1, 2, 3):
        company = contacts_of(company, before=before, share=0.1, seed=before)
    _, reason = refused(company)
    assert "1 to 3 months before the end" in reason and "lag_months: 4" in reason


def test_contacts_of_one_segment_alone_are_refused_by_its_name(without_effect):
    leads, reason = refused(contacts_of(without_effect, before=2, share=0.6, segment="business"))
    assert leads.profiles[None].excess[2] < 0.2
    assert "of those who left and are of segment “business” had" in reason
    assert "der Gegangenen mit Segment „business“" in leads.refusal.text("de")


@pytest.mark.parametrize(("size", "is_refused"), [(40, False), (400, True)])
def test_a_small_group_must_lie_above_beyond_chance(without_effect, size, is_refused):
    """A quarter with a contact: of 40 leavers no proof, of ten times as many it is."""
    tables, months = without_effect
    customers = tables["customers"]
    left = customers.query(f"end_type == 'voluntary' and start_no < end_no - 2 and end_no > {months[0] + 2}")
    group = left.iloc[:size]
    stayed = customers["end_no"].isna() & (customers["customer_no"] % 10 == 0)
    rare = stayed | customers["customer_no"].isin(group["customer_no"])
    contacts = group.iloc[::4].assign(month_no=lambda rows: rows["end_no"].astype(int) - 2, source="failure")
    experiences = [tables["negative_experiences"], contacts[["customer_no", "month_no", "source"]]]
    changed = {
        "customers": customers.assign(plan=rare.map({True: "rare", False: "usual"})),
        "negative_experiences": pd.concat(experiences),
    }
    leads, reason = refused((tables | changed, months), controls=("plan",))
    assert leads.profiles["plan", "rare"].excess[2] > 0.2
    assert bool(reason) is is_refused


@pytest.mark.parametrize("effect", ["none", "default", "reversed"])
def test_companies_without_such_contacts_are_cleared(effect):
    leads = leads_of(opened_company(drawn(6000, 42, effect=effect)))
    assert leads.refusal is None and leads.warnings == ()
    assert 0 < leads.detectable < 0.2


@pytest.mark.parametrize("share", [0.0, 0.9])
def test_fewer_than_thirty_leavers_are_not_decidable(without_effect, share):
    tables, months = contacts_of(without_effect, before=2, share=share)
    left = tables["customers"].query("end_type == 'voluntary' and end_no - start_no > 14")["customer_no"]
    customers = tables["customers"]
    kept = customers[customers["end_type"].isna() | customers["customer_no"].isin(left[:25])]
    leads, reason = refused((tables | {"customers": kept}, months))
    assert not leads.decidable and reason == ""
    (warning,) = leads.warnings
    assert "cannot be told from fewer than 30" in warning.text("en")
    assert "aus weniger als 30 nicht sagen" in warning.text("de")
    assert leads.detectable is None


def test_ends_of_unknown_kind_count_as_leaving_and_involuntary_ones_do_not(without_effect):
    tables, months = contacts_of(without_effect, before=2, share=0.3)
    customers = tables["customers"]
    for kind, is_refused in ((None, True), ("involuntary", False)):
        kinds = customers["end_type"].where(customers["end_type"] != "voluntary", kind)
        changed = tables | {"customers": customers.assign(end_type=kinds)}
        assert bool(refused((changed, months))[1]) is is_refused


def test_repeated_experiences_of_a_month_count_once(tables):
    doubled = pd.concat([tables["negative_experiences"]] * 2)
    once, twice = (
        leads_of(opened(some)).profiles[None] for some in (tables, tables | {"negative_experiences": doubled})
    )
    for name in ("experienced", "expected", "covariance"):
        # The engine adds in parallel, so the last bit of a sum of fractions is not fixed.
        assert getattr(once, name) == pytest.approx(getattr(twice, name), rel=1e-12, abs=1e-15)


def test_months_before_the_window_are_not_taken_for_months_without(tables):
    whole, narrow = (leads_of(opened(tables, months=(first, LAST))) for first in (FIRST, FIRST + 20))
    profile = narrow.profiles[None]
    assert profile.leavers[12] < profile.leavers[0] < whole.profiles[None].leavers[0]
    assert profile.stayers[12] == pytest.approx(whole.profiles[None].stayers[12], abs=0.03)
