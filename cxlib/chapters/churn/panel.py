"""The panel of chapter 12: a dataset's customer-months as cells, counted once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse

from cxlib.chapters.churn.counts import Sums, count_months, vector_shapes
from cxlib.chapters.churn.design import EXPOSURES, Design, band_names, design_of, usage_names
from cxlib.chapters.churn.patterns import Levels, Query, control_factors
from cxlib.dataset.dataset import Dataset
from cxlib.stats.hazard import Cells, CustomerSums, Factor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "count_panel", "panel_of"]

MATRICES = ("events_events", "months_events", "months_months")


@dataclass(frozen=True, eq=False)
class Panel:
    """Counts of a dataset's customer-months, enough for every model of the chapter.

    Attributes
    ----------
    factors : dict of str to Factor
        One entry per cell: ``tenure`` (band), ``usage`` (level, where there is usage), ``exposure``
        (0, 1, 2+), and one per control; the reference level first.
    months : ndarray of float
        Months at risk of a voluntary end (months with an involuntary end are not).
    voluntary, involuntary : ndarray of float
        Months that ended so.
    sums, involuntary_sums : CustomerSums
        For the clustered variance of the two hazards.
    moves : ndarray, shape (2, levels, levels)
        Customer-months by experience (0/1), usage level, and usage level of the month after.
    active : ndarray
        Active customers at the window's end, by place of pattern, usage level and tenure.
    levels : dict
        Per control: value in the data -> level of the model.
    left_out : int
        Customer-months without known usage in the month before, not counted anywhere.
    unplaced : int
        Active customers without known usage in the last month, not in ``active``.
    design : Design
    """

    factors: dict[str, Factor]
    months: np.ndarray
    voluntary: np.ndarray
    involuntary: np.ndarray
    sums: CustomerSums
    involuntary_sums: CustomerSums
    moves: np.ndarray
    active: np.ndarray
    levels: Levels
    left_out: int
    unplaced: int
    design: Design

    def cells(self, outcome: str = "voluntary") -> Cells:
        """Return the cells for one kind of end, ``voluntary`` or ``involuntary``."""
        if outcome == "voluntary":
            return Cells(self.factors, self.months, self.voluntary, self.sums)
        at_risk = self.months + self.involuntary
        return Cells(self.factors, at_risk, self.involuntary, self.involuntary_sums)

    @cached_property
    def population(self) -> pd.DataFrame:
        """Return active customers at the window's end, one row per group.

        Columns: ``usage`` (level number), ``tenure_months`` (capped at the last band), the controls,
        ``customers``.
        """
        import pandas as pd

        groups = np.flatnonzero(self.active)
        code, tenure = np.divmod(groups, self.design.tenure_bands[-1] + 1)
        pattern, usage = np.divmod(code, self.design.levels)
        controls = {name: factor.values for name, factor in control_factors(self.levels, pattern).items()}
        counted = {"usage": usage, "tenure_months": tenure, **controls, "customers": self.active[groups]}
        return pd.DataFrame(counted)


def count_panel(query: Query, design: Design) -> Panel:
    """Count the panel through an engine; see :func:`cxlib.chapters.churn.counts.count_months`."""
    return _panel(design, *count_months(query, design))


def panel_of(data: Dataset) -> Panel:
    """Return the panel of a dataset, counted once and kept beside it."""
    design = design_of(data)
    table = data.remember(
        "churn.panel", lambda: _to_arrow(*count_months(data.arrow, design)), design=repr(design)
    )
    return _panel(design, *_from_arrow(table, design))


def _panel(design: Design, levels: Levels, total: Sums) -> Panel:
    months, left, lost, moves, population, missing = total.vectors
    used = np.flatnonzero(months + lost)
    return Panel(
        factors=_factors(design, levels, used),
        months=months[used],
        voluntary=left[used],
        involuntary=lost[used],
        sums=total.voluntary.at(used),
        involuntary_sums=total.involuntary.at(used),
        moves=moves,
        active=population,
        levels=levels,
        left_out=int(missing[0]),
        unplaced=int(missing[1]),
        design=design,
    )


def _factors(design: Design, levels: Levels, cells: np.ndarray) -> dict[str, Factor]:
    code, exposure = np.divmod(cells, len(EXPOSURES))
    code, usage = np.divmod(code, design.levels)
    pattern, band = np.divmod(code, len(design.tenure_bands))
    factors = {"tenure": Factor(band, tuple(band_names(design.tenure_bands)))}
    if design.usage_column is not None:
        factors["usage"] = Factor(usage, tuple(usage_names(design.levels)))
    factors["exposure"] = Factor(exposure, EXPOSURES)
    return factors | control_factors(levels, pattern)


def _to_arrow(levels: Levels, total: Sums) -> pa.Table:
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
    return table.replace_schema_metadata({"levels": json.dumps(levels)})


def _from_arrow(table: pa.Table, design: Design) -> tuple[Levels, Sums]:
    levels = json.loads(table.schema.metadata[b"levels"])
    shapes = vector_shapes(design, levels)
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
    return levels, Sums(vectors, *sums)
