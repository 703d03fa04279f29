"""Exports of known tools and small ones made here, and what the tests of `cx init` do with them."""

import csv
import shutil
from pathlib import Path

import cxlib as cx
from cxlib.init.proposal import propose, write_proposal

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT / "tests" / "exports"
KNOWN_TOOLS = sorted(folder.name for folder in EXPORTS.iterdir() if folder.is_dir())
DEFAULTS = "dataset.yaml: "
ALONE = "low ratings alone are counted; only customers who rate or answer can have one"


def folder_of(name, tmp_path):
    """Return a new dataset folder with nothing but the exports of a known tool."""
    folder = tmp_path / name
    shutil.copytree(EXPORTS / name, folder / "exports")
    return folder


def used(proposal):
    """Return file -> column -> what it was taken for and how surely, columns not used left out."""
    taken = {}
    for column in proposal.columns:
        if column.taken_for:
            taken.setdefault(column.file, {})[column.column] = f"{column.taken_for} {column.sure}"
    return taken


def left_open(proposal):
    """Return what a proposal leaves open, defaults of dataset.yaml left out."""
    return [note for note in proposal.left_open if not note.startswith(DEFAULTS)]


def opened(folder, **options):
    """Write the proposal for a folder and open it as a dataset."""
    write_proposal(propose(folder))
    return cx.open_dataset(folder, **options)


def write_csv(path, rows, separator=","):
    """Write rows as a text file, its folder made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)


CUSTOMERS = [["customer_id", "start_date"], *([f"c{i}", f"2026-0{1 + i % 9}-01"] for i in range(20))]
CONTACTS = [
    [f"c{i}", f"2026-02-{1 + i:02}", "hotline", "unresolved" if i == 0 else "resolved", f"{1 + i % 5},0"]
    for i in range(20)
]
ANSWERS = [["customer_id", "responded_at", "nps"], *([f"c{i}", "2026-03-01", i % 11] for i in range(20))]


def with_contacts(folder, contacts=CONTACTS, rating="rating"):
    """Write rated contacts, their customers and the answers of a survey into a folder."""
    header = ["customer_id", "occurred_at", "touchpoint", "outcome", rating]
    write_csv(folder / "contacts.csv", [header, *contacts])
    write_csv(folder / "customers.csv", CUSTOMERS)
    write_csv(folder / "answers.csv", ANSWERS)
    return folder


def refuse(monkeypatch, method, name):
    """Let a method of Path fail on `name` as it does where the account lacks the right."""
    allowed = getattr(Path, method)

    def refused(self, *args, **options):
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return allowed(self, *args, **options)

    monkeypatch.setattr(Path, method, refused)
