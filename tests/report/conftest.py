"""A tiny company and its edition, made once for all tests of the report."""

import shutil

import pytest

from cxlib.report.edition import make_edition
from tests.report.notebooks import PARAMETERS, write_chapter

CONFIG = """
name: tiny
title: {de: Winzig GmbH, en: Tiny Ltd}
sources:
  crm: {file: crm.csv}
"""
SELECT = "SELECT id AS customer_id, joined AS start_date, quit AS end_date, segment FROM crm"


def write_tiny(folder):
    """Write a data set of forty customers who joined in 2025; ten of them left in 2026."""
    (folder / "exports").mkdir(parents=True)
    (folder / "dataset.yaml").write_text(CONFIG + "as_of: 2026-10\n")
    (folder / "customers.sql").write_text(SELECT)
    rows = [
        f"c{i},2025-{1 + i % 12:02d}-05,{f'2026-0{1 + i % 9}-10' if i % 4 == 0 else ''},{'ab'[i % 2]}"
        for i in range(40)
    ]
    (folder / "exports" / "crm.csv").write_text("\n".join(["id,joined,quit,segment", *rows]))
    return folder


def write_summary(folder):
    """Write the smallest notebook that reads the other chapters' figures."""
    cells = ["import json\nfrom pathlib import Path\nsorted(json.loads(Path(figures).read_text()))"]
    return write_chapter(
        folder,
        "01",
        "summary",
        id="summary.x",
        tables=(),
        parameters=f'{PARAMETERS}\nfigures: str = ""',
        title="# The month on one page",
        cells=cells,
    )


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return (folder, edition): a data set, three chapters and the edition made of them."""
    folder = tmp_path_factory.mktemp("edition")
    write_tiny(folder / "tiny")
    chapters = folder / "notebooks"
    chapters.mkdir()
    write_summary(chapters)
    write_chapter(chapters)
    write_chapter(chapters, "13", "profit", id="value.customer", tables=(("customers", "billing"),))
    edition = make_edition(str(folder / "tiny"), reports=folder / "reports", notebooks=chapters)
    return folder, edition


@pytest.fixture
def copied(made, tmp_path):
    """Return a copy of data, chapters and edition, free to be changed."""
    folder, _ = made
    for name in ("tiny", "notebooks", "reports"):
        shutil.copytree(folder / name, tmp_path / name)
    return tmp_path
