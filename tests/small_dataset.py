"""A real dataset whose canonical tables are given as frames: no exports, no SELECTs, no import."""

import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp

from cxlib.contract.config import Claims, Config, Definitions, Money
from cxlib.contract.engine import literal
from cxlib.contract.months import month_name
from cxlib.dataset.dataset import Dataset

CONTROLS = ("segment", "region")


class SmallDataset(Dataset):
    """A :class:`cxlib.dataset.dataset.Dataset` over frames.

    Parameters
    ----------
    months : tuple of int
        Month numbers of the first observed and of the last month; nothing is cut off after it.
    definitions, claims, money : optional
        Settings of dataset.yaml; default: its defaults, with the controls segment and region.
    title : str
        Of the dataset, in every language.
    **frames
        One data frame per canonical table.
    """

    def __init__(
        self, *, months, definitions=None, claims=None, money=None, currency="EUR", title="Small", **frames
    ):
        store = Path(mkdtemp())
        weakref.finalize(self, shutil.rmtree, store)
        (store / "tables").mkdir()
        config = Config(
            name="small",
            title={"en": title},
            sources={},
            currency=currency,
            money=money or Money(),
            claims=claims or Claims(),
            definitions=definitions or Definitions(controls=CONTROLS),
        )
        imported = {name: self._imported(frame) for name, frame in frames.items()}
        super().__init__(store, config, {"tables": imported}, store)
        self.first_month_no, self.month_no = months
        self.month = month_name(self.month_no)
        self.tables = frozenset(frames)
        for name, frame in frames.items():
            frame.to_parquet(self._path(name), index=False)
            self._engine.view(name, f"SELECT * FROM read_parquet({literal(str(self._path(name)))})")

    @staticmethod
    def _imported(frame):
        """Return what an import records of a table."""
        filled = {column: int(frame[column].notna().sum()) for column in frame}
        return {"kept": len(frame), "span": None, "filled": filled}
