"""How often the intervals hold the truth: many simulated companies, every figure whose truth is known.

    python tests/benchmarks/coverage.py run [--companies 300] [--customers 5000] [--folder FOLDER]
    python tests/benchmarks/coverage.py table [--folder FOLDER] > tests/benchmarks/coverage.md

`run` draws companies of each variant, takes each the whole way from its exports to its figures, and
writes one line per company to FOLDER. Stopped and started again it goes on where it was; lines made
by other code do not count. `table` prints bias and coverage from what is there.
"""

import argparse
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

# Fixed before the first look at any result; company i of a variant has the seed of the variant plus i.
VARIANTS = {
    "default": (310_000, {}),
    "feedback none": (320_000, {"feedback": "none"}),
    "effect none": (330_000, {"effect": "none"}),
    "effect reversed": (340_000, {"effect": "reversed"}),
    "confounding none": (350_000, {"confounding": "none"}),
    "nonresponse none": (360_000, {"nonresponse": "none"}),
}
NUMBERS = ("value", "low", "high", "truth")


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["run", "table"])
    parser.add_argument("--companies", type=int, default=300, help="companies of each variant")
    parser.add_argument("--customers", type=int, default=5_000, help="customers of each company, about")
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--folder", type=Path, default=Path("coverage"), help="where the lines are kept")
    asked = parser.parse_args()
    if asked.action == "table":
        print(table(lines(asked.folder)), end="")
    else:
        run(asked)


# --- drawing -----------------------------------------------------------------------------------


def run(asked):
    """Draw and measure the companies that are missing, some at a time."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    done = {(line["variant"], line["seed"], line["customers"]) for line in lines(asked.folder)}
    # Company by company through all variants, so that a stopped run has something of each.
    jobs = [
        (name, VARIANTS[name][0] + i, asked.customers)
        for i in range(asked.companies)
        for name in asked.variants
    ]
    missing = [job for job in jobs if job not in done]
    print(f"{len(missing):,} of {len(jobs):,} companies to draw", file=sys.stderr)
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    began = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        for count, line in enumerate(pool.imap_unordered(measured, missing), start=1):
            with (asked.folder / f"{line['variant']}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            progress(count, len(missing), time.monotonic() - began)


def progress(count, total, seconds):
    """Say now and then how far it is and how long it will take."""
    if count == total or count % 20 == 0:
        left = seconds / count * (total - count) / 60
        print(f"{count:,} of {total:,}, about {left:,.0f} minutes left", file=sys.stderr, flush=True)


def measured(job):
    """Return one company's figures beside their truths."""
    from tests.truth import compared, drawn_and_measured

    variant, seed, customers = job
    with tempfile.TemporaryDirectory() as folder:
        options = VARIANTS[variant][1] | {"customers": customers, "seed": seed}
        truth, figures = drawn_and_measured(Path(folder) / "company", **options)
    rows = compared(truth, figures)
    numbers = rows[rows["expect"] != "missed"][list(NUMBERS)]
    verdicts = {id: figures[id].verdict for id, known in truth.items() if known["value"] is None}
    return {
        "variant": variant,
        "seed": seed,
        "customers": customers,
        "code": code(),
        "commit": commit(),
        "figures": {id: list(row) for id, row in zip(numbers.index, numbers.values.tolist(), strict=True)},
        "verdicts": verdicts,
        "expected": {id: truth[id]["expect"] for id in verdicts},
    }


def code():
    """Return what tells lines of this code from those of another."""
    from cxlib.provenance import code_hash

    return code_hash()


def commit():
    """Return the commit that the code belongs to."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def lines(folder):
    """Return the companies of this code; say how many of another lie there."""
    kept, now = [], code()
    others = 0
    for file in sorted(folder.glob("*.jsonl")):
        for text in file.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["code"] == now:
                kept.append(line)
            else:
                others += 1
    if others:
        print(f"{others:,} companies measured by other code are left out", file=sys.stderr)
    return kept


# --- the table ---------------------------------------------------------------------------------


def table(found):
    """Return bias and coverage as Markdown."""
    import pandas as pd

    if not found:
        raise SystemExit("No companies measured by this code; run first.")
    rows = pd.DataFrame(
        [(line["variant"], id, *values) for line in found for id, values in line["figures"].items()],
        columns=["variant", "figure", *NUMBERS],
    )
    parts = [heading(found)]
    for variant in VARIANTS:
        some = rows[rows["variant"] == variant]
        if len(some):
            parts.append(
                f"\n## {variant}\n\n{HEAD}" + "".join(row(id, group) for id, group in by_figure(some))
            )
            parts.append(verdicts([line for line in found if line["variant"] == variant]))
    parts.append("\n## all variants together\n\n" + HEAD + "".join(row(*some) for some in by_figure(rows)))
    return "".join(parts)


HEAD = (
    "| figure | companies | bias | its error | spread of the estimates | mean error printed / spread "
    "| coverage % | its error |\n|---|---|---|---|---|---|---|---|\n"
)


def by_figure(rows):
    """Return id and rows of each figure, in the order of the report."""
    return rows.groupby("figure", sort=False)


def heading(found):
    """Return what was run."""
    commits = ", ".join(sorted({line["commit"] for line in found}))
    seeds = "; ".join(
        f"{variant} {min(some)}-{max(some)}"
        for variant in VARIANTS
        if (some := [line["seed"] for line in found if line["variant"] == variant])
    )
    customers = ", ".join(f"{n:,}" for n in sorted({line["customers"] for line in found}))
    return (
        "# Coverage of the intervals\n\n"
        f"Made by `python tests/benchmarks/coverage.py`: {len(found):,} simulated companies of {customers} "
        f"customers; commit {commits}; seeds: {seeds}.\n\n"
        "Bias is the mean of estimate less truth, in the figure's unit; the spread is the standard deviation "
        "of that difference; the error printed is half the interval's width divided by 1.96. Coverage is the "
        "share of the 95 % intervals that hold the truth. Figures that no "
        "honest report can hit are left out.\n"
    )


def row(id, group):
    """Return one line of the table."""
    gap = group["value"] - group["truth"]
    n, spread = len(group), gap.std()
    printed = ((group["high"] - group["low"]) / (2 * 1.959964)).mean()
    held = ((group["low"] <= group["truth"]) & (group["truth"] <= group["high"])).mean()
    error = math.sqrt(0.95 * 0.05 / n)
    values = (
        f"`{id}`",
        f"{n}",
        f"{gap.mean():+.3f}",
        f"{spread / math.sqrt(n):.3f}",
        f"{spread:.3f}",
        f"{printed / spread:.2f}",
        f"{100 * held:.1f}",
        f"{100 * error:.1f}",
    )
    return f"| {' | '.join(values)} |\n"


def verdicts(found):
    """Return how often each claim got the verdict that its truth asks for."""
    parts = []
    for id in dict.fromkeys(id for line in found for id in line["expected"]):
        right = sum(line["verdicts"].get(id) == line["expected"].get(id) for line in found)
        expected = found[0]["expected"].get(id)
        parts.append(f"`{id}` is “{expected}” in {right} of {len(found)}")
    return f"\nVerdicts: {'; '.join(parts)}.\n" if parts else ""


if __name__ == "__main__":
    main()
