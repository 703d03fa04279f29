"""The panel: a dataset's customer-months as cells, counted once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

from cxlib.dataset.dataset import Dataset
from cxlib.panel.calendar import LEAST_ENDS_OF_A_PERIOD
from cxlib.panel.counts import Sums, count_months
from cxlib.panel.design import UNKNOWN_USAGE, Design, design_of, usage_names
from cxlib.panel.grid import Grid, most_periods
from cxlib.panel.patterns import Query, control_factors
from cxlib.stats.hazard import Cells, CustomerSums, Factor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "count_panel", "panel_of"]

MOST_ENDS_LOST = 0.05
MATRICES = ("events_events", "months_events", "months_months")


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of a dataset's customer-months, enough for every model of the chapter.

    Attributes
    ----------
    factors : dict of str to Factor
        One entry per cell: ``tenure`` (band), ``usage`` (level, where there is usage), ``exposure``
        (0, 1, 2+), ``period`` (of the calendar), and one per control; the reference level first.
    months : ndarray of float
        Months at risk of a voluntary end (months with an involuntary end are not).
    voluntary, involuntary : ndarray of float
        Months that ended so.
    sums, involuntary_sums : CustomerSums
        For the clustered variance of the two hazards.
    moves : ndarray, shape (2, levels, levels)
        Customer-months by experience (0/1), usage level, and usage level of the month after; unknown
        usage is the last level where `unknown_level` says so.
    active : ndarray
        Active customers at the window's end, by place of pattern, usage level (unknown the last one) and
        tenure; zero for those who are not in the models.
    unknown_level : bool
        Whether unknown usage is a level of its own, in the models and among the active customers; else
        months without known usage are left out.
    left_out, left_out_ends : int
        Customer-months at risk without known usage in the month before, and voluntary ends in them.
    stopped : tuple of int
        Of these, months and ends of customers whose usage was known in an earlier month.
    unplaced : int
        Active customers without known usage in the last month, not in ``active``.
    grid : Grid
    """

    factors: dict[str, Factor]
    months: np.ndarray
    voluntary: np.ndarray
    involuntary: np.ndarray
    sums: CustomerSums
    involuntary_sums: CustomerSums
    moves: np.ndarray
    active: np.ndarray
    unknown_level: bool
    left_out: int
    left_out_ends: int
    stopped: tuple[int, int]
    unplaced: int
    grid: Grid

    @property
    def design(self) -> Design:
        """What was counted."""
        return self.grid.design

    @property
    def usage_levels(self) -> list[str]:
        """Names of the usage levels of the models, in order."""
        return usage_names(self.design.levels) + ([UNKNOWN_USAGE] if self.unknown_level else [])

    @property
    def months_lost(self) -> float:
        """Share (0-1) of the customer-months at risk that have no known usage in the month before."""
        known = self.months.sum() + self.involuntary.sum() - self.unknown_level * self.left_out
        return self.left_out / max(self.left_out + known, 1)

    @property
    def ends_lost(self) -> float:
        """Share (0-1) of the voluntary ends whose month has no known usage in the month before."""
        known = self.voluntary.sum() - self.unknown_level * self.left_out_ends
        return self.left_out_ends / max(self.left_out_ends + known, 1)

    @property
    def periods_cut(self) -> bool:
        """Whether the combinations of controls leave room for fewer calendar periods than ends would make."""
        most = most_periods(self.design, self.grid.levels)
        months = self.design.last - self.design.first + 1
        enough = self.voluntary.sum() >= (most + 1) * LEAST_ENDS_OF_A_PERIOD
        return bool(enough) and len(self.grid.periods) == most < months

    @property
    def months_without_usage(self) -> int:
        """Months of the window that no model looks at: nobody's usage of the month before is known."""
        window = range(self.design.first + 1, self.design.last + 1)
        return sum(not self.grid.looked_at(month) for month in window)

    def cells(self, outcome: str = "voluntary") -> Cells:
        """Return the cells for one kind of end, ``voluntary`` or ``involuntary``."""
        if outcome == "voluntary":
            return Cells(self.factors, self.months, self.voluntary, self.sums)
        at_risk = self.months + self.involuntary
        return Cells(self.factors, at_risk, self.involuntary, self.involuntary_sums)

    @cached_property
    def population(self) -> pd.DataFrame:
        """Return active customers at the window's end, one row per group.

        Columns: ``usage`` (place in `usage_levels`), ``tenure_months`` (capped at the last band), the
        controls, ``customers``.
        """
        import pandas as pd

        groups = np.flatnonzero(self.active)
        code, tenure = np.divmod(groups, self.design.tenure_bands[-1] + 1)
        pattern, usage = np.divmod(code, self.design.usage_places)
        factors = control_factors(self.grid.levels, pattern)
        controls = {name: factor.values for name, factor in factors.items()}
        counted = {"usage": usage, "tenure_months": tenure, **controls, "customers": self.active[groups]}
        return pd.DataFrame(counted)


def count_panel(query: Query, design: Design) -> Panel:
    """Count the panel through an engine; see :func:`cxlib.panel.counts.count_months`."""
    return _panel(*count_months(query, design))


def panel_of(data: Dataset) -> Panel:
    """Return the panel of a dataset, counted once and kept beside it."""
    design = design_of(data)
    table = data.remember(
        "churn.panel", lambda: _to_arrow(*count_months(data.arrow, design)), design=repr(design)
    )
    return _panel(*_from_arrow(table, design))


def _panel(grid: Grid, total: Sums) -> Panel:
    months, left, lost, moves, population, stopped = total.vectors
    cells = np.flatnonzero(months + lost)
    unknown = grid.unknown(cells)
    ends = left[cells]
    kept = bool(ends[unknown].sum() > MOST_ENDS_LOST * ends.sum())
    used = cells if kept else cells[~unknown]
    active, unplaced = _placed(grid, population, kept)
    levels = grid.design.levels + kept
    return Panel(
        factors=grid.factors(used),
        months=months[used],
        voluntary=left[used],
        involuntary=lost[used],
        sums=total.voluntary.at(used),
        involuntary_sums=total.involuntary.at(used),
        moves=moves[:, :levels, :levels],
        active=active,
        unknown_level=kept,
        left_out=int((months + lost)[cells[unknown]].sum()),
        left_out_ends=int(ends[unknown].sum()),
        stopped=(int(stopped[0]), int(stopped[1])),
        unplaced=unplaced,
        grid=grid,
    )


def _placed(grid: Grid, population: np.ndarray, unknown_level: bool) -> tuple[np.ndarray, int]:
    """Return the active customers of the models, and how many others there are."""
    design = grid.design
    if design.usage_column is None:
        return population, 0
    by_level = population.reshape(-1, design.usage_places, design.tenure_bands[-1] + 1).copy()
    # In a month without anybody's usage an unknown one says nothing.
    if unknown_level and grid.looked_at(design.last + 1):
        return population, 0
    unplaced = int(by_level[:, -1].sum())
    by_level[:, -1] = 0
    return by_level.ravel(), unplaced


def _to_arrow(grid: Grid, total: Sums) -> pa.Table:
    """Return all sums as one long table: what, place, second place, value."""
    pieces = [
        (f"vector {i}", np.arange(v.size), v.ravel() * 0, v.ravel()) for i, v in enumerate(total.vectors)
    ]
    pieces = [(what, i[v != 0], j[v != 0], v[v != 0]) for what, i, j, v in pieces]
    for kind in ("voluntary", "involuntary"):
        sums = getattr(total, kind)
        for name in MATRICES:
            matrix = getattr(sums, name).tocoo()
            pieces.append((f"{kind} {name}", matrix.row, matrix.col, matrix.data))
        pieces.append((f"{kind} customers", np.zeros(1), np.zeros(1), np.array([sums.customers])))
    what = np.repeat([piece[0] for piece in pieces], [len(piece[3]) for piece in pieces])
    i, j, value = (np.concatenate([np.asarray(piece[k], dtype=float) for piece in pieces]) for k in (1, 2, 3))
    table = pa.table(
        {
            "what": pa.array(what).dictionary_encode(),
            "i": i.astype(np.int64),
            "j": j.astype(np.int64),
            "value": value,
        }
    )
    parts = {"levels": grid.levels, "periods": grid.periods, "usage_months": grid.usage_months}
    return table.replace_schema_metadata({"grid": json.dumps(parts)})


def _from_arrow(table: pa.Table, design: Design) -> tuple[Grid, Sums]:
    parts = json.loads(table.schema.metadata[b"grid"])
    grid = Grid(design, parts["levels"], tuple(parts["periods"]), tuple(parts["usage_months"]))
    shapes = grid.shapes
    frame = {what: part for what, part in table.to_pandas().groupby("what", observed=True)}
    none = table.slice(0, 0).to_pandas()
    vectors = []
    for number, shape in enumerate(shapes):
        part = frame.get(f"vector {number}", none)
        vector = np.zeros(int(np.prod(shape)))
        vector[part["i"]] = part["value"]
        vectors.append(vector.reshape(shape))
    sums = []
    for kind in ("voluntary", "involuntary"):
        parts = [frame.get(f"{kind} {name}", none) for name in MATRICES]
        matrices = [
            sparse.csr_array((part["value"], (part["i"], part["j"])), shape=shapes[0] * 2) for part in parts
        ]
        sums.append(CustomerSums(*matrices, int(frame[f"{kind} customers"]["value"].iloc[0])))
    return grid, Sums(vectors, *sums)
