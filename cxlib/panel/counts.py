"""Customers' histories as bits, and what they add up to in each cell of the hazard models.

The engine makes one row per customer: start, end, fixed attributes, and integers whose bit j says
what was true in month j of a block of months (an experience was recorded; usage was at least at a
level). Exposure, risk sets and counts are bit operations on whole columns. A block holds 62 months,
the months before it that the exposure looks back to included; longer windows take several blocks,
larger companies several buckets of customers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import sqlglot
from scipy import sparse
from sqlglot import expressions as exp

from cxlib.contract.queries import read_sql
from cxlib.errors import ModelError
from cxlib.language import listing, say
from cxlib.panel.design import EXPOSURES, NEVER, Design
from cxlib.panel.masks import exposure_masks, one_month, stretch
from cxlib.panel.patterns import Levels, Query, control_levels, pattern_count, pattern_of
from cxlib.stats.hazard import CustomerSums

__all__ = ["Sums", "count_months", "vector_shapes"]

MOST_CELLS = 200_000
VOLUNTARY, INVOLUNTARY = 1, 2


@dataclass(eq=False)
class Sums:
    """What customers add up to; the sums of two buckets can be added.

    Attributes
    ----------
    vectors : list of ndarray
        Months at risk, voluntary and involuntary ends by cell; moves of usage; active customers by
        pattern, usage level and tenure; months and active customers without known usage.
    voluntary, involuntary : CustomerSums
        For the clustered variance of the two hazards.
    """

    vectors: list[np.ndarray]
    voluntary: CustomerSums
    involuntary: CustomerSums

    def __add__(self, other: Sums) -> Sums:
        vectors = [a + b for a, b in zip(self.vectors, other.vectors, strict=True)]
        return Sums(vectors, self.voluntary + other.voluntary, self.involuntary + other.involuntary)


def count_months(query: Query, design: Design) -> tuple[Levels, Sums]:
    """Count the customer-months of a dataset into cells, bucket by bucket.

    Parameters
    ----------
    query : callable
        Runs one SELECT of the canonical tables with ``$name`` parameters, returns an Arrow table
        (``Dataset.arrow``).
    design : Design

    Returns
    -------
    levels : dict
        Per control: value in the data -> level of the model.
    sums : Sums

    Raises
    ------
    ModelError
        If there are no customers, or more than 200,000 possible cells.
    """
    levels = control_levels(query, design)
    if vector_shapes(design, levels)[0][0] > MOST_CELLS:
        sizes = {name: len(set(values.values())) for name, values in levels.items()}
        most = max(sizes, key=sizes.get)
        raise ModelError(
            say(
                "Too many covariate patterns with the controls {controls}; leave out “{most}”.",
                controls=listing(sizes),
                most=most,
            )
        )
    customers = query(read_sql(__package__, "size")).column(0)[0].as_py()
    if not customers:
        raise ModelError(say("There are no customers to count."))
    total = None
    for low in range(0, customers, design.bucket):
        counts = _Counts(design, levels)
        for block in design.blocks:
            counts.add_block(_histories(query, design, pattern_of(levels), low, block))
        part = _added(counts)
        total = part if total is None else total + part
    return levels, total


def vector_shapes(design: Design, levels: Levels) -> list[tuple[int, ...]]:
    """Return the shapes of the vectors of :class:`Sums`; the first three have one entry per cell."""
    patterns = pattern_count(levels)
    cells = patterns * len(design.tenure_bands) * design.levels * len(EXPOSURES)
    active = patterns * design.levels * (design.tenure_bands[-1] + 1)
    return [(cells,)] * 3 + [(2, design.levels, design.levels), (active,), (2,)]


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
    """What one bucket adds up: places of the non-zero customer x cell counts, and small tables."""

    design: Design
    levels: Levels
    months: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    voluntary: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    involuntary: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    left_out: int = 0
    unplaced: int = 0

    def __post_init__(self) -> None:
        shapes = vector_shapes(self.design, self.levels)
        self.size = shapes[0][0]
        self.moves, self.population = np.zeros(shapes[3]), np.zeros(shapes[4])

    def add_block(self, block: _Histories) -> None:
        """Count one block of months."""
        self._add_months(block)
        if self.design.usage_column is not None:
            self._add_moves(block)
        if block.last == self.design.last:
            self._add_population(block)

    def _add_months(self, block: _Histories) -> None:
        design = self.design
        known_from = np.where(block.start >= design.first, 0, design.first + design.reach)
        lower = np.maximum(np.maximum(block.start + 1, known_from), block.first)
        upper = np.minimum(block.end, block.last)
        at_risk = stretch(lower - block.origin, upper - block.origin)
        ended = (block.end <= block.last) & (block.end >= lower)
        end = one_month(block.end - block.origin, ended)
        known = np.zeros_like(at_risk)
        for level, before in enumerate(block.usage):
            before = before << np.uint64(1) if design.usage_column is not None else before
            known |= before
            self._add_level(block, at_risk & before, end, level)
        self.left_out += int(np.bitwise_count(at_risk & ~known).sum())

    def _add_level(self, block: _Histories, at_risk: np.ndarray, end: np.ndarray, level: int) -> None:
        one, two = exposure_masks(block.experiences, window=self.design.window, lag=self.design.lag)
        edges = (*self.design.tenure_bands, NEVER)
        for band in range(len(edges) - 1):
            start = block.start - block.origin
            in_band = at_risk & stretch(start + edges[band], start + edges[band + 1] - 1)
            some = np.flatnonzero(in_band)
            for exposure, exposed in enumerate((~one[some], one[some] & ~two[some], two[some])):
                place = (band * self.design.levels + level) * len(EXPOSURES) + exposure
                self._add_cell(block, some, in_band[some] & exposed, end[some], place)

    def _add_cell(
        self, block: _Histories, some: np.ndarray, months: np.ndarray, end: np.ndarray, place: int
    ) -> None:
        dynamic = self.size // pattern_count(self.levels)
        # A cell's number is of mixed radix: pattern, tenure band, usage level, exposure, the lowest digit.
        cell = block.pattern[some] * dynamic + place
        last = (months & end) != 0
        left = last & (block.ending[some] == VOLUNTARY)
        lost = last & (block.ending[some] == INVOLUNTARY)
        counts = np.bitwise_count(months).astype(np.int32) - lost
        for kept, chosen, values in (
            (self.months, counts > 0, counts),
            (self.voluntary, left, left),
            (self.involuntary, lost, lost),
        ):
            kept.append((block.row[some[chosen]], cell[chosen], values[chosen]))

    def _add_moves(self, block: _Histories) -> None:
        first = max(block.first - 1, self.design.first) - block.origin
        months = stretch(np.array([first]), np.array([block.last - 1 - block.origin]))
        for level, before in enumerate(block.usage):
            for then, after in enumerate(block.usage):
                moved = before & (after >> np.uint64(1)) & months
                exposed = int(np.bitwise_count(moved & block.experiences).sum())
                self.moves[1, level, then] += exposed
                self.moves[0, level, then] += int(np.bitwise_count(moved).sum()) - exposed

    def _add_population(self, block: _Histories) -> None:
        active = block.end > block.last
        most = self.design.tenure_bands[-1]
        tenure = np.minimum(block.last - block.start, most)
        now = np.uint64(block.last - block.origin)
        placed = np.zeros(len(active), dtype=bool)
        for level, used in enumerate(block.usage):
            there = active & ((used >> now) & np.uint64(1)).astype(bool)
            placed |= there
            code = (block.pattern[there] * self.design.levels + level) * (most + 1) + tenure[there]
            self.population += np.bincount(code, minlength=self.population.size)
        self.unplaced += int((active & ~placed).sum())

    def matrix(self, pieces: list[tuple[np.ndarray, ...]], customers: int) -> sparse.csr_array:
        """Return customer x cell counts."""
        rows, cells, values = (np.concatenate(part) for part in zip(*pieces, strict=True))
        return sparse.csr_array((values.astype(float), (rows, cells)), shape=(customers, self.size))


def _added(counts: _Counts) -> Sums:
    size = counts.design.bucket
    months = counts.matrix(counts.months, size)
    left = counts.matrix(counts.voluntary, size)
    lost = counts.matrix(counts.involuntary, size)
    vectors = [np.asarray(m.sum(axis=0), dtype=float) for m in (months, left, lost)]
    vectors += [counts.moves, counts.population, np.array([counts.left_out, counts.unplaced])]
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
