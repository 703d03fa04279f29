"""Simulated companies as canonical tables, and contacts about a notice recorded as experiences."""

import numpy as np
import pandas as pd

import cxlib.company as company
from cxlib.company.life import ABSENT
from tests.panel.customer_months import opened

KINDS = np.array([None, "voluntary", "involuntary"], dtype=object)
UNITS = np.array([5.0, 20.0, 50.0])


def company_tables(life):
    """Return customers, billing and negative experiences of a drawn life."""
    end = pd.array(life.end.astype(np.int64), dtype="Int64")
    end[life.end == 0] = pd.NA
    month, customer = np.nonzero(life.experience)
    billed, who = np.nonzero(life.usage != ABSENT)
    return {
        "customers": pd.DataFrame(
            {
                "customer_no": np.arange(len(life)),
                "start_no": life.start.astype(np.int64),
                "end_no": end,
                "end_type": KINDS[life.kind],
                "segment": np.where(life.segment == 1, "business", "private"),
            }
        ),
        "billing": pd.DataFrame(
            {"customer_no": who, "month_no": life.first + billed, "units": UNITS[life.usage[billed, who]]}
        ),
        "negative_experiences": pd.DataFrame(
            {"customer_no": customer, "month_no": life.first + month, "source": "failure"}
        ),
    }


def drawn(customers, seed, **options):
    """Return tables and window of a simulated company; options as in :func:`cxlib.company.simulate`."""
    life = company.simulate(customers, seed=seed, **options).life
    return company_tables(life), (life.first, life.last)


def noticed(tables, months, *, before, share, segment=None, seed=0):
    """Return tables in which a share of the leavers has an experience so many months before the end."""
    left = tables["customers"].query("end_type == 'voluntary'")
    left = left[left["end_no"] - before >= left["start_no"].clip(lower=months[0])]
    if segment is not None:
        left = left[left["segment"] == segment]
    left = left[np.random.default_rng(seed).random(len(left)) < share]
    contacts = {"customer_no": left["customer_no"], "month_no": left["end_no"] - before, "source": "failure"}
    more = pd.DataFrame(contacts).astype({"month_no": int})
    return tables | {"negative_experiences": pd.concat([tables["negative_experiences"], more])}


def opened_company(company, **settings):
    """Return a dataset of :func:`drawn` or :func:`noticed` tables."""
    tables, months = company
    return opened(tables, months=months, **({"controls": ("segment",)} | settings))
