"""Small companies drawn month by month, and their customer-months built the slow way in pandas."""

import numpy as np
import pandas as pd

from cxlib.contract.config import Claims, Definitions
from cxlib.panel.design import Design
from tests.small_dataset import CONTROLS, SmallDataset

FIRST, LAST = 24000, 24035
SEGMENTS, REGIONS = np.array(["private", "business"]), np.array(["north", "south", None])


def design(**options):
    """Return the design of the drawn tables, counted in small buckets."""
    usual = {"controls": CONTROLS, "usage_column": "units", "usage_edges": (10.0, 30.0), "bucket": 200}
    return Design(first=FIRST, last=LAST, **(usual | options))


def draw_tables(*, customers=600, seed=0, first=FIRST, last=LAST, hazard=0.03, rate=0.08):
    """Draw customers, billing and negative experiences; some before, some within the window."""
    random = np.random.default_rng(seed)
    start = random.integers(first - 40, last + 1, customers)
    segment = random.choice(SEGMENTS, customers)
    people, billing, experiences = [], [], []
    for number in range(customers):
        units = random.integers(0, 3)
        end, kind, lived = None, None, []
        for month in range(start[number], last + 1):
            if month > start[number] and random.random() < hazard * (1.5 - 0.4 * units):
                end, kind = month, random.choice(["voluntary", "voluntary", "involuntary"])
                break
            units = min(2, max(0, units + random.choice([-1, 0, 0, 0, 1])))
            lived.append((number, month, float(units * 20 + random.integers(0, 10))))
            if random.random() < rate * (2 - 0.5 * units):
                experiences += [(number, month)] * random.integers(1, 3)
        if end is not None and random.random() < 0.3:
            experiences.append((number, end))
        people.append((number, start[number], end, kind, segment[number], random.choice(REGIONS)))
        billing += [row for row in lived if row[1] >= first]
    columns = ["customer_no", "start_no", "end_no", "end_type", "segment", "region"]
    people = pd.DataFrame(people, columns=columns).astype({"end_no": "Int64"})
    people = people[people["end_no"].isna() | (people["end_no"] >= first)]
    there = set(people["customer_no"])
    experiences = [row for row in experiences if row[0] in there and row[1] >= first]
    return {
        "customers": people,
        "billing": pd.DataFrame(billing, columns=["customer_no", "month_no", "units"]),
        "negative_experiences": pd.DataFrame(experiences, columns=["customer_no", "month_no"]),
    }


def rows_of(tables, *, first=FIRST, last=LAST, window=12, lag=1, bands=(1, 4, 13, 25, 49), edges=(10, 30)):
    """Return one row per customer-month at risk with known history, by loops."""
    months = {
        number: set(group)
        for number, group in tables["negative_experiences"].groupby("customer_no")["month_no"]
    }
    units = tables["billing"].set_index(["customer_no", "month_no"])["units"].to_dict()
    rows = []
    for person in tables["customers"].itertuples(index=False):
        gone = None if pd.isna(person.end_no) else person.end_no
        for month in range(max(first, person.start_no + 1), min(last, gone or last) + 1):
            if person.start_no < first and month - window - lag + 1 < first:
                continue
            seen = {
                m for m in months.get(person.customer_no, ()) if m <= month - lag and m > month - lag - window
            }
            used = units.get((person.customer_no, month - 1))
            rows.append(
                {
                    "customer": person.customer_no,
                    "month": month,
                    "tenure": np.searchsorted(bands, month - person.start_no, side="right") - 1,
                    "usage": None if used is None else np.searchsorted(edges, used, side="right"),
                    "exposure": min(2, len(seen)),
                    "segment": person.segment,
                    "region": "unknown" if pd.isna(person.region) else person.region,
                    "voluntary": int(month == gone and person.end_type == "voluntary"),
                    "involuntary": int(month == gone and person.end_type == "involuntary"),
                }
            )
    return pd.DataFrame(rows)


def opened(tables, *, months=(FIRST, LAST), zendesk=None, **definitions):
    """Return a dataset of such tables; settings are those of the definitions and of the first claim."""
    frames = dict(tables)
    if "customers" in frames:
        people = frames["customers"]
        frames["customers"] = people.assign(start_date=people["start_no"], end_date=people["end_no"])
    return SmallDataset(
        months=months,
        claims=Claims(zendesk=zendesk or {}),
        definitions=Definitions(**({"controls": CONTROLS} | definitions)),
        **frames,
    )
