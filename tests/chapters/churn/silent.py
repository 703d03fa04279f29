"""Companies whose experiences are known from several sources, drawn by the customer."""

import numpy as np
import pandas as pd

from tests.panel.customer_months import FIRST, LAST, opened

MONTHLY = 0.01


def draw(sources, *, customers=3000, seed=0, silent=None, leaving=MONTHLY, first=FIRST, last=LAST):
    """Return tables: everybody has one experience in a month drawn, of a source drawn by its share.

    Parameters
    ----------
    sources : dict
        Source -> share of the experiences; None stands for a source that is not known.
    silent : tuple of float, optional
        Share of customers who say nothing, so that theirs is not recorded, and share of these who leave
        in the three months after it.
    leaving : float
        Hazard of everybody else, every month.

    Returns
    -------
    tables, truth : dict of DataFrame, float
        ``truth`` is the share who left within twelve months, of all with an experience whom the data
        tell that long.
    """
    random = np.random.default_rng(seed)
    start = random.integers(first - 20, last - 13, customers)
    month = np.maximum(start, first) + random.integers(1, 13, customers)
    end = start + random.geometric(leaving, customers) if leaving else np.full(customers, last + 1)
    speaks = np.ones(customers, bool)
    if silent is not None:
        speaks = random.random(customers) >= silent[0]
        leaves = ~speaks & (random.random(customers) < silent[1]) & (end > month)
        end = np.where(leaves, np.minimum(end, month + random.integers(1, 4, customers)), end)
    kept = end >= np.maximum(start, first)
    experienced = kept & (end >= month) & (month <= last)
    whole = experienced & (month + 12 <= last)
    people = pd.DataFrame({"customer_no": np.arange(customers), "start_no": start, "end_no": end})
    people["end_no"] = people["end_no"].where(end <= last).astype("Int64")
    people = people.assign(end_type=people["end_no"].notna().map({True: "voluntary", False: None}))
    people = people.assign(segment="private", region="north")
    names = list(sources)
    drawn = random.choice(len(names), customers, p=list(sources.values()))
    experiences = pd.DataFrame(
        {
            "customer_no": np.arange(customers),
            "month_no": month,
            "source": pd.array([names[place] for place in drawn], dtype="string"),
        }
    )
    tables = {"customers": people[kept], "negative_experiences": experiences[experienced & speaks]}
    return tables, float((end[whole] <= month[whole] + 12).mean())


def company(tables, **options):
    """Open such tables; nothing but tenure is compared."""
    return opened(tables, controls=(), **options)


def with_known_end(tables, *, horizon=12, last=LAST):
    """Return the experiences beside the ends of their customers, of those the data tell to the horizon."""
    rows = tables["negative_experiences"].merge(tables["customers"], on="customer_no")
    rows = rows.sort_values("month_no").drop_duplicates("customer_no")
    return rows[rows["month_no"] + horizon <= last]
