"""Benchmark: the effect of negative experiences on leaving, from canonical Parquet to clustered errors.

    python tests/benchmarks/effect.py [--customers 100000] [--many 1000000] [--folder FOLDER]

Each way runs in a process of its own; elapsed time, CPU time and peak memory are those of the whole
process, imports included; "work" leaves the imports out, which do not grow with the customers (statsmodels
alone costs more than the kit's work at 100,000). Printed side by side, for the model without usage (tenure
band, exposure, segment, region, plan, channel) and with usage of the month before. Negative experiences
are read from the contacts (about eight a year per customer) by a rule on their outcome:

- cells: the kit's bit masks, cells, GLM, clustered errors;
- rows: customer-months in pandas and ``smf.glm`` with ``cov_type="cluster"`` (at --customers);
- scan: DuckDB reads the columns used once (at --many).
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from processes import run

CONTROLS = ("segment", "region", "plan", "acquisition_channel")
UNITS = (0, 15, 35)
CUSTOMERS_AT_A_TIME = 100_000
WRITERS = {}
BANDS = (1, 4, 13, 25, 49)
EDGES = (10, 30)
COLUMNS = {
    "customers": ("customer_no", "start_no", "end_no", "end_type", *CONTROLS),
    "interactions": ("customer_no", "month_no", "outcome"),
    "billing": ("customer_no", "month_no", "units"),
}
NEGATIVE = "SELECT customer_no, month_no FROM interactions WHERE outcome IN ('unresolved', 'abandoned')"
CONTACTS_PER_MONTH = 0.65
MONTHS = 36


def make(folder, customers):
    """Draw a company and write its canonical tables, sorted by customer."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from cxlib import company

    drawn = company.simulate(customers=customers, months=MONTHS, seed=1)
    life, random = drawn.life, np.random.default_rng(7)
    who = np.arange(len(life), dtype=np.int32)
    names = {"segment": ("private", "business"), "end_type": (None, "voluntary", "involuntary")}
    table = {
        "customer_no": who,
        "start_no": life.start.astype(np.int32),
        "end_no": pa.array(life.end.astype(np.int32), mask=life.end == 0),
        "end_type": pa.DictionaryArray.from_arrays(life.kind.astype(np.int8), list(names["end_type"])),
        "segment": pa.DictionaryArray.from_arrays(life.segment.astype(np.int8), list(names["segment"])),
    }
    for control, levels in (("region", 5), ("plan", 3), ("acquisition_channel", 4)):
        values = [f"{control} {level}" for level in range(levels)]
        table[control] = pa.DictionaryArray.from_arrays(
            random.integers(0, levels, len(life)).astype(np.int8), values
        )
    table = {
        name: column.cast(pa.string()) if isinstance(column, pa.DictionaryArray) else column
        for name, column in table.items()
    }
    pq.write_table(pa.table(table), folder / "customers.parquet")
    for low in range(0, len(life), CUSTOMERS_AT_A_TIME):
        part = slice(low, low + CUSTOMERS_AT_A_TIME)
        there = life.usage[:, part] < len(UNITS)
        customer, month = np.nonzero(there.T)
        usage = life.usage[month, customer + low]
        units = np.asarray(UNITS)[usage] + random.integers(0, 10, len(usage))
        write(folder / "billing.parquet", low, customer, month + life.first, units=units.astype(float))
        contacts = random.poisson(CONTACTS_PER_MONTH, len(usage))
        bad = life.experience[month, customer + low] > 0
        contacts = np.maximum(contacts, bad)
        outcome = np.full(contacts.sum(), "resolved", dtype=object)
        outcome[(np.cumsum(contacts) - contacts)[bad]] = "unresolved"
        where = np.repeat(np.arange(len(usage)), contacts)
        columns = (customer[where], month[where] + life.first)
        write(folder / "interactions.parquet", low, *columns, outcome=outcome)
    return len(life), int((life.usage < len(UNITS)).sum())


def write(path, low, customer, month, **columns):
    """Append rows of some customers to a Parquet file (written in row groups, sorted by customer)."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {"customer_no": (customer + low).astype(np.int32), "month_no": month.astype(np.int32)} | columns
    )
    if low == 0:
        WRITERS[path] = pq.ParquetWriter(path, table.schema)
    WRITERS[path].write_table(table)


def cells(folder, usage):
    """Estimate the effect with the kit; return coefficients and errors by name."""
    import statsmodels.genmod.generalized_linear_model  # noqa: F401

    from cxlib.chapters.churn.design import Design
    from cxlib.chapters.churn.panel import count_panel
    from cxlib.contract.engine import Engine
    from cxlib.stats.hazard import fit_cells

    began = clocks()
    engine = Engine(folder / "spill")
    for table in COLUMNS:
        engine.view(table, f"SELECT * FROM read_parquet('{folder / table}.parquet')")
    engine.view("negative_experiences", NEGATIVE)
    first, last = window()
    design = Design(
        first,
        last,
        tenure_bands=BANDS,
        controls=CONTROLS,
        usage_column="units" if usage else None,
        usage_edges=EDGES if usage else (),
    )
    panel = count_panel(lambda sql, **parameters: engine.query(sql, parameters), design)
    fit = fit_cells(panel.cells(), terms(usage))
    work = spent_since(began)
    found = dict(zip(fit.names, zip(fit.coefficients, fit.errors, strict=True), strict=True))
    return {"estimates": found, "cells": len(panel.months), "months": fit.months, "work": work}


def rows(folder, usage):
    """Estimate the same from customer-months in pandas."""
    import statsmodels.formula.api as smf
    from statsmodels.genmod.families import Binomial, links

    began = clocks()
    panel = rows_in_pandas(folder, usage)
    levels = {"tenure": 0, "exposure": 0, "usage": 0} | {c: panel[c].mode()[0] for c in CONTROLS}
    right = " + ".join(f"C({term}, Treatment(reference={levels[term]!r}))" for term in terms(usage))
    model = smf.glm(f"left ~ {right}", panel, family=Binomial(links.CLogLog()))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": panel["customer_no"].to_numpy()})
    exposed = [name for name in fit.params.index if "exposure" in name]
    values = list(zip(fit.params[exposed], fit.bse[exposed], strict=True))
    return {
        "estimates": dict(zip(("exposure[1]", "exposure[2+]"), values, strict=True)),
        "months": len(panel),
        "work": spent_since(began),
    }


def rows_in_pandas(folder, usage):
    """Build the customer-months as an analyst would: vectorised, one row a month."""
    import numpy as np
    import pandas as pd

    first, last = window()
    people = pd.read_parquet(folder / "customers.parquet")
    begin = people["start_no"].clip(lower=first)
    months = (people["end_no"].fillna(last) - begin + 1).astype(int)
    panel = people.loc[people.index.repeat(months)].reset_index(drop=True)
    panel["month_no"] = panel.groupby("customer_no").cumcount() + panel["start_no"].clip(lower=first)
    experiences = pd.read_parquet(folder / "interactions.parquet")
    experiences = experiences[experiences.pop("outcome").isin(["unresolved", "abandoned"])]
    experiences = experiences.drop_duplicates().assign(had=1)
    panel = panel.merge(experiences, how="left", on=["customer_no", "month_no"])
    panel["had"] = panel["had"].fillna(0)
    total = panel.groupby("customer_no")["had"].cumsum()
    before = total.groupby(panel["customer_no"])
    panel["exposure"] = (before.shift(1).fillna(0) - before.shift(13).fillna(0)).clip(upper=2).astype(int)
    if usage:
        billing = pd.read_parquet(folder / "billing.parquet")
        billing["month_no"] += 1
        billing["usage"] = np.searchsorted(EDGES, billing.pop("units"), side="right")
        panel = panel.merge(billing, how="left", on=["customer_no", "month_no"])
    known = (panel["start_no"] >= first) | (panel["month_no"] - 12 >= first)
    panel = panel[(panel["month_no"] > panel["start_no"]) & known]
    ends = panel["month_no"] == panel["end_no"]
    panel = panel[~(ends & (panel["end_type"] == "involuntary"))]
    panel["left"] = (panel["month_no"] == panel["end_no"]).astype(int)
    panel["tenure"] = np.searchsorted(BANDS, panel["month_no"] - panel["start_no"], side="right") - 1
    return panel


def scan(folder, usage):
    """Read every column used once."""
    import duckdb

    began = clocks()
    connection = duckdb.connect()
    for table, columns in COLUMNS.items():
        if usage or table != "billing":
            # A filter on every column makes it read the values and not only the files' statistics.
            read = ", ".join(f"count(*) filter ({column} <> {column})" for column in columns)
            connection.execute(f"SELECT {read} FROM read_parquet('{folder / table}.parquet')").fetchall()
    return {"work": spent_since(began)}


def clocks():
    """Return elapsed and CPU seconds so far."""
    return time.perf_counter(), time.process_time()


def spent_since(began):
    """Return elapsed and CPU seconds since then: the work, imports apart."""
    return [now - then for now, then in zip(clocks(), began, strict=True)]


def window():
    """Return the first and last month of the simulated window."""
    last = 12 * 2026 + 10
    return last - MONTHS + 1, last


def terms(usage):
    """Return the model's terms."""
    return ["tenure", "exposure", *CONTROLS, *(["usage"] if usage else [])]


WAYS = {"cells": cells, "rows": rows, "scan": scan}


def measured(way, folder, usage):
    """Run one way in its own process; return its result, seconds, CPU seconds and peak megabytes."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)] + (
        ["--usage"] if usage else []
    )
    spent = run(command)
    return json.loads(spent.output) | {
        "seconds": spent.seconds,
        "cpu": spent.cpu,
        "megabytes": spent.megabytes,
    }


def show(name, found, *more):
    """Print one line of the comparison."""
    figures = f"{found['seconds']:7.1f} s {found['cpu']:7.1f} s CPU {found['megabytes']:7.0f} MB"
    work = "work {:6.2f} s {:6.2f} s CPU".format(*found["work"]) if "work" in found else ""
    print(f"{name:26s}{figures}  {work}  {' '.join(more)}", flush=True)


def compare_with_rows(folder, usage):
    """Print cells against customer-month rows."""
    fast, slow = measured("cells", folder, usage), measured("rows", folder, usage)
    gaps = [
        abs(a - b)
        for name, pair in slow["estimates"].items()
        for a, b in zip(pair, fast["estimates"][name], strict=True)
    ]
    show("cells", fast, f"{fast['cells']:,} cells")
    show("rows, smf.glm clustered", slow, f"{slow['months']:,.0f} rows")
    work, cpu = (a / b for a, b in zip(slow["work"], fast["work"], strict=True))
    whole = slow["seconds"] / fast["seconds"]
    print(
        f"{'':26s}work: {work:.1f} times faster ({cpu:.1f} times less CPU); whole process, imports included: "
        f"{whole:.1f} times faster, 1/{slow['megabytes'] / fast['megabytes']:.1f} of the memory\n"
        f"{'':26s}largest difference of an estimate or error {max(gaps):.1e}",
        flush=True,
    )


def compare_with_scan(folder, usage):
    """Print cells against one scan of the columns used."""
    fast, floor = measured("cells", folder, usage), measured("scan", folder, usage)
    show("cells", fast, f"{fast['cells']:,} cells, {fast['months']:,.0f} customer-months")
    show("scan of the columns used", floor)
    elapsed, cpu = (a / b for a, b in zip(fast["work"], floor["work"], strict=True))
    print(
        f"{'':26s}work: {elapsed:.1f} times the scan ({cpu:.1f} times its CPU); whole process, imports "
        f"included: {fast['cpu'] / floor['cpu']:.1f} times its CPU",
        flush=True,
    )


def main():
    """Run the comparison, or one way of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000, help="customers for cells against rows")
    parser.add_argument(
        "--many", type=int, default=1_000_000, help="customers for cells against a scan; 0: none"
    )
    parser.add_argument("--folder", type=Path, help="where to keep the tables; default: a temporary folder")
    parser.add_argument("--way", choices=[*WAYS, "make"], help=argparse.SUPPRESS)
    parser.add_argument("--usage", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way == "make":
        print(json.dumps(make(asked.folder, asked.customers)))
        for writer in WRITERS.values():
            writer.close()
    elif asked.way:
        print(json.dumps(WAYS[asked.way](asked.folder, asked.usage)))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            compare(asked.folder or Path(temporary), asked.customers, asked.many)


def compare(folder, customers, many):
    """Make the tables where they are missing and print both comparisons for both models."""
    for size, against in ((customers, compare_with_rows), (many, compare_with_scan)):
        if not size:
            continue
        place = folder / str(size)
        if not (place / "billing.parquet").exists():
            place.mkdir(parents=True, exist_ok=True)
            command = [
                sys.executable,
                __file__,
                "--way",
                "make",
                "--folder",
                str(place),
                "--customers",
                str(size),
            ]
            people, months = json.loads(run(command).output)
            print(f"{people:,} customers, {months:,} billed months")
        for usage in (False, True):
            print(f"\n{size:,} customers, model {'with' if usage else 'without'} usage")
            against(place, usage)


if __name__ == "__main__":
    main()
