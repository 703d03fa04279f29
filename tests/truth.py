"""Figures of a simulated company, beside the truth it was drawn with."""

import math

import pandas as pd

import cxlib as cx
from cxlib import company

Z95 = 1.959964


def measured(folder):
    """Return every published figure of the dataset, keyed by id."""
    data = cx.open_dataset(folder)
    results = [
        cx.satisfaction.nps(data),
        cx.satisfaction.csat(data),
        cx.satisfaction.ces(data),
        cx.retention.churn_rate(data),
        cx.retention.kaplan_meier(data),
        cx.churn.after(data),
        cx.churn.hazard(data),
        cx.churn.risk(data),
        cx.churn.claim(data),
        cx.profit.customer_value(data),
        cx.profit.what_if(data),
        cx.profit.claim(data),
    ]
    return {figure.id: figure for result in results for figure in result.figures}


def beside_truth(folder, **options):
    """Simulate a company into `folder`; return one row per figure with a numeric truth.

    Columns: value, low, high, truth, truth_se, expect, z (distance in standard errors of the side
    of the interval on which the truth lies, the truth's own error added) and missed.
    """
    drawn = company.simulate(**options)
    company.write_dataset(drawn, folder)
    truth = company.truth(drawn)
    rows = []
    for id, figure in measured(folder).items():
        known = truth.get(id)
        if known is None or figure.low is None or figure.high is None:
            continue
        if not isinstance(known["value"], int | float):
            continue
        side = figure.high - figure.value if known["value"] > figure.value else figure.value - figure.low
        error = math.hypot(side / Z95, known["se"])
        gap = figure.value - known["value"]
        rows.append(
            {
                "id": id,
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
                "truth": known["value"],
                "truth_se": known["se"],
                "expect": known.get("expect"),
                "z": gap / error,
                "missed": abs(gap) > math.hypot(side, Z95 * known["se"]),
            }
        )
    return pd.DataFrame(rows).set_index("id")
