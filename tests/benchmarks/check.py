"""Benchmark: ``cx check`` on exports never seen before, against one scan of the same columns.

    python tests/benchmarks/check.py [--customers 1000000] [--folder FOLDER]

The company is simulated. Both run in processes of their own, imports included. "scan" reads with DuckDB,
straight from the exports, every column that the dataset's SQL files speak of; "check" imports the exports,
checks them and tells what is strange; "check again" finds the import that is there.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from processes import run


def scans(dataset):
    """Return one SQL statement per source that reads the values of the columns used."""
    import duckdb

    from cxlib.contract.config import read_config
    from cxlib.contract.engine import literal, name

    config = read_config(dataset / "dataset.yaml")
    spoken = " ".join(file.read_text(encoding="utf-8") for file in dataset.glob("*.sql"))
    statements = []
    for source in config.sources.values():
        files = sorted(str(file) for file in (dataset / config.root).glob(source.file))
        listed = ", ".join(map(literal, files))
        reading = f"read_parquet([{listed}])"
        if not source.file.endswith(".parquet"):
            options = f"delim = {literal(source.separator)}, header = true, all_varchar = true"
            encoding = ", encoding = 'latin-1'" if source.encoding == "cp1252" else ""
            reading = f"read_csv([{listed}], {options}{encoding})"
        columns = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM {reading}").fetchall()]
        # A filter on every column makes the engine read its values and not only the files' statistics.
        read = [f"count(*) FILTER ({name(c)} <> {name(c)})" for c in columns if c in spoken]
        statements.append(f"SELECT {', '.join(read)} FROM {reading}")
    return statements


def scan(statements):
    """Run the scans: the whole work of the process that is compared with."""
    import duckdb

    for statement in statements:
        duckdb.execute(statement).fetchall()


def compare(dataset):
    """Print what the scan, the first check and the second one cost."""
    shutil.rmtree(dataset / ".cx", ignore_errors=True)
    floor = run([sys.executable, __file__, "--scan", json.dumps(scans(dataset))])
    check = [sys.executable, "-m", "cxlib", "check", str(dataset)]
    for way, spent in {"scan": floor, "check": run(check), "check again": run(check)}.items():
        print(
            f"{way:12s}{spent.seconds:7.1f} s {spent.cpu:7.1f} s CPU {spent.megabytes:6.0f} MB   "
            f"{spent.cpu / floor.cpu:5.1f} times the scan's CPU, {spent.seconds / floor.seconds:5.1f} times "
            "its time",
            flush=True,
        )


def main():
    """Make the company where it is missing and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to keep the company; default: a temporary folder")
    parser.add_argument("--scan", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.scan:
        scan(json.loads(asked.scan))
        return
    with tempfile.TemporaryDirectory() as temporary:
        dataset = (asked.folder or Path(temporary)) / str(asked.customers)
        if not (dataset / "dataset.yaml").exists():
            size = ["--customers", str(asked.customers)]
            run([sys.executable, "-m", "cxlib", "simulate", str(dataset), *size])
        compare(dataset)


if __name__ == "__main__":
    main()
