"""Companies whose experiences are known from several sources, drawn by the customer."""

import numpy as np
import pandas as pd

from tests.panel.customer_months import FIRST, LAST, opened


def draw(sources, *, customers=3000, seed=0, leaving=0.01):
    """Return tables: everybody has one experience in a month drawn, and leaves whether or not they had it.

    Parameters
    ----------
    sources : dict
        Source -> share of the experiences; None stands for a source that is not known.
    leaving : float
        Hazard of every month.
    """
    random = np.random.default_rng(seed)
    start = random.integers(FIRST - 20, LAST - 13, customers)
    month = np.maximum(start, FIRST) + random.integers(1, 13, customers)
    end = start + random.geometric(leaving, customers) if leaving else np.full(customers, LAST + 1)
    kept = end >= np.maximum(start, FIRST)
    people = pd.DataFrame({"customer_no": np.arange(customers), "start_no": start, "end_no": end})
    people["end_no"] = people["end_no"].where(end <= LAST).astype("Int64")
    people = people.assign(end_type=people["end_no"].notna().map({True: "voluntary", False: None}))
    people = people.assign(segment="private", region="north")
    names = list(sources)
    places = random.choice(len(names), customers, p=list(sources.values()))
    drawn = pd.array([names[place] for place in places], dtype="string")
    experiences = pd.DataFrame({"customer_no": np.arange(customers), "month_no": month, "source": drawn})
    experienced = kept & (end >= month) & (month <= LAST)
    return {"customers": people[kept], "negative_experiences": experiences[experienced]}


def company(tables, **options):
    """Open such tables; nothing but tenure is compared."""
    return opened(tables, controls=(), **options)


def with_known_end(tables, *, horizon=12):
    """Return the experiences beside the ends of their customers, of those the data tell to the horizon."""
    rows = tables["negative_experiences"].merge(tables["customers"], on="customer_no")
    rows = rows.sort_values("month_no").drop_duplicates("customer_no")
    return rows[rows["month_no"] + horizon <= LAST]
