"""The dataset as the analyst sees it: canonical tables up to one month, for one part of the customers."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from cxlib import provenance
from cxlib.contract.config import Claims, Config, Definitions, Money, nearest, read_config
from cxlib.contract.engine import Engine, literal, name
from cxlib.contract.months import last_day, month_end, month_name, month_number
from cxlib.contract.privacy import is_personal
from cxlib.contract.schema import RECORDED_AT, TABLES
from cxlib.contract.table import Table
from cxlib.dataset.store import import_once, without_tilde
from cxlib.errors import DataError, cannot_read
from cxlib.language import LANGUAGES, current, use_words

Built = TypeVar("Built")

__all__ = ["Dataset", "Title", "find_dataset", "open_dataset"]

_OBSERVED = ("interactions", "tickets", "surveys", "billing")
_DATED = (*_OBSERVED, "purchases", "negative_experiences", "wishes", "mystery_visits")


class Title:
    """Name of the dataset for readers, in each language."""

    def __init__(self, words: Mapping[str, str], default: str) -> None:
        self._words = {language: words.get(language, words.get("en", default)) for language in LANGUAGES}

    def text(self, language: str | None = None) -> str:
        """Return the title in `language` (default: the current one)."""
        return self._words[language or current()]

    def __str__(self) -> str:
        return self.text()


class Dataset:
    """Canonical tables up to the end of one month; made by :func:`open_dataset`.

    Attributes
    ----------
    name : str
    title : Title
    path : Path
        The dataset's folder.
    month : str
        Last month of the tables, YYYY-MM.
    month_no, first_month_no : int
        Month numbers (12 x year + month) of `month` and of the first observed month.
    scope : str
        Part of the customers, e.g. ``segment=business``; empty: all.
    config : Config
        dataset.yaml with its defaults.
    tables : frozenset of str
        Canonical tables that exist.
    key : str
        Hash of exports, SQL, dataset.yaml and the code that imports them.
    imported : dict
        Rows read, kept and set aside per source and table; see ``cxlib.dataset.arrivals``.
    """

    def __init__(self, path: Path, config: Config, imported: dict[str, Any], store: Path) -> None:
        self.path = path
        self.config = config
        self.name = config.name
        self.title = Title(config.title, config.name)
        self.imported = imported
        self.key = store.name.removeprefix("import-")
        self.scope = ""
        self._store = store
        self._shown: dict[tuple[str, str], bool] = {}
        self._made: dict[Callable[[Dataset], Any], Any] = {}
        self._engine = Engine(store / "spill")
        self._months = _MonthsOfData(imported["tables"], config)
        self.tables = frozenset([*imported["tables"], "touchpoints"])

    @property
    def definitions(self) -> Definitions:
        """Definitions of dataset.yaml."""
        return self.config.definitions

    @property
    def money(self) -> Money:
        """Money assumptions of dataset.yaml."""
        return self.config.money

    @property
    def claims(self) -> Claims:
        """Verdict rules of dataset.yaml."""
        return self.config.claims

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts."""
        return self.config.currency

    @property
    def last_months(self) -> dict[str, int]:
        """Month number of the last month of each dated table."""
        return self._months.ends()

    def once(self, build: Callable[[Dataset], Built]) -> Built:
        """Return ``build(self)``, made at the first call and the same object at every later one.

        So that the results of a chapter share what it computes (a panel, fitted models); what is worth
        keeping beyond this process goes through :meth:`remember`.
        """
        if build not in self._made:
            self._made[build] = build(self)
        return self._made[build]

    def has(self, table: str, *columns: str) -> bool:
        """Return whether a table exists and each of `columns` has a value in it."""
        if table not in self.tables:
            return False
        filled = self.imported["tables"].get(table, {}).get("filled", {})
        return all(filled.get(column, 0) > 0 and self._shows(table, column) for column in columns)

    def _shows(self, table: str, column: str) -> bool:
        """Return whether a column has a value up to the month and within the scope."""
        if (table, column) not in self._shown:
            query = f"SELECT 1 AS one FROM {name(table)} WHERE {name(column)} IS NOT NULL LIMIT 1"
            self._shown[table, column] = self.arrow(query).num_rows > 0
        return self._shown[table, column]

    def table(self, table: str) -> pd.DataFrame:
        """Return a canonical table as a frame.

        Raises
        ------
        DataError
            Where the dataset has no such table.
        """
        if table not in self.tables:
            raise DataError(f"Dataset {self.name!r} has no table {table!r}.{nearest(table, self.tables)}")
        order = ", ".join(name(column) for column in TABLES[table].key) or "ALL"
        return self.sql(f"SELECT * FROM {name(table)} ORDER BY {order}")

    def arrow(self, query: str, **parameters: Any) -> pa.Table:
        """Return the rows of a query over the canonical tables; ``$name`` places are bound."""
        return self._engine.query(query, parameters)

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Return the rows of a query over the canonical tables as a frame."""
        return self.arrow(query, **parameters).to_pandas(date_as_object=False)

    def remember(self, name: str, build: Callable[[], pa.Table], **parameters: Any) -> pa.Table:
        """Return ``build()``, kept as Parquet for the next run.

        Kept by name, `parameters`, month, scope, data, and a hash of the code that computes: whoever
        changes a formula or a SELECT gets new numbers. Nothing is read or kept in a process whose code
        has changed on disk since it began. Of an analyst's own `build` the code is not looked at: give
        its version as a parameter.

        Parameters
        ----------
        name : str
            Of the aggregate, e.g. ``churn.panel``.
        build : callable
            Returns a pyarrow Table.
        **parameters
            All that `build` depends on beside the dataset, as JSON can write it.
        """
        code = provenance.computing_hash()
        if code is None:
            return build()
        what = [name, parameters, self.month, self.scope, code]
        key = blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=12).hexdigest()
        path = self._store / "kept" / f"{key}.parquet"
        try:
            return pq.read_table(path)
        except (OSError, pa.ArrowException):
            built = pa.BufferOutputStream()
        pq.write_table(build(), built, compression="zstd")
        content = built.getvalue()
        _keep(content, path)
        return pq.read_table(pa.BufferReader(content))

    def _cut(self, month: str, scope: str) -> None:
        """Make the views end with `month` and hold the customers of `scope` alone."""
        self.month_no = self._months.chosen(month)
        self.month = month_name(self.month_no)
        self.first_month_no = self._months.first(self.month_no)
        if self.first_month_no > self.month_no:
            raise DataError(
                f"observed_since of dataset.yaml is {month_name(self.first_month_no)}, after {self.month}, "
                "the month of the report. Give an earlier month, or leave it out."
            )
        self.scope = scope
        for table in self.tables:
            self._engine.view(table, self._view(TABLES[table]).sql(dialect="duckdb"))
        if scope:
            self._apply_scope(_parse_scope(scope))

    def _path(self, table: str) -> Path:
        return self._store / "tables" / f"{table}.parquet"

    def _view(self, table: Table) -> exp.Select:
        """Return the SELECT of a canonical view, its cut-off put in as literals."""
        source = f"read_parquet({literal(str(self._path(table.name)))})"
        columns = list(self._engine.columns(f"SELECT * FROM {source}"))
        hidden = {column: later.time for later in table.later for column in (later.time, *later.follows)}
        shown = [self._until(table, column, hidden.get(column)) for column in columns]
        view = exp.select(*shown).from_(source, dialect="duckdb")
        if table.clock:
            view = view.where(f"month_no <= {self.month_no} OR month_no IS NULL", dialect="duckdb")
        if RECORDED_AT.name in columns:
            end = month_end(self.month_no, self.config.time_zone)
            latest = literal(pd.Timestamp(end) + pd.Timedelta(days=self.definitions.late_days))
            view = view.where(f"recorded_at IS NULL OR recorded_at < {latest}", dialect="duckdb")
        return view

    def _until(self, table: Table, column: str, time: str | None) -> exp.Expression:
        """Return a column, NULL in the rows whose `time` lies after the month."""
        if time is None:
            return exp.column(column, quoted=True)
        contract = table.column(time)
        if contract is not None and contract.kind == "time":
            until_then = exp.column(time) < exp.cast(
                exp.convert(str(month_end(self.month_no, self.config.time_zone))), "TIMESTAMP"
            )
        else:
            until_then = exp.column(time) <= exp.cast(exp.convert(str(last_day(self.month_no))), "DATE")
        return exp.case().when(until_then, exp.column(column, quoted=True)).as_(column, quoted=True)

    def _apply_scope(self, wanted: dict[str, str]) -> None:
        """Keep the rows of the scope: by customer, or by the columns of a snapshot or survey alone."""
        tables = [table for table in ("customers", "snapshot", "surveys") if table in self.tables]
        columns = {table: self._engine.columns(f"SELECT * FROM {table}") for table in tables}
        home = next((table for table in tables if set(wanted) <= set(columns[table])), None)
        if home is None:
            names = sorted({column for table in tables for column in columns[table]})
            unknown = next(c for c in wanted if not all(c in columns[table] for table in tables))
            raise DataError(f"Scope {self.scope!r}: no column {unknown!r}.{nearest(unknown, names)}")
        condition = " AND ".join(
            f"CAST({name(column)} AS VARCHAR) = {literal(value)}" for column, value in wanted.items()
        )
        self._check_scope(home, wanted, condition)
        self._engine.run(f"CREATE TABLE scope_rows AS SELECT * FROM {home} WHERE {condition}")
        if home == "customers":
            self._scope_by_customer()
        self._engine.view(home, "SELECT * FROM scope_rows")
        self.tables -= {table for table in self.tables if TABLES[table].whole_company}

    def _check_scope(self, home: str, wanted: dict[str, str], condition: str) -> None:
        rows = self.arrow(f"SELECT count(*) AS n FROM {home} WHERE {condition}")["n"][0].as_py()
        if rows:
            return
        for column, value in wanted.items():
            values = self.arrow(
                f"SELECT DISTINCT CAST({name(column)} AS VARCHAR) AS v FROM {home} ORDER BY v LIMIT 30"
            )["v"].to_pylist()
            if value not in values:
                shown = [] if column.endswith("_id") or is_personal(column) else values
                hint = nearest(value, [v for v in shown if v is not None])
                raise DataError(f"Scope {self.scope!r}: {column} is never {value!r}.{hint}")
        raise DataError(f"Scope {self.scope!r} holds nobody; its conditions exclude each other.")

    def _scope_by_customer(self) -> None:
        for table in self.tables - {"customers"}:
            if TABLES[table].column("customer_id") is not None:
                inner = self._view(TABLES[table]).sql(dialect="duckdb")
                self._engine.view(table, f"SELECT * FROM ({inner}) SEMI JOIN scope_rows USING (customer_no)")

    def __repr__(self) -> str:
        scope = f", scope {self.scope}" if self.scope else ""
        return f"<Dataset {self.name}, {self.month}{scope}: {', '.join(sorted(self.tables))}>"


def _keep(content: pa.Buffer, path: Path) -> None:
    """Write an aggregate for the next call; where there is no room for it, it is not kept."""
    draft = path.with_name(f".{uuid.uuid4().hex}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        draft.write_bytes(content)
        os.replace(draft, path)
    with contextlib.suppress(OSError):
        draft.unlink(missing_ok=True)


class _MonthsOfData:
    """Which months the data hold: rows per table and month, stray dates left out."""

    def __init__(self, tables: Mapping[str, Any], config: Config) -> None:
        self._config = config
        self._empty = sorted(table for table, record in tables.items() if not record["kept"])
        self.spans = {
            table: record["span"]
            for table, record in tables.items()
            if table in _DATED and record["span"] is not None
        }

    def last_complete(self) -> int | None:
        """Return the last complete month of any table, or None without dated rows."""
        complete = [
            span["last"] if span["complete"] or span["last"] == span["first"] else span["last"] - 1
            for span in self.spans.values()
        ]
        return max(complete, default=None)

    def ends(self) -> dict[str, int]:
        """Return the last month of each dated table."""
        return {table: span["last"] for table, span in sorted(self.spans.items())}

    def chosen(self, wanted: str) -> int:
        """Return the month number of a report for `wanted`; empty: as_of, else the last complete month."""
        as_of = self._config.as_of
        last = max((span["last"] for span in self.spans.values()), default=None)
        first = min((span["first"] for span in self.spans.values()), default=None)
        if not wanted:
            number = month_number(as_of) if as_of else self.last_complete()
            if number is None:
                empty = f" Without any row: {', '.join(self._empty)}." if self._empty else ""
                raise DataError(
                    f"Dataset {self._config.name!r} has no dated rows and no as_of in dataset.yaml.{empty} "
                    "Give as_of: YYYY-MM, the month the data describe."
                )
            return number
        number = month_number(wanted)
        if last is None or first is None:
            if wanted != as_of:
                raise DataError(
                    f"Month {wanted}: the data of {self._config.name!r} have no dates; as_of is {as_of}."
                )
        elif not first <= number <= last:
            raise DataError(
                f"Month {wanted} is outside the data of {self._config.name!r}, which hold "
                f"{month_name(first)} to {month_name(last)}."
            )
        return number

    def first(self, month_no: int) -> int:
        """Return the first observed month."""
        since = self._config.definitions.observed_since
        if since is not None:
            return month_number(since)
        tables = [table for table in _OBSERVED if table in self.spans] or list(self.spans)
        return min((self.spans[table]["first"] for table in tables), default=month_no)


def _parse_scope(scope: str) -> dict[str, str]:
    """Return column -> value of a scope such as ``segment=business,region=north``."""
    parts: list[str] = []
    for part in scope.split(","):
        if "=" in part or not parts:
            parts.append(part)
        else:
            parts[-1] += f",{part}"
    wanted = {}
    for part in parts:
        column, equals, value = part.partition("=")
        if not equals or not column.strip() or not value.strip():
            raise DataError(f"Scope {scope!r} is not understood; write column=value, e.g. segment=business.")
        if column.strip() in wanted:
            raise DataError(f"Scope {scope!r} names {column.strip()} twice; one value for each column.")
        wanted[column.strip()] = value.strip()
    return wanted


def find_dataset(path: str | Path) -> Path:
    """Return the folder of a dataset, sought in the working folder and its parents up to the project root.

    Raises
    ------
    DataError
        Listing every place that was looked at; or where a dataset.yaml cannot be read.
    """
    wanted = without_tilde(path, f"Dataset {str(path)!r}")
    places = [wanted]
    if not wanted.is_absolute():
        places = []
        for folder in (Path.cwd(), *Path.cwd().parents):
            places.append(folder / wanted)
            if (folder / "pyproject.toml").exists() or (folder / ".git").exists():
                break
    for candidate in places:
        described = candidate / "dataset.yaml"
        try:
            if described.is_file():
                described.open("rb").close()
                return candidate.resolve()
        except OSError as error:
            raise cannot_read(described, error) from error
    raise DataError(f"No dataset {str(path)!r}: looked for dataset.yaml in {', '.join(map(str, places))}.")


def open_dataset(
    path: str | Path, *, month: str | None = None, scope: str | None = None, again: bool = False
) -> Dataset:
    """Open a dataset folder, importing its exports the first time.

    Parameters
    ----------
    path : str or Path
        Folder with dataset.yaml; a relative one is sought in the working folder and its parents.
    month : str, optional
        Last month of the tables, YYYY-MM; empty or None: the last complete month in the data.
    scope : str, optional
        Part of the customers as ``column=value``, several joined by commas; empty or None: all.
    again : bool
        Read the rows of database servers again, whatever their age.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        Where dataset.yaml, a file, a SELECT, the month or the scope cannot be used; it names
        what was found, what was expected and the nearest name.
    """
    folder = find_dataset(path)
    config = read_config(folder / "dataset.yaml")
    if (words := folder / "notebooks" / "de.po").exists():
        use_words(words)
    dataset = Dataset(folder, config, *import_once(folder, config, again=again))
    dataset._cut(month or "", scope or "")
    return dataset
