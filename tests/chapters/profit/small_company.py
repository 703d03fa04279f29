"""A small company whose customers and billing are given as frames, and the same rows as arrays."""

import numpy as np
import pandas as pd

from tests.small_dataset import SmallDataset

FIRST, LAST = 24287, 24322


def opened(**given):
    """Return a dataset of the months of the window; tables and settings as SmallDataset takes them."""
    return SmallDataset(months=(FIRST, LAST), **given)


def simulate(customers=3000, seed=5, *, cost=120.0, regions=6, hazard=0.03, leave_start=0.1):
    """Return customers and billing of a company in which profitable and old customers stay.

    One in ten leaves in the month of starting. Half of the customers started up to 40 months before the
    window and were still there at its start.
    """
    draw = np.random.default_rng(seed)
    start = draw.integers(FIRST - 40, LAST, customers)
    worth = draw.gamma(4, 3, customers)
    at_once = np.random.default_rng([seed, 1]).random(customers) < leave_start
    end = np.full(customers, 0)
    bills = []
    for month in range(FIRST - 40, LAST + 1):
        there = (start <= month) & (end == 0)
        tenure = month - start
        leaves = hazard * np.exp(-tenure / 30) * np.where(worth > 12, 0.7, 1.2) + 0.006
        gone = there & np.where(tenure > 0, draw.random(customers) < leaves, at_once)
        end[gone] = month
        stays = np.flatnonzero(there & ~gone)
        if month >= FIRST:
            revenue = worth[stays] * (1 + tenure[stays] / 100) + draw.normal(0, 3, customers)[stays]
            revenue[tenure[stays] == 0] = 0
            bills.append(pd.DataFrame({"customer_no": stays, "month_no": month, "revenue": revenue + 4}))
    kept = (end == 0) | (end >= FIRST)
    frame = pd.DataFrame(
        {
            "customer_no": np.arange(customers),
            "start_no": start,
            "end_no": pd.array(np.where(end == 0, np.nan, end), dtype="Int64"),
            "start_date": pd.Timestamp("2024-01-01"),
            "acquisition_cost": draw.normal(cost, 40, customers) if cost else np.nan,
            "segment": np.where(draw.random(customers) < 0.4, "business", "private"),
            "region": draw.integers(0, regions, customers).astype(str),
        }
    )
    billing = pd.concat(bills, ignore_index=True)
    billing["direct_cost"] = 4.0
    billing["service_cost"] = np.nan
    return frame[kept].reset_index(drop=True), billing[billing.customer_no.isin(frame[kept].customer_no)]


def at_once(customers):
    """Return, by customer, who started in the window, and who of them left in the very month of starting."""
    started = (customers.start_no >= FIRST).to_numpy()
    return started, started & (customers.end_no == customers.start_no).fillna(False).to_numpy(bool)


def dense(customers, billing, length=60):
    """Return at risk, ended and margin as arrays of customer x tenure month 1..length."""
    rows = len(customers)
    place = {number: i for i, number in enumerate(customers.customer_no)}
    start, end = customers.start_no.to_numpy(), customers.end_no.fillna(10**6).to_numpy().astype(int)
    month = start[:, None] + np.arange(1, length + 1)
    at_risk = (month >= FIRST) & (month <= LAST) & (month <= end[:, None])
    ended = at_risk & (month == end[:, None])
    margins = np.zeros((rows, length))
    i = billing.customer_no.map(place).to_numpy()
    tenure = billing.month_no.to_numpy() - start[i]
    margin = (billing.revenue - billing.direct_cost).to_numpy()
    inside = (tenure >= 1) & (tenure <= length)
    np.add.at(margins, (i[inside], tenure[inside] - 1), margin[inside])
    return at_risk, ended, margins * at_risk
