"""Benchmark: the memory that ``cx check`` needs for one very large CSV file.

    python tests/benchmarks/large_csv.py [--gigabytes 5] [--folder FOLDER]

The file holds simulated contacts in no order, every hundredth with a quoted line break in its comment.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from processes import run

HEADER = "contact;customer;moment;place;channel;result;remark\n"
CONFIG = """name: large
sources:
  contacts: {file: contacts.csv, separator: ";"}
"""
SQL = """SELECT contact AS interaction_id, customer AS customer_id, moment AS occurred_at,
    place AS touchpoint, channel, result AS outcome, _file, _line
FROM contacts
"""
ROWS = 500_000


def write(folder, gigabytes):
    """Write the dataset folder; return the number of contacts."""
    import numpy as np

    (folder / "exports").mkdir(parents=True)
    (folder / "dataset.yaml").write_text(CONFIG)
    (folder / "interactions.sql").write_text(SQL)
    random, rows = np.random.default_rng(1), 0
    places, results = ["hotline", "app", "shop", "checkout"], ["resolved", "unresolved", "abandoned"]
    with (folder / "exports" / "contacts.csv").open("w", encoding="utf-8") as file:
        file.write(HEADER)
        while file.tell() < gigabytes * 1e9:
            customer = random.integers(0, 4_000_000, ROWS)
            moment = np.datetime64("2024-01-01T00:00:00") + random.integers(0, 86_400 * 900, ROWS)
            place, result = random.integers(0, 4, ROWS), random.integers(0, 3, ROWS)
            file.writelines(
                f"{rows + n};K{customer[n]:07d};{moment[n]};{places[place[n]]};phone;{results[result[n]]};"
                + ('"said\nmore"\n' if n % 100 == 0 else "said nothing\n")
                for n in range(ROWS)
            )
            rows += ROWS
    return rows


def main():
    """Write the file and check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--folder", type=Path, help="new folder; default: a temporary one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary) / "large"
        rows = write(folder, asked.gigabytes)
        spent = run([sys.executable, "-m", "cxlib", "check", str(folder)])
        print(
            f"{rows:,} rows, {asked.gigabytes:g} GB: {spent.megabytes:.0f} MB at most, {spent.seconds:.0f} s"
        )


if __name__ == "__main__":
    main()
