"""All that is strange about a dataset, the most serious first."""

from __future__ import annotations

from cxlib.checks.consistency import inconsistencies
from cxlib.checks.finding import Finding, by_severity
from cxlib.checks.plausibility import unlikely_about_leaving
from cxlib.checks.remarks import remarks
from cxlib.dataset.dataset import Dataset

__all__ = ["findings"]


def findings(data: Dataset) -> tuple[Finding, ...]:
    """Return what is strange about the data, the most serious first; looked for once per dataset.

    Parameters
    ----------
    data : Dataset

    Returns
    -------
    tuple of Finding
        Each with its check, table, severity and sentence for readers.
    """
    return data.once(_found)


def _found(data: Dataset) -> tuple[Finding, ...]:
    imported = remarks(data.imported, data.month_no, data.last_months, data.definitions)
    return by_severity([*unlikely_about_leaving(data), *inconsistencies(data), *imported])
