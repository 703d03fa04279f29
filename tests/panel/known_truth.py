"""Companies whose hazards are known, drawn month by month as whole columns."""

import numpy as np
import pandas as pd

from tests.panel.customer_months import FIRST, LAST, opened

MONTHS = np.arange(FIRST - 48, LAST + 1)
CALM = np.array([[0.86, 0.13, 0.01], [0.07, 0.86, 0.07], [0.01, 0.11, 0.88]])
AFTER = np.array([[0.95, 0.045, 0.005], [0.35, 0.62, 0.03], [0.05, 0.45, 0.50]])
EXPERIENCE = np.array([0.10, 0.045, 0.015])
LEAVING = np.exp(-4.95 + np.array([0.85, 0.0, -0.80]))
LOSING = 0.002
UNITS = np.array([5.0, 20.0, 50.0])
USAGE = {"column": "units", "bands": [10, 30]}


def draw_company(seed, *, joining=220, effect=(0.0, 0.0), experiences=None, leaving=None):
    """Return tables of about ``joining * 58`` customers.

    Parameters
    ----------
    effect : pair of float
        Log hazard ratio of one and of two or more months with an experience among the last twelve.
    experiences, leaving : mapping of int to float, optional
        Month -> what the chance of an experience, and of leaving, is multiplied with.
    """
    random = np.random.default_rng(seed)
    size = joining * len(MONTHS)
    start, end = np.repeat(MONTHS, joining), np.zeros(size, int)
    kind, usage, recent = np.zeros(size, int), np.full(size, -1), np.zeros(size, int)
    here, billing, bad = np.zeros(0, int), [], []
    ratio = np.exp([0.0, *effect])
    for month in MONTHS:
        chance = random.random(len(here))
        hazard = LEAVING[usage[here]] * ratio[np.minimum(np.bitwise_count(recent[here] & 4095), 2)]
        lost = chance < LOSING
        left = ~lost & (chance < LOSING - np.expm1(-hazard * (leaving or {}).get(month, 1.0)))
        kind[here[left]], kind[here[lost]] = 1, 2
        end[here[left | lost]] = month
        here = here[~(left | lost)]
        after = np.where((recent[here] & 1)[:, None] == 1, AFTER[usage[here]], CALM[usage[here]])
        usage[here] = (random.random(len(here))[:, None] > np.cumsum(after, axis=1)).sum(axis=1).clip(0, 2)
        new = np.flatnonzero(start == month)
        usage[new] = random.choice(3, len(new), p=[0.30, 0.45, 0.25])
        here = np.concatenate([here, new])
        met = random.random(len(here)) < EXPERIENCE[usage[here]] * (experiences or {}).get(month, 1.0)
        recent[here] = (recent[here] << 1) | met
        if month >= FIRST:
            billing.append(
                pd.DataFrame({"customer_no": here, "month_no": month, "units": UNITS[usage[here]]})
            )
            bad.append(pd.DataFrame({"customer_no": here[met], "month_no": month, "source": "failure"}))
    people = pd.DataFrame({"customer_no": np.arange(size), "start_no": start})
    people["end_no"] = pd.Series(end, dtype="Int64").mask(end == 0)
    people["end_type"] = np.array([None, "voluntary", "involuntary"], dtype=object)[kind]
    people["segment"] = "private"
    there = (end == 0) | (end >= FIRST)
    return {
        "customers": people[there],
        "billing": pd.concat(billing, ignore_index=True),
        "negative_experiences": pd.concat(bad, ignore_index=True),
    }


def opened_company(tables, **options):
    """Return a dataset of such tables."""
    return opened(tables, **({"controls": (), "usage": USAGE, "segments": ()} | options))
