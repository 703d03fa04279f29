"""Where an analyst explores: the notebooks to open in JupyterLab, in a place that can be written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

import cxlib
from cxlib.dataset.dataset import find_dataset
from cxlib.report import shelf

__all__ = ["COPIES", "Workplace", "workplace"]

COPIES = "cx-notebooks"


class Workplace(NamedTuple):
    """What JupyterLab is to show.

    Attributes
    ----------
    root : Path
        Folder at the top of its list of files.
    start : Path
        Notebook that it opens.
    own : list of Path
        Notebooks of the dataset folder.
    """

    root: Path
    start: Path
    own: list[Path]


def workplace(dataset: str = "") -> Workplace:
    """Return where to explore, below the working folder where the kit came as a wheel.

    A checkout's notebooks are opened where they stand. Those of a wheel are copied to ``cx-notebooks`` in
    the working folder; a copy that is there already belongs to the analyst and is left as it is.

    Parameters
    ----------
    dataset : str
        Folder with dataset.yaml whose own ``notebooks/`` are to be shown too; empty: none.

    Raises
    ------
    DataError
        If there is no such dataset.
    """
    place = None if not dataset else find_dataset(dataset)
    notebooks = _copied(Path.cwd() / COPIES) if _is_packaged() else shelf.NOTEBOOKS
    own = [] if place is None else sorted((place / shelf.OWN).glob("[!.]*.ipynb"))
    root = notebooks.parent if place is None else Path(os.path.commonpath([notebooks, place]))
    return Workplace(root, notebooks / "00-start-here.ipynb", own)


def _is_packaged() -> bool:
    return shelf.NOTEBOOKS.is_relative_to(Path(cxlib.__file__).parent)


def _copied(folder: Path) -> Path:
    """Copy the kit's notebooks that are not there yet."""
    folder.mkdir(exist_ok=True)
    for path in sorted(shelf.NOTEBOOKS.glob("*.ipynb")):
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    return folder
