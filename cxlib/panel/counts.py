"""Customers' histories as bits, and what they add up to in each cell of the hazard models.

The engine makes one row per customer: start, end, fixed attributes, and integers whose bit j says
what was true in month j of a block of months (an experience was recorded; usage was at least at a
level). Exposure and risk sets are bit operations on whole columns, counts are taken month by month. A
block holds 62 months, the months before it that the exposure looks back to included; longer windows
take several blocks, larger companies several buckets of customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import sqlglot
from scipy import sparse
from sqlglot import expressions as exp

from cxlib.contract.queries import read_sql
from cxlib.errors import ModelError
from cxlib.language import Message, count, listing, say
from cxlib.panel.calendar import calendar_periods
from cxlib.panel.design import EXPOSURES, NEVER, Design
from cxlib.panel.grid import Grid, cells_of_a_period, most_periods
from cxlib.panel.masks import exposure_masks, stretch
from cxlib.panel.patterns import Levels, Query, control_levels, pattern_of
from cxlib.stats.hazard import CustomerSums

__all__ = ["Sums", "count_months"]

MOST_CELLS = 200_000
VOLUNTARY, INVOLUNTARY = 1, 2


@dataclass(eq=False)
class Sums:
    """What customers add up to; the sums of two buckets can be added.

    Attributes
    ----------
    vectors : list of ndarray
        Months at risk, voluntary and involuntary ends by cell; moves of usage; active customers by
        pattern, usage level and tenure; months at risk and voluntary ends of customers whose usage was
        known in an earlier month, but not in the month before.
    voluntary, involuntary : CustomerSums
        For the clustered variance of the two hazards.
    """

    vectors: list[np.ndarray]
    voluntary: CustomerSums
    involuntary: CustomerSums

    def __add__(self, other: Sums) -> Sums:
        vectors = [a + b for a, b in zip(self.vectors, other.vectors, strict=True)]
        return Sums(vectors, self.voluntary + other.voluntary, self.involuntary + other.involuntary)


def count_months(query: Query, design: Design) -> tuple[Grid, Sums]:
    """Count the customer-months of a dataset into cells, bucket by bucket.

    Parameters
    ----------
    query : callable
        Runs one SELECT of the canonical tables with ``$name`` parameters, returns an Arrow table
        (``Dataset.arrow``).
    design : Design

    Returns
    -------
    grid : Grid
        What the cells are.
    sums : Sums

    Raises
    ------
    ModelError
        If there are no customers, or more than 200,000 possible cells in one calendar period.
    """
    grid = _grid(query, design)
    customers = query(read_sql(__package__, "size")).column(0)[0].as_py()
    if not customers:
        raise ModelError(say("There are no customers to count."))
    total = None
    for low in range(0, customers, design.bucket):
        counts = _Counts(grid)
        for block in design.blocks:
            counts.add_block(_histories(query, design, pattern_of(grid.levels), low, block))
        part = _added(counts)
        total = part if total is None else total + part
    return grid, total


def _grid(query: Query, design: Design) -> Grid:
    levels = control_levels(query, design)
    size = cells_of_a_period(design, levels)
    if size > MOST_CELLS:
        raise ModelError(_too_many(size, levels))
    # Sums of products over customers grow with the square of the cells that a customer comes through, so
    # many patterns go with longer periods.
    periods = calendar_periods(query, design, most=most_periods(design, levels))
    used = ()
    if design.usage_column is not None:
        months = query(
            _with_usage(_select("usage_months"), design).sql("duckdb"), first=design.first, last=design.last
        )
        used = tuple(_column(months, "month_no").tolist())
    return Grid(design, levels, periods, used)


def _too_many(size: int, levels: Levels) -> Message:
    sizes = {name: len(set(values.values())) for name, values in levels.items()}
    if max(sizes.values(), default=1) == 1:
        return say(
            "Too many bands of tenure and levels of usage: together they make {cells} covariate patterns; "
            "set fewer.",
            cells=count(size),
        )
    return say(
        "Too many covariate patterns with the controls {controls}; leave out “{most}”.",
        controls=listing(sizes),
        most=max(sizes, key=sizes.get),
    )


@dataclass(frozen=True, eq=False)
class _Histories:
    """Customers of one bucket in one block of months, as columns."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    ending: np.ndarray
    pattern: np.ndarray
    experiences: np.ndarray
    usage: list[np.ndarray]
    origin: int
    first: int
    last: int

    def months(self, months: Iterable[int]) -> np.uint64:
        """Return an integer with the bits of some months set, those outside the block left out."""
        places = [month - self.origin for month in months if self.origin <= month <= self.last]
        return np.bitwise_or.reduce(np.uint64(1) << np.array(places, dtype=np.uint64), initial=np.uint64(0))


def _select(name: str) -> exp.Select:
    return sqlglot.parse_one(read_sql(__package__, name), read="duckdb")


def _histories(
    query: Query, design: Design, pattern: exp.Expression, low: int, block: tuple[int, int, int]
) -> _Histories:
    origin, first, last = block
    customers = {"low": low, "high": low + design.bucket}
    people_sql = _select("people").select(pattern.as_("pattern")).sql("duckdb")
    people = query(people_sql, **customers, first=first, last=last, never=NEVER)
    rows = _column(people, "customer_no") - low
    months = {"origin": origin, "last": last}
    experiences = query(read_sql(__package__, "experiences"), **customers, **months)
    return _Histories(
        row=rows,
        start=_column(people, "start_no"),
        end=_column(people, "end_no"),
        ending=_column(people, "ending"),
        pattern=_column(people, "pattern"),
        experiences=_masks(experiences, "months", low, rows),
        usage=_usage_masks(query, design, customers | months, rows),
        origin=origin,
        first=first,
        last=last,
    )


def _usage_masks(query: Query, design: Design, bounds: dict[str, int], rows: np.ndarray) -> list[np.ndarray]:
    if design.usage_column is None:
        return [np.full(len(rows), ~np.uint64(0))]
    used = query(_usage_query(design).sql("duckdb"), **bounds)
    at_least = [_masks(used, f"usage_{level}", bounds["low"], rows) for level in range(design.levels)]
    return [mask & ~more for mask, more in zip(at_least, at_least[1:], strict=False)] + at_least[-1:]


def _usage_query(design: Design) -> exp.Select:
    query = _select("usage")
    for place, edge in enumerate(design.usage_edges, start=1):
        bit = sqlglot.parse_one(
            "bit_or(CASE WHEN usage_value >= :edge THEN CAST(1 AS BIGINT) << (month_no - $origin) "
            "ELSE CAST(0 AS BIGINT) END)",
            read="duckdb",
        )
        bit = exp.replace_placeholders(bit, edge=exp.Literal.number(edge))
        query = query.select(bit.as_(f"usage_{place}"))
    return _with_usage(query, design)


def _with_usage(query: exp.Select, design: Design) -> exp.Select:
    """Return a query of the usage with the name of its column in the data."""
    column = exp.column(design.usage_column, quoted=True)
    return query.transform(
        lambda node: column.copy() if isinstance(node, exp.Column) and node.name == "usage_value" else node
    )


def _column(table: pa.Table, name: str) -> np.ndarray:
    # Arrow's own to_numpy would import pandas, which nothing here needs.
    chunks = [np.from_dlpack(chunk) for chunk in table.column(name).chunks]
    return np.concatenate([np.zeros(0, dtype=np.int64), *chunks])


def _masks(table: pa.Table, name: str, low: int, rows: np.ndarray) -> np.ndarray:
    """Return one mask per customer of the bucket, zero where the table has no row."""
    size = int(rows.max()) + 1 if len(rows) else 0
    masks = np.zeros(size, dtype=np.uint64)
    places = _column(table, "customer_no") - low
    inside = places < size
    masks[places[inside]] = _column(table, name)[inside].astype(np.uint64)
    return masks[rows]


@dataclass
class _Counts:
    """What one bucket adds up to: customer and cell of every month, and small tables."""

    grid: Grid
    months: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    voluntary: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    involuntary: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.design = self.grid.design
        self.moves, self.population, self.stopped = (np.zeros(shape) for shape in self.grid.shapes[3:])

    def add_block(self, block: _Histories) -> None:
        """Count one block of months."""
        self._add_months(block)
        if self.design.usage_column is not None:
            self._add_moves(block)
        if block.last == self.design.last:
            self._add_population(block)

    def _add_months(self, block: _Histories) -> None:
        at_risk = self._at_risk(block)
        one, two = exposure_masks(block.experiences, window=self.design.window, lag=self.design.lag)
        for month in range(block.first, block.last + 1):
            place = np.uint64(month - block.origin)
            here = np.flatnonzero((at_risk >> place) & np.uint64(1))
            exposure = ((one[here] >> place) & np.uint64(1)) + ((two[here] >> place) & np.uint64(1))
            level = self._level(block, here, place - np.uint64(1))
            self._add_month(block, month, here, level, exposure.astype(np.int64))

    def _at_risk(self, block: _Histories) -> np.ndarray:
        design = self.design
        known_from = np.where(block.start >= design.first, 0, design.first + design.reach)
        lower = np.maximum(np.maximum(block.start + 1, known_from), block.first)
        upper = np.minimum(block.end, block.last)
        looked_at = filter(self.grid.looked_at, range(block.first, block.last + 1))
        return stretch(lower - block.origin, upper - block.origin) & block.months(looked_at)

    def _level(self, block: _Histories, here: np.ndarray, place: np.uint64) -> np.ndarray:
        """Return the usage level of some customers in a month, the last one where it is unknown."""
        level = np.full(len(here), self.design.usage_places - 1)
        for number, used in enumerate(block.usage):
            level[((used[here] >> place) & np.uint64(1)).astype(bool)] = number
        return level

    def _add_month(
        self, block: _Histories, month: int, here: np.ndarray, level: np.ndarray, exposure: np.ndarray
    ) -> None:
        design, grid = self.design, self.grid
        band = np.searchsorted(design.tenure_bands, month - block.start[here], side="right") - 1
        # A cell's number is of mixed radix: pattern, tenure band, usage level, exposure, calendar period.
        cell = (block.pattern[here] * len(design.tenure_bands) + band) * design.usage_places + level
        cell = (cell * len(EXPOSURES) + exposure) * len(grid.periods) + grid.period(month)
        ending = np.where(block.end[here] == month, block.ending[here], 0)
        for kept, chosen in (
            (self.months, ending != INVOLUNTARY),
            (self.voluntary, ending == VOLUNTARY),
            (self.involuntary, ending == INVOLUNTARY),
        ):
            kept.append((block.row[here[chosen]].astype(np.int32), cell[chosen].astype(np.int32)))
        if design.usage_column is not None:
            before = np.uint64((1 << (month - 1 - block.origin)) - 1)
            stopped = (level == design.levels) & ((np.bitwise_or.reduce(block.usage)[here] & before) != 0)
            self.stopped += [
                (stopped & (ending != INVOLUNTARY)).sum(),
                (stopped & (ending == VOLUNTARY)).sum(),
            ]

    def _add_moves(self, block: _Histories) -> None:
        first = max(block.first - 1, self.design.first) - block.origin
        months = stretch(np.array([first]), np.array([block.last - 1 - block.origin]))
        there = stretch(block.start - block.origin, np.minimum(block.end - 1, block.last) - block.origin)
        unknown = there & block.months(self.grid.usage_months) & ~np.bitwise_or.reduce(block.usage)
        for level, before in enumerate([*block.usage, unknown]):
            for then, after in enumerate([*block.usage, unknown]):
                moved = before & (after >> np.uint64(1)) & months
                exposed = int(np.bitwise_count(moved & block.experiences).sum())
                self.moves[1, level, then] += exposed
                self.moves[0, level, then] += int(np.bitwise_count(moved).sum()) - exposed

    def _add_population(self, block: _Histories) -> None:
        active = np.flatnonzero(block.end > block.last)
        most = self.design.tenure_bands[-1]
        tenure = np.minimum(block.last - block.start[active], most)
        level = self._level(block, active, np.uint64(block.last - block.origin))
        code = (block.pattern[active] * self.design.usage_places + level) * (most + 1) + tenure
        self.population += np.bincount(code, minlength=self.population.size)

    def matrix(self, pieces: list[tuple[np.ndarray, np.ndarray]]) -> sparse.csr_array:
        """Return customer x cell counts."""
        rows, cells = (np.concatenate(part) for part in zip(*pieces, strict=True))
        shape = (self.design.bucket, self.grid.size)
        return sparse.csr_array((np.ones(len(rows)), (rows, cells)), shape=shape)


def _added(counts: _Counts) -> Sums:
    months, left, lost = map(counts.matrix, (counts.months, counts.voluntary, counts.involuntary))
    vectors = [np.asarray(m.sum(axis=0), dtype=float) for m in (months, left, lost)]
    vectors += [counts.moves, counts.population, counts.stopped]
    voluntary = CustomerSums.of(months, left)
    return Sums(vectors, voluntary, _sums_before_losses(months, lost, voluntary))


def _sums_before_losses(
    months: sparse.csr_array, lost: sparse.csr_array, voluntary: CustomerSums
) -> CustomerSums:
    """Return the sums of the involuntary hazard: its months include those that ended so.

    With N the customer x cell months without these and L the losses, its months are N + L, so
    (N + L)'(N + L) = N'N + N'L + (N'L)' + L'L: nothing has to be counted a second time.
    """
    cross = sparse.csr_array(months.T @ lost)
    own = sparse.csr_array(lost.T @ lost)
    only_lost = (np.diff(lost.indptr) > 0) & (np.diff(months.indptr) == 0)
    return CustomerSums(
        own,
        cross + own,
        voluntary.months_months + cross + cross.T + own,
        voluntary.customers + int(only_lost.sum()),
    )
