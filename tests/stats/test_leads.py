"""The profile before leaving: its sums, what stands out, and how often that is a false alarm."""

from itertools import product

import numpy as np
import pytest

from cxlib.stats.intervals import wilson
from cxlib.stats.leads import LeadProfile, detectable, far_above, standing_out

MONTHS = 60
COUNTED = range(1, 13)
FADES = {
    "stays": [1.0] * 12,
    "fades evenly": [1 - k / 12 for k in range(12)],
    "loses a fifth every month": [0.8**k for k in range(12)],
}


def profile_of(shares, leavers, *, stayers=0.05, seed=None):
    """Return leavers with these shares by lead 0, 1, ..., all known; drawn where there is a seed."""
    shares, n = np.asarray(shares, dtype=float), len(shares)
    if seed is None:
        met = np.arange(leavers)[:, None] < np.round(shares * leavers)
    else:
        met = np.random.default_rng(seed).random((leavers, n)) < shares
    counts = [np.full(n, leavers), met.sum(axis=0), np.full(n, leavers * stayers), np.full(n, leavers / 80)]
    months = (met << np.arange(n)).sum(axis=1)
    return LeadProfile.of(np.array(counts, float), np.full(leavers, n), months, np.ones(leavers, int))


def fading(weights, strength, *, customers, seed, rate=0.06, hazard=0.012):
    """Return the profile of a company whose experiences have an effect that lasts as `weights` say.

    Customers start evenly over the months; each month leaving is drawn first, then an experience. The
    log hazard is raised by `strength` times the weights of earlier experiences, 2.4 at most.
    """
    random = np.random.default_rng(seed)
    start = random.integers(0, MONTHS, customers)
    end, there = np.full(customers, MONTHS), np.zeros(customers, bool)
    met = np.zeros((MONTHS, customers), bool)
    for month in range(MONTHS):
        recent = sum(w * met[month - k] for k, w in enumerate(weights, 1) if k <= month)
        leaves = there & (random.random(customers) < hazard * np.exp(strength * np.clip(recent, 0, 2.4)))
        end[leaves], there = month, (there & ~leaves) | (start == month)
        met[month] = there & (random.random(customers) < rate)
    return counted(start, end, met)


def counted(start, end, met, leads=15):
    """Return the profile by loops over months and leads; stayers of the same calendar month."""
    counts = np.zeros((4, leads))
    for month, lead in product(range(MONTHS), range(leads)):
        there = (start < month) & (end >= month) & (start <= month - lead)
        left, stayed = there & (end == month), there & (end > month)
        if left.any() and stayed.any():
            share = met[month - lead, stayed].mean()
            n = left.sum()
            counts[:, lead] += [n, met[month - lead, left].sum(), n * share, n**2 / stayed.sum()]
    leavers = np.flatnonzero((end < MONTHS) & (start < end))
    known = np.minimum(end[leavers] - start[leavers], leads - 1)
    months = [
        sum(int(met[end[i] - k, i]) << k for k in range(most + 1))
        for i, most in zip(leavers, known, strict=True)
    ]
    return LeadProfile.of(counts, known, np.array(months), np.ones(len(leavers), int))


def test_shares_and_their_covariance_are_those_of_the_leavers():
    random = np.random.default_rng(2)
    known, months = random.integers(0, 5, 400), random.integers(0, 32, 400)
    there = np.arange(5) <= known[:, None]
    met = there & ((months[:, None] >> np.arange(5)) & 1).astype(bool)
    n = there.sum(axis=0)
    counts = np.array([n, met.sum(axis=0), 0.1 * n, n / 50], float)
    profile = LeadProfile.of(counts, known, months & ((2 << known) - 1), np.ones(400, int))
    assert profile.share == pytest.approx(met.sum(axis=0) / n)
    assert profile.excess == pytest.approx(met.sum(axis=0) / n - 0.1)
    own = 0.1 * 0.9 / 50 / n
    assert np.diag(profile.excess_covariance) == pytest.approx(profile.share * (1 - profile.share) / n + own)
    draws = random.integers(0, 400, (4000, 400))
    booted = (met[draws].sum(axis=1) / there[draws].sum(axis=1)).T
    assert np.cov(booted) == pytest.approx(profile.covariance, abs=1.2e-4)
    assert profile.leavers_at(2) == wilson(met[:, 2].sum(), n[2])
    assert profile.stayers_at(2) == pytest.approx(wilson(0.1 * n[2] * 50, n[2] * 50))


@pytest.mark.parametrize("lead", [1, 2, 3, 12])
def test_one_month_far_above_is_found_at_any_lead(lead):
    shares = np.full(15, 0.06)
    shares[lead] = 0.25
    profile = profile_of(shares, 1000)
    assert far_above(profile, COUNTED, 0.2) == [lead]
    found = standing_out(profile, COUNTED)
    assert (found.first, found.last) == (lead, lead)
    assert found[2:5] == pytest.approx((0.25, 0.05, 0.06))


def test_the_limit_itself_is_far_above_and_a_month_that_does_not_count_is_not():
    shares = np.full(15, 0.06)
    shares[2], shares[13] = 0.25, 0.6
    assert far_above(profile_of(shares, 1000), COUNTED, 0.2) == [2]
    assert far_above(profile_of(shares, 1000), range(3, 13), 0.2) == []
    shares[2] = 0.249
    assert far_above(profile_of(shares, 1000), COUNTED, 0.2) == []


def test_what_lies_beside_is_a_month_that_counts():
    """With a lag of three months a notice two months before is no experience that counts."""
    shares = np.full(15, 0.06)
    shares[2], shares[3] = 0.3, 0.15
    found = standing_out(profile_of(shares, 3000), range(3, 13))
    assert (found.first, found.last, found.beside) == (3, 3, 0.06)


def test_two_months_of_one_notice_stand_out_together():
    shares = np.full(15, 0.06)
    shares[2:4] = 0.13
    found = standing_out(profile_of(shares, 3000), COUNTED)
    assert (found.first, found.last) == (2, 3)


@pytest.mark.parametrize("shares", [np.linspace(0.3, 0.06, 15), 0.06 + 0.2 * 0.8 ** np.arange(15)])
def test_what_falls_evenly_never_stands_out(shares):
    assert standing_out(profile_of(shares, 200_000), COUNTED) is None


def test_fewer_than_thirty_leavers_are_not_judged():
    shares = np.full(15, 0.0)
    shares[2] = 0.9
    for leavers, judged in ((29, False), (30, True)):
        profile = profile_of(shares, leavers)
        assert (far_above(profile, COUNTED, 0.2) == [2]) is judged
        assert (standing_out(profile, COUNTED) is not None) is judged
        assert (detectable(profile, COUNTED) is not None) is judged


def test_where_one_month_counts_its_neighbours_are_looked_at_all_the_same():
    shares = np.array([0.0, 0.3, 0.06, 0.06])
    assert standing_out(profile_of(shares, 1000), range(1, 2)).first == 1
    assert standing_out(profile_of(shares[[0, 2, 1, 2]], 1000), range(1, 2)) is None


@pytest.mark.parametrize("leavers", [60, 300, 2000])
def test_equal_shares_raise_a_false_alarm_in_one_of_twenty_at_most(leavers):
    alarms = [standing_out(profile_of([0.08] * 15, leavers, seed=s), COUNTED) is not None for s in range(300)]
    # 5 % and three Monte-Carlo errors of 1.3 points.
    assert np.mean(alarms) <= 0.05 + 0.038


@pytest.mark.parametrize("strength", [np.log(1.65), np.log(3.32)])
@pytest.mark.parametrize("kind", list(FADES))
def test_a_real_effect_is_neither_far_above_nor_standing_out(kind, strength):
    profiles = [fading(FADES[kind], strength, customers=1500, seed=s) for s in range(6)]
    profiles.append(fading(FADES[kind], strength, customers=12_000, seed=99))
    assert [far_above(profile, COUNTED, 0.2) for profile in profiles] == [[]] * 7
    # With an error of 5 % at most one of seven is a false alarm, but for 4 % of such sets.
    assert sum(standing_out(profile, COUNTED) is not None for profile in profiles) <= 1


def test_an_effect_that_ends_at_once_looks_like_notices():
    """Nothing tells the two apart; the rule says so."""
    assert standing_out(fading([1.0] * 3, np.log(3.32), customers=12_000, seed=99), COUNTED) is not None


@pytest.mark.parametrize("width", range(1, 7))
@pytest.mark.parametrize("first", [1, 3])
def test_a_plateau_of_up_to_six_months_stands_out(first, width):
    shares = np.full(15, 0.06)
    shares[first : first + width] = 0.18
    found = standing_out(profile_of(shares, 1500), COUNTED)
    assert found is not None and first <= found.first <= found.last < first + width


def test_the_share_said_to_stand_out_does_in_four_of_five():
    shares = np.full(15, 0.06)
    added = np.mean([detectable(profile_of(shares, 500, seed=s), COUNTED) for s in range(20)])
    found = {}
    for lead in (1, 5):
        raised = shares.copy()
        raised[lead] += added
        drawn = (profile_of(raised, 500, seed=s) for s in range(300))
        found[lead] = np.mean([standing_out(profile, COUNTED) is not None for profile in drawn])
    # Monte-Carlo error 2.3 points. The first month shows the least; those between need less.
    assert found[1] == pytest.approx(0.8, abs=0.08)
    assert found[5] > 0.9
