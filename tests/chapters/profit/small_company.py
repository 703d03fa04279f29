"""A small company in memory, with the face of a dataset: what the money models need, and no files."""

from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd

from cxlib.contract.config import Claims, Definitions, Money
from cxlib.contract.months import month_name

FIRST, LAST = 24287, 24322


class SmallDataset:
    """Frames as tables of an engine; the members of a dataset that models use."""

    def __init__(self, *, money=None, claims=None, definitions=None, **frames):
        self._engine = duckdb.connect()
        for name, frame in frames.items():
            self._engine.register(name, frame)
        self.frames = frames
        self.tables = frozenset(frames)
        self.month_no, self.first_month_no = LAST, FIRST
        self.month = month_name(LAST)
        self.money, self.claims = money or Money(), claims or Claims()
        self.definitions = definitions or Definitions(controls=("segment", "region"))
        self.config = SimpleNamespace(money=self.money, claims=self.claims, definitions=self.definitions)
        self._kept = {}
        self.currency, self.scope, self.name, self.warnings = "EUR", "", "small", ()

    def has(self, table, *columns):
        frame = self.frames.get(table)
        return frame is not None and all(c in frame and frame[c].notna().any() for c in columns)

    def sql(self, query, **parameters):
        return self.arrow(query, **parameters).to_pandas()

    def arrow(self, query, **parameters):
        return self._engine.sql(query, params=parameters or None).to_arrow_table()

    def remember(self, name, build):
        if name not in self._kept:
            self._kept[name] = build()
        return self._kept[name]


def simulate(customers=3000, seed=5, *, cost=120.0, regions=6, hazard=0.03):
    """Return customers and billing of a company in which profitable and old customers stay.

    Half of the customers started up to 40 months before the window and were still there at its start.
    """
    draw = np.random.default_rng(seed)
    start = draw.integers(FIRST - 40, LAST, customers)
    worth = draw.gamma(4, 3, customers)
    end = np.full(customers, 0)
    bills = []
    for month in range(FIRST - 40, LAST + 1):
        there = (start <= month) & (end == 0)
        tenure = month - start
        leaves = hazard * np.exp(-tenure / 30) * np.where(worth > 12, 0.7, 1.2) + 0.006
        gone = there & (tenure > 0) & (draw.random(customers) < leaves)
        end[gone] = month
        stays = np.flatnonzero(there & ~gone)
        if month >= FIRST:
            revenue = worth[stays] * (1 + tenure[stays] / 100) + draw.normal(0, 3, len(stays))
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
