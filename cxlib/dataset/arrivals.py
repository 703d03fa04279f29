"""What came in and what was set aside, counted by source, table and reason; no judgement."""

from __future__ import annotations

import pandas as pd

from cxlib.dataset.dataset import Dataset

__all__ = ["arrivals"]


def arrivals(dataset: Dataset) -> pd.DataFrame:
    """Return what came in and what was set aside.

    Returns
    -------
    DataFrame
        One row per source, and per table and reason: ``kind`` (``source`` or ``table``), ``name``,
        ``rows_read``, ``rows_kept``, ``column``, ``reason`` (English; a key of the catalogue) and
        ``rows_rejected``. A source or table without rejections has one row with ``reason`` empty.
    """
    rows = []
    for kind in ("source", "table"):
        for entry in dataset.imported[f"{kind}s"].values():
            base = {
                "kind": kind,
                "name": entry["name"],
                "rows_read": entry["read"],
                "rows_kept": entry["kept"],
            }
            reasons = entry["rejected"] or [{"column": "", "reason": "", "rows": 0}]
            rows += [
                base | {"column": r["column"], "reason": r["reason"], "rows_rejected": r["rows"]}
                for r in reasons
            ]
    return pd.DataFrame(rows)
