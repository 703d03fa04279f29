"""Contacts of the report month, counted in the engine by person and touchpoint."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from cxlib.contract.queries import read_sql
from cxlib.dataset.dataset import Dataset

__all__ = ["LEAST_RECORDED", "Study"]

LEAST_RECORDED = 0.5
COUNTS = ["contacts", "known", "failed", "people"]


class Study:
    """The contacts of a dataset's month, each count made once.

    Parameters
    ----------
    data : Dataset
        With the table ``interactions``.
    """

    def __init__(self, data: Dataset) -> None:
        self._data = data

    @cached_property
    def persons(self) -> pd.DataFrame:
        """One row per kind of person, all touchpoints together.

        ``contacts``; ``known`` (with a recorded outcome) and ``failed`` (unresolved or abandoned) of one
        person, both at judged touchpoints alone; ``people``.
        """
        return self._counted("by_person", least=LEAST_RECORDED)

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """One row per touchpoint and kind of person there.

        ``touchpoint``; ``contacts``, ``known`` and ``failed`` of one person; ``people``; ``judged``:
        whether the touchpoint records the outcome of the share LEAST_RECORDED of its contacts.
        """
        kinds = self._counted("by_touchpoint")
        known, contacts = (
            (kinds[name] * kinds["people"]).groupby(kinds["touchpoint"]).transform("sum")
            for name in ("known", "contacts")
        )
        return kinds.assign(judged=(known > 0) & (known >= LEAST_RECORDED * contacts))

    def _counted(self, query: str, **parameters: float) -> pd.DataFrame:
        rows = self._data.sql(read_sql(__package__, query), month=self._data.month_no, **parameters)
        return rows.astype(dict.fromkeys(COUNTS, int))
