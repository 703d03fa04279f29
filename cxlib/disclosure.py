"""The gate for small groups: no score of a few people leaves the kit, nor can it be worked out.

A hidden number must not follow from a total and the numbers beside it. So where groups are hidden,
at least two are, and together they hold at least the smallest group that may be shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlib.language import Message, count, say

__all__ = ["hidden_groups", "hide_small_groups", "told"]


def hidden_groups(people: ArrayLike, minimum: int) -> np.ndarray:
    """Return which groups of one total must be hidden.

    Parameters
    ----------
    people : array_like of int, shape (n_groups,)
        People in each group; the groups do not overlap. Empty groups have nothing to hide.
    minimum : int
        Smallest group that may be shown.

    Returns
    -------
    ndarray of bool, shape (n_groups,)
        Groups below the minimum and, until at least two groups with together at least `minimum`
        people are hidden, the smallest of the others.
    """
    people = np.asarray(people, dtype=float)
    hidden = (people > 0) & (people < minimum)
    if not hidden.any():
        return hidden
    for group in np.argsort(people, kind="stable"):
        if hidden.sum() >= 2 and people[hidden].sum() >= minimum:
            break
        hidden[group] = hidden[group] or people[group] > 0
    return hidden


def hide_small_groups(
    table: pd.DataFrame, values: Sequence[str], *, people: str, minimum: int
) -> pd.DataFrame:
    """Return a copy in which the values of small groups are missing.

    Parameters
    ----------
    table : DataFrame
        One row per group of one total.
    values : sequence of str
        Numeric columns to blank; `people` is blanked too.
    people : str
        Column with the number of people.
    minimum : int
        Smallest group that may be shown.

    Returns
    -------
    DataFrame
        With a column ``hidden`` (bool).
    """
    hidden = hidden_groups(table[people].to_numpy(), minimum)
    blanked = {name: table[name].astype(float).mask(hidden) for name in (*values, people)}
    return table.assign(**blanked, hidden=hidden)


def told(table: pd.DataFrame, minimum: int) -> tuple[Message, ...]:
    """Return the sentence that tells how many rows of `table` are hidden; empty where none is."""
    hidden = int(table["hidden"].sum())
    if not hidden:
        return ()
    return (
        say(
            "{n} group is not shown: groups of fewer than {minimum} people, and where needed the next larger "
            "one, so that none can be worked out from the total.",
            plural="{n} groups are not shown: groups of fewer than {minimum} people, and where needed the "
            "next larger one, so that none can be worked out from the total.",
            n=count(hidden),
            minimum=count(minimum),
        ),
    )
