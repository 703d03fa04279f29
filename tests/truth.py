"""Figures of a simulated company, beside the truth it was drawn with."""

import math
from operator import attrgetter

import pandas as pd

import cxlib as cx
from cxlib import company
from cxlib.chapters import figures_by_topic
from cxlib.estimate import Z95


def measured(folder):
    """Return the figures, keyed by id, of every measure that has one with a known truth."""
    data = cx.open_dataset(folder)
    figures = [figure for declared in figures_by_topic().values() for figure in declared.values()]
    measures = dict.fromkeys(figure.measure for figure in figures if figure.has_truth)
    results = [attrgetter(measure)(cx)(data) for measure in measures]
    return {figure.id: figure for result in results for figure in result.figures}


def drawn_and_measured(folder, **options):
    """Simulate a company into `folder`; return its truth and the figures measured, both keyed by id."""
    drawn = company.simulate(**options)
    company.write_dataset(drawn, folder)
    return company.truth(drawn), measured(folder)


def beside_truth(folder, **options):
    """Simulate a company into `folder`; return one row per figure with a numeric truth."""
    return compared(*drawn_and_measured(folder, **options))


def compared(truth, figures):
    """Return one row per figure that has an interval and a numeric truth.

    Columns: value, low, high, truth, truth_se, expect, z (distance in standard errors of the side
    of the interval on which the truth lies, the truth's own error added) and missed.
    """
    rows = []
    for id, figure in figures.items():
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
