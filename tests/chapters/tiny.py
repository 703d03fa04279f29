"""Dataset folders made of a few rows, so that every count can be done by hand."""

import pandas as pd
import yaml

import cxlib as cx


def write(folder, *, definitions=None, as_of=None, **tables):
    """Write canonical tables (lists of dicts, or frames) as a dataset folder; return the folder.

    Columns keep their names, so each SQL file only passes its source on.
    """
    exports = folder / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    sources = {}
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(exports / f"{name}.csv", index=False)
        sources[f"raw_{name}"] = {"file": f"{name}.csv"}
        (folder / f"{name}.sql").write_text(f"SELECT * FROM raw_{name}", encoding="utf-8")
    described = {"name": "tiny", "sources": sources, "time_zone": "UTC", "as_of": as_of}
    described["definitions"] = definitions or {}
    (folder / "dataset.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return folder


def opened(folder, *, month="2026-10", definitions=None, as_of=None, **tables):
    """Write tables and open them up to a month."""
    return cx.open_dataset(write(folder, definitions=definitions, as_of=as_of, **tables), month=month)


def answers(score, n, *, start=0, month="2026-10", instrument="nps", **columns):
    """Return n rows of surveys with one score, of customers c<start>, c<start + 1>, ...

    Invited on the 2nd, answered on the 5th; score None: not answered.
    """
    kind = "relational" if instrument == "nps" else "transactional"
    low, high = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "item": (1, 5)}[instrument]
    row = {
        "instrument": instrument,
        "score": score,
        "survey_kind": kind,
        "invited_at": f"{month}-02 10:00:00",
        "answered_at": None if score is None else f"{month}-05 10:00:00",
        "scale_low": low,
        "scale_high": high,
        "high_is_good": True,
        "touchpoint": None,
    } | columns
    return [
        {"response_id": f"{instrument}-{month}-{start + i}", "customer_id": f"c{start + i}"} | row
        for i in range(n)
    ]


def customers(n, *, start=0, began="2025-01-15", left=None, **columns):
    """Return n rows of customers c<start>, c<start + 1>, ..."""
    row = {"start_date": began, "end_date": left} | columns
    return [{"customer_id": f"c{start + i}"} | row for i in range(n)]


def tickets(n, *, start=0, month="2026-10", **columns):
    """Return n rows of tickets of customers c<start>, c<start + 1>, ..., opened on the 3rd."""
    row = {"opened_at": f"{month}-03 09:00:00", "resolved_at": None} | columns
    return [{"ticket_id": f"t-{month}-{start + i}", "customer_id": f"c{start + i}"} | row for i in range(n)]
