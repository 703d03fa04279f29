"""Write a company as a dataset folder: dataset.yaml, one SQL file per table, the exports."""

import re
from importlib import resources
from pathlib import Path
from string import Template

from cxlib.company.exports import write_exports
from cxlib.company.simulated import Company
from cxlib.errors import DataError

__all__ = ["write_dataset"]


def write_dataset(company: Company, folder: Path | str) -> Path:
    """Write the complete dataset folder of a company and return its path.

    Raises
    ------
    DataError
        The folder exists and holds something.
    """
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder} is not empty; give a new folder, so that nothing of yours is overwritten.")
    (folder / "exports").mkdir(parents=True)
    name = re.sub("[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "company"
    first = company.life.first - 1
    values = {"name": name, "first": f"{first // 12}-{first % 12 + 1:02d}"}
    for source in resources.files("cxlib.company").joinpath("dataset").iterdir():
        text = source.read_text(encoding="utf-8")
        if source.name == "dataset.yaml":
            text = Template(text).substitute(values)
        (folder / source.name).write_text(text, encoding="utf-8")
    write_exports(company, folder / "exports")
    return folder
