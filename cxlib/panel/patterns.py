"""Levels of the controls, and customers' combinations of them as one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import sqlglot
from sqlglot import expressions as exp

from cxlib.contract.queries import read_sql
from cxlib.errors import ModelError
from cxlib.language import Message, percent, say
from cxlib.panel.design import NEVER, Design
from cxlib.stats.hazard import Factor

__all__ = ["Levels", "Query", "control_factors", "control_levels"]
__all__ += ["control_name", "level_name", "pattern_count", "pattern_of"]

OTHER = "other"
UNKNOWN = "unknown"
LEAST_EVENTS_OF_A_LEVEL = 10
MOST_ENDS_WITHOUT = 0.05
SIGN_OF_LEAVING = 3.0

Query = Callable[..., pa.Table]
Levels = dict[str, dict[str, str]]


def control_name(control: str) -> Message | str:
    """Return a control in words; the company's own columns keep their names."""
    names = {"usage": say("usage"), "segment": say("segment"), "region": say("region"), "plan": say("plan")}
    return names.get(control, control)


def level_name(level: str) -> Message | str:
    """Return a level in words; what stands in the data keeps its name."""
    return {OTHER: say("other"), UNKNOWN: say("unknown")}.get(level, level)


def control_levels(query: Query, design: Design) -> Levels:
    """Return per control: value in the data -> level of the model, the most frequent level first.

    Values with fewer than 10 voluntary ends in the window are put together as "other"; if that has
    too few as well, it joins the most frequent level. A missing value is the level "unknown".

    Raises
    ------
    ModelError
        If a value is missing because customers left: more than 5 % of the ends are of customers without
        it, and the odds of leaving are over three times those of the others.
    """
    counts = {name: _ends_by_value(query, design, name) for name in design.controls}
    for name, rows in counts.items():
        _refuse_missing_because_of_leaving(name, rows)
    return {name: _merged(rows) for name, rows in counts.items()}


def _refuse_missing_because_of_leaving(control: str, counts: list[dict[str, Any]]) -> None:
    missing = [row for row in counts if row["value"] == UNKNOWN]
    ends, customers = (sum(row[name] for row in missing) for name in ("ends", "customers"))
    all_ends, everybody = (sum(row[name] for row in counts) for name in ("ends", "customers"))
    others_ends, others = all_ends - ends, everybody - customers
    # Odds, since a share three times as large may be more than everybody.
    more = ends * (others - others_ends) > SIGN_OF_LEAVING * others_ends * (customers - ends)
    if more and ends > MOST_ENDS_WITHOUT * all_ends:
        raise ModelError(
            say(
                "The attribute “{control}” is missing mostly for customers who left: {missing} of them did, "
                "else {known}. So it is a sign of leaving and would give wrong figures; supply it for "
                "everybody, or leave it out of definitions.controls.",
                control=control,
                missing=percent(ends / customers),
                known=percent(others_ends / max(others, 1)),
            )
        )


def _ends_by_value(query: Query, design: Design, control: str) -> list[dict[str, Any]]:
    people = sqlglot.parse_one(read_sql(__package__, "people"), read="duckdb").select(
        _value_of(control).as_("value")
    )
    counted = (
        exp.select("value", "count(*) AS customers")
        .select(
            exp.func(
                "sum", sqlglot.parse_one("CASE WHEN ending = 1 AND end_no <= $last THEN 1 ELSE 0 END")
            ).as_("ends")
        )
        .from_(people.subquery("people"))
        .group_by("value")
    )
    bounds = {"first": design.first, "last": design.last, "never": NEVER, "low": 0, "high": 2**40}
    return query(counted.sql("duckdb"), **bounds).to_pylist()


def _value_of(control: str) -> exp.Expression:
    as_text = exp.cast(exp.column(control, quoted=True), "TEXT")
    return exp.func("coalesce", as_text, exp.Literal.string(UNKNOWN))


def _merged(counts: list[dict[str, Any]]) -> dict[str, str]:
    """Return value -> level from rows of ``value``, ``customers`` and ``ends``."""
    counts = sorted(counts, key=lambda row: (-row["customers"], row["value"]))
    few = [row for row in counts if row["ends"] < LEAST_EVENTS_OF_A_LEVEL]
    if len(few) == len(counts):
        return {row["value"]: OTHER for row in counts}
    levels = {row["value"]: OTHER if row in few else row["value"] for row in counts}
    if sum(row["ends"] for row in few) >= LEAST_EVENTS_OF_A_LEVEL:
        return levels
    most = next(level for level in levels.values() if level != OTHER)
    return {value: most if level == OTHER else level for value, level in levels.items()}


def _places(levels: dict[str, str]) -> dict[str, int]:
    return {level: place for place, level in enumerate(dict.fromkeys(levels.values()))}


def pattern_count(levels: Levels) -> int:
    """Return the number of possible combinations of control levels."""
    return math.prod(len(_places(values)) for values in levels.values())


def pattern_of(levels: Levels) -> exp.Expression:
    """Return the SQL that numbers a customer's combination of control levels.

    The number is one of mixed radix: with 2 segments and 3 regions it is 3 x segment + region.
    """
    code: exp.Expression = exp.Literal.number(0)
    for control, values in levels.items():
        place = _places(values)
        chosen = exp.Case(this=_value_of(control))
        for value, level in values.items():
            chosen = chosen.when(exp.Literal.string(value), exp.Literal.number(place[level]))
        chosen = chosen.else_(exp.Literal.number(0))
        code = exp.Add(
            this=exp.Mul(this=exp.paren(code), expression=exp.Literal.number(len(place))),
            expression=exp.paren(chosen),
        )
    return code


def control_factors(levels: Levels, pattern: np.ndarray) -> dict[str, Factor]:
    """Return the level of each control from the numbers of :func:`pattern_of`."""
    # The last control is the lowest digit of the mixed-radix number, so it comes off first.
    factors = {}
    for control, values in reversed(levels.items()):
        names = tuple(_places(values))
        pattern, place = np.divmod(pattern, len(names))
        factors[control] = Factor(place, names)
    return dict(reversed(factors.items()))
