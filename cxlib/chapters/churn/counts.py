"""Customers' histories as bits, and from them the cells of the hazard models.

The engine makes one row per customer: start, end, fixed attributes, and integers whose bit j says
what was true in month j of a block of months (an experience was recorded; usage was at least at a
level). Exposure, risk sets and counts are bit operations on whole columns, so no customer-month is
ever a row. A block holds 62 months, the months before it that the exposure looks back to included;
longer windows take several blocks, larger companies several buckets of customers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import sqlglot
from scipy import sparse
from sqlglot import expressions as exp

from cxlib.errors import ModelError
from cxlib.language import listing, say
from cxlib.stats.hazard import Cells, CustomerSums, Factor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPOSURES", "OTHER", "Design", "Panel", "control_levels", "count_panel", "design_of", "panel_of"]

EXPOSURES = ("0", "1", "2+")
OTHER = "other"
UNKNOWN = "unknown"
BITS = 62
NEVER = 10**6
VERSION = 1
LEAST_EVENTS_OF_A_LEVEL = 10
MOST_CELLS = 200_000
CUSTOMERS_PER_BUCKET = 250_000
VOLUNTARY, INVOLUNTARY = 1, 2

Query = Callable[..., pa.Table]


@dataclass(frozen=True)
class Design:
    """What is counted.

    Attributes
    ----------
    first, last : int
        First and last month of the window, as ``month_no``.
    window, lag : int
        Exposure of month t: experience months among t - lag - window + 1 .. t - lag.
    tenure_bands : tuple of int
        First tenure month of each band, the first one 1.
    controls : tuple of str
        Fixed attributes, columns of ``customers``.
    usage_column : str or None
        Column of ``billing``; None: no usage.
    usage_edges : tuple of float
        Usage level = number of edges at or below the value, in the month before.
    bucket : int
        Customers counted at a time; bounds the memory.
    """

    first: int
    last: int
    window: int = 12
    lag: int = 1
    tenure_bands: tuple[int, ...] = (1, 4, 13, 25, 49)
    controls: tuple[str, ...] = ()
    usage_column: str | None = None
    usage_edges: tuple[float, ...] = ()
    bucket: int = CUSTOMERS_PER_BUCKET

    def __post_init__(self) -> None:
        if self.lag < 1 or self.reach > BITS // 2:
            raise ModelError(
                f"Exposure of {self.window} months with a lag of {self.lag} cannot be counted; "
                f"lag at least 1, both together at most {BITS // 2} months."
            )

    @property
    def reach(self) -> int:
        """Months before a month that its exposure looks back to."""
        return self.window + self.lag - 1

    @property
    def levels(self) -> int:
        """Number of usage levels; 1 without usage."""
        return 1 if self.usage_column is None else len(self.usage_edges) + 1

    @property
    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """Yield origin (month of bit 0), first and last month of each block."""
        size = BITS - self.reach
        for first in range(self.first, self.last + 1, size):
            yield first - self.reach, first, min(first + size - 1, self.last)


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
    levels: dict[str, dict[str, str]]
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
        controls = {name: factor.values for name, factor in _control_factors(self.levels, pattern).items()}
        counted = {"usage": usage, "tenure_months": tenure, **controls, "customers": self.active[groups]}
        return pd.DataFrame(counted)


def _sql(name: str) -> exp.Select:
    text = resources.files("cxlib.chapters.churn").joinpath(name).read_text(encoding="utf-8")
    return sqlglot.parse_one(text, read="duckdb")


def control_levels(query: Query, design: Design) -> dict[str, dict[str, str]]:
    """Return per control: value in the data -> level of the model, the most frequent level first.

    Values with fewer than 10 voluntary ends in the window are put together as "other"; if that has
    too few as well, it joins the most frequent level.
    """
    return {name: _merged(_ends_by_value(query, design, name)) for name in design.controls}


def _ends_by_value(query: Query, design: Design, control: str) -> list[dict[str, Any]]:
    people = _sql("people.sql").select(_value_of(control).as_("value"))
    counted = (
        exp.select("value", "count(*) as customers")
        .select(
            exp.func(
                "sum", sqlglot.parse_one("case when ending = 1 and end_no <= $last then 1 else 0 end")
            ).as_("ends")
        )
        .from_(people.subquery("people"))
        .group_by("value")
    )
    bounds = {"first": design.first, "last": design.last, "never": NEVER, "low": 0, "high": 2**40}
    return query(counted.sql("duckdb"), **bounds).to_pylist()


def _value_of(control: str) -> exp.Expression:
    as_text = exp.cast(exp.column(control, quoted=True), "text")
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


def _pattern(levels: dict[str, dict[str, str]]) -> exp.Expression:
    """Return the SQL that numbers a customer's combination of control levels."""
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


def _usage_query(design: Design) -> exp.Select:
    query = _sql("usage.sql")
    for place, edge in enumerate(design.usage_edges, start=1):
        bit = sqlglot.parse_one(
            "bit_or(case when usage_value >= :edge then cast(1 as bigint) << (month_no - $origin) "
            "else cast(0 as bigint) end)",
            read="duckdb",
        )
        bit = exp.replace_placeholders(bit, edge=exp.Literal.number(edge))
        query = query.select(bit.as_(f"usage_{place}"))
    column = exp.column(design.usage_column, quoted=True)
    return query.transform(
        lambda node: column.copy() if isinstance(node, exp.Column) and node.name == "usage_value" else node
    )


def _below(places: np.ndarray) -> np.ndarray:
    """Return integers whose bits under each place (0-63) are set."""
    places = np.clip(places, 0, 63).astype(np.uint64)
    return (np.uint64(1) << places) - np.uint64(1)


def _stretch(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return integers whose bits first..last (inclusive) are set; none where last < first."""
    return _below(last + 1) & ~_below(first)


def _bit(places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    safe = np.clip(places, 0, 63).astype(np.uint64)
    return np.where(wanted, np.uint64(1) << safe, np.uint64(0))


def exposure_masks(months: np.ndarray, *, window: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two masks: months whose exposure is at least one, and at least two.

    Parameters
    ----------
    months : ndarray of uint64
        Bit j is set when an experience was recorded in month j.
    window, lag : int
        Bit j of the results counts the bits j - lag - window + 1 .. j - lag of `months`.
    """
    shifted = months << np.uint64(lag)
    one, two, width = shifted, np.zeros_like(shifted), 1
    for digit in bin(window)[3:]:
        one, two = _joined(one, two, one, two, width)
        width *= 2
        if digit == "1":
            one, two = _joined(one, two, shifted, np.zeros_like(shifted), width)
            width += 1
    return one, two


def _joined(
    one: np.ndarray, two: np.ndarray, older_one: np.ndarray, older_two: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Put an older stretch of months before a newer one of `width` months."""
    older_one, older_two = older_one << np.uint64(width), older_two << np.uint64(width)
    return one | older_one, two | older_two | (one & older_one)


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


@dataclass
class _Counts:
    """What one bucket adds up: places of the non-zero customer x cell counts, and small tables."""

    design: Design
    patterns: int
    months: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    voluntary: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    involuntary: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    left_out: int = 0
    unplaced: int = 0

    def __post_init__(self) -> None:
        design = self.design
        self.moves = np.zeros((2, design.levels, design.levels))
        self.population = np.zeros(self.patterns * design.levels * (design.tenure_bands[-1] + 1))

    @property
    def size(self) -> int:
        """Number of possible cells."""
        return self.patterns * len(self.design.tenure_bands) * self.design.levels * len(EXPOSURES)

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
        at_risk = _stretch(lower - block.origin, upper - block.origin)
        ended = (block.end <= block.last) & (block.end >= lower)
        end = _bit(block.end - block.origin, ended)
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
            in_band = at_risk & _stretch(start + edges[band], start + edges[band + 1] - 1)
            some = np.flatnonzero(in_band)
            for exposure, exposed in enumerate((~one[some], one[some] & ~two[some], two[some])):
                place = (band * self.design.levels + level) * len(EXPOSURES) + exposure
                self._add_cell(block, some, in_band[some] & exposed, end[some], place)

    def _add_cell(
        self, block: _Histories, some: np.ndarray, months: np.ndarray, end: np.ndarray, place: int
    ) -> None:
        dynamic = self.size // self.patterns
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
        months = _stretch(np.array([first]), np.array([block.last - 1 - block.origin]))
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
            here = active & ((used >> now) & np.uint64(1)).astype(bool)
            placed |= here
            code = (block.pattern[here] * self.design.levels + level) * (most + 1) + tenure[here]
            self.population += np.bincount(code, minlength=self.population.size)
        self.unplaced += int((active & ~placed).sum())

    def matrix(self, pieces: list[tuple[np.ndarray, ...]], customers: int) -> sparse.csr_array:
        """Return customer x cell counts."""
        rows, cells, values = (np.concatenate(part) for part in zip(*pieces, strict=True))
        return sparse.csr_array((values.astype(float), (rows, cells)), shape=(customers, self.size))


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


def _histories(
    query: Query, design: Design, pattern: exp.Expression, low: int, block: tuple[int, int, int]
) -> _Histories:
    origin, first, last = block
    customers = {"low": low, "high": low + design.bucket}
    people_sql = _sql("people.sql").select(pattern.as_("pattern")).sql("duckdb")
    people = query(people_sql, **customers, first=first, last=last, never=NEVER)
    rows = _column(people, "customer_no") - low
    months = {"origin": origin, "last": last}
    experiences = query(_sql("experiences.sql").sql("duckdb"), **customers, **months)
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


def count_panel(query: Query, design: Design) -> Panel:
    """Count the customer-months of a dataset into cells, bucket by bucket.

    Parameters
    ----------
    query : callable
        Runs one SELECT of the canonical tables with ``$name`` parameters, returns an Arrow table
        (``Dataset.arrow``).
    design : Design

    Raises
    ------
    ModelError
        If there are no customers, or more than 200,000 covariate patterns.
    """
    return _panel(design, *_counted(query, design))


def _pattern_count(levels: dict[str, dict[str, str]]) -> int:
    return math.prod(len(_places(values)) for values in levels.values())


def _counted(query: Query, design: Design) -> tuple[dict[str, dict[str, str]], _Sums]:
    levels = control_levels(query, design)
    patterns = _pattern_count(levels)
    if patterns * len(design.tenure_bands) * design.levels * len(EXPOSURES) > MOST_CELLS:
        sizes = {name: len(_places(values)) for name, values in levels.items()}
        most = max(sizes, key=sizes.get)
        raise ModelError(
            say(
                "Too many covariate patterns with the controls {controls}; leave out “{most}”.",
                controls=listing(sizes),
                most=most,
            )
        )
    customers = query("select max(customer_no) + 1 as customers from customers").column(0)[0].as_py()
    if not customers:
        raise ModelError(say("There are no customers to count."))
    total = None
    for low in range(0, customers, design.bucket):
        counts = _Counts(design, patterns)
        for block in design.blocks:
            counts.add_block(_histories(query, design, _pattern(levels), low, block))
        part = _added(counts)
        total = part if total is None else total + part
    return levels, total


@dataclass(eq=False)
class _Sums:
    """A bucket's sums, ready to be added to another's."""

    vectors: list[np.ndarray]
    voluntary: CustomerSums
    involuntary: CustomerSums

    def __add__(self, other: _Sums) -> _Sums:
        vectors = [a + b for a, b in zip(self.vectors, other.vectors, strict=True)]
        return _Sums(vectors, self.voluntary + other.voluntary, self.involuntary + other.involuntary)


def _added(counts: _Counts) -> _Sums:
    size = counts.design.bucket
    months = counts.matrix(counts.months, size)
    left = counts.matrix(counts.voluntary, size)
    lost = counts.matrix(counts.involuntary, size)
    vectors = [np.asarray(m.sum(axis=0), dtype=float) for m in (months, left, lost)]
    vectors += [counts.moves, counts.population, np.array([counts.left_out, counts.unplaced])]
    voluntary = CustomerSums.of(months, left)
    return _Sums(vectors, voluntary, _sums_before_losses(months, lost, voluntary))


def _sums_before_losses(
    months: sparse.csr_array, lost: sparse.csr_array, voluntary: CustomerSums
) -> CustomerSums:
    """Return the sums of the involuntary hazard: its months include those that ended so."""
    cross = sparse.csr_array(months.T @ lost)
    own = sparse.csr_array(lost.T @ lost)
    only_lost = (np.diff(lost.indptr) > 0) & (np.diff(months.indptr) == 0)
    return CustomerSums(
        own,
        cross + own,
        voluntary.months_months + cross + cross.T + own,
        voluntary.customers + int(only_lost.sum()),
    )


def _panel(design: Design, levels: dict[str, dict[str, str]], total: _Sums) -> Panel:
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


def panel_of(dataset: Any) -> Panel:
    """Return the panel of a dataset, counted once and kept beside it."""
    design = design_of(dataset)
    table = dataset.remember(
        "churn.panel", lambda: _to_arrow(*_counted(dataset.arrow, design)), design=repr(design)
    )
    return _panel(design, *_from_arrow(table, design))


def design_of(dataset: Any) -> Design:
    """Return what a dataset's definitions and tables allow to count."""
    definitions = dataset.definitions
    usage = definitions.usage
    known = usage is not None and dataset.has("billing", usage.column)
    return Design(
        first=dataset.first_month_no,
        last=dataset.month_no,
        window=definitions.exposure.window_months,
        lag=definitions.exposure.lag_months,
        tenure_bands=tuple(definitions.tenure_bands),
        controls=tuple(name for name in definitions.controls if dataset.has("customers", name)),
        usage_column=usage.column if known else None,
        usage_edges=tuple(usage.bands) if known else (),
    )


_MATRICES = ("events_events", "months_events", "months_months")


def _to_arrow(levels: dict[str, dict[str, str]], total: _Sums) -> pa.Table:
    """Return all sums as one long table: what, place, second place, value."""
    pieces = [
        (f"vector {i}", np.arange(v.size), v.ravel() * 0, v.ravel()) for i, v in enumerate(total.vectors)
    ]
    pieces = [(what, i[v != 0], j[v != 0], v[v != 0]) for what, i, j, v in pieces]
    for kind in ("voluntary", "involuntary"):
        sums = getattr(total, kind)
        for name in _MATRICES:
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


def _from_arrow(table: pa.Table, design: Design) -> tuple[dict[str, dict[str, str]], _Sums]:
    levels = json.loads(table.schema.metadata[b"levels"])
    empty = _Counts(design, _pattern_count(levels))
    sizes = [(empty.size,)] * 3 + [empty.moves.shape, empty.population.shape, (2,)]
    frame = {what: part for what, part in table.to_pandas().groupby("what", observed=True)}
    none = table.slice(0, 0).to_pandas()
    vectors = []
    for number, shape in enumerate(sizes):
        part = frame.get(f"vector {number}", none)
        vector = np.zeros(int(np.prod(shape)))
        vector[part["i"]] = part["value"]
        vectors.append(vector.reshape(shape))
    sums = []
    for kind in ("voluntary", "involuntary"):
        parts = [frame.get(f"{kind} {name}", none) for name in _MATRICES]
        matrices = [
            sparse.csr_array((part["value"], (part["i"], part["j"])), shape=(empty.size, empty.size))
            for part in parts
        ]
        sums.append(CustomerSums(*matrices, int(frame[f"{kind} customers"]["value"].iloc[0])))
    return levels, _Sums(vectors, *sums)


def band_names(bands: Sequence[int]) -> list[str]:
    """Return the names of tenure bands: ``1-3``, ..., ``49+``."""
    closed = [f"{low}-{high - 1}" for low, high in zip(bands, bands[1:], strict=False)]
    return [*closed, f"{bands[-1]}+"]


def usage_names(levels: int) -> list[str]:
    """Return the names of usage levels, lowest first."""
    known = {1: ["all"], 2: ["low", "high"], 3: ["low", "mid", "high"]}
    return known.get(levels, [f"level {level + 1}" for level in range(levels)])


def _factors(design: Design, levels: dict[str, dict[str, str]], cells: np.ndarray) -> dict[str, Factor]:
    code, exposure = np.divmod(cells, len(EXPOSURES))
    code, usage = np.divmod(code, design.levels)
    pattern, band = np.divmod(code, len(design.tenure_bands))
    factors = {"tenure": Factor(band, tuple(band_names(design.tenure_bands)))}
    if design.usage_column is not None:
        factors["usage"] = Factor(usage, tuple(usage_names(design.levels)))
    factors["exposure"] = Factor(exposure, EXPOSURES)
    return factors | _control_factors(levels, pattern)


def _control_factors(levels: dict[str, dict[str, str]], pattern: np.ndarray) -> dict[str, Factor]:
    factors = {}
    for control, values in reversed(levels.items()):
        names = tuple(_places(values))
        pattern, place = np.divmod(pattern, len(names))
        factors[control] = Factor(place, names)
    return dict(reversed(factors.items()))
