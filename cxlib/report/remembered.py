"""The figures that editions remember, read for a summary: one edition's, and those of earlier ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlib.contract.config import read_config
from cxlib.contract.months import month_name, month_number
from cxlib.errors import ReportError
from cxlib.language import LANGUAGES, current, translate
from cxlib.report.names import edition_name

__all__ = ["Remembered", "Words", "read_figures"]


@dataclass(frozen=True, eq=False)
class Remembered:
    """The figures of one edition, and those of the editions a month and a year before.

    Attributes
    ----------
    month, scope : str
        YYYY-MM, and the part of the customers.
    figures : dict of str to dict
        Figure id -> record as in figures.json.
    absent : list of dict
        ``id``, ``chapter``, ``reason`` by language.
    chapters : list of dict
        ``number``, ``title`` and ``reason`` by language, ``state``.
    earlier : dict of str to dict
        ``month`` and ``year`` -> figures by id; an edition that does not exist is left out.
    dataset : str
        As it was asked for; with no `month`, nothing was found there.
    """

    month: str = ""
    scope: str = ""
    figures: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    absent: tuple[dict[str, Any], ...] = ()
    chapters: tuple[dict[str, Any], ...] = ()
    earlier: Mapping[str, Mapping[str, dict[str, Any]]] = field(default_factory=dict)
    dataset: str = ""


@dataclass(frozen=True)
class Words:
    """Words that an edition holds in each language."""

    by_language: Mapping[str, str]

    def text(self, language: str | None = None) -> str:
        """Return them in `language` (default: the current one)."""
        return self.by_language[language or current()]


def read_figures(
    figures: str = "", *, dataset: str = "data/sample", month: str = "", scope: str = ""
) -> Remembered:
    """Read the figures that a summary is about.

    Parameters
    ----------
    figures : str
        A figures.json. Empty: the data set's edition of `month` and `scope`, or its latest one; for
        the sample without any edition the figures committed with the tests.
    dataset : str
        Folder of the data set, sought in the working folder and its parents.
    month, scope : str
        As in the edition wanted.

    Returns
    -------
    Remembered
        Without month where there is nothing to read.

    Raises
    ------
    ReportError
        If `figures` is given and cannot be read.
    """
    path = Path(figures) if figures else _find(dataset, month, scope)
    if path is None:
        return Remembered(dataset=dataset)
    document = _read(path)
    earlier = {
        name: _by_id(_read(before))
        for name, before in _earlier_paths(path, document).items()
        if before.exists()
    }
    return Remembered(
        document["month"],
        document.get("scope", ""),
        _by_id(document),
        tuple(document.get("absent", ())),
        tuple(document.get("chapters", ())),
        earlier,
        dataset,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read as the figures of an edition: {error}") from error


def _by_id(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        record["id"]: record | {name: _in_each_language(record.get(name)) for name in ("label", "note")}
        for record in document["figures"]
    }


def _in_each_language(words: Mapping[str, str] | str | None) -> Words | None:
    """Return the words of a figure; editions once held the English ones alone, the key of the catalogue."""
    if isinstance(words, str):
        words = {language: translate(words, language) for language in LANGUAGES}
    return None if words is None else Words(words)


def _find(dataset: str, month: str, scope: str) -> Path | None:
    """Return figures.json of the edition wanted, or the latest; None if there is none."""
    for root in (Path.cwd(), *Path.cwd().parents):
        config = root / dataset / "dataset.yaml"
        if not config.exists():
            continue
        name = read_config(config).name
        wanted = edition_name(month or "[0-9][0-9][0-9][0-9]-[0-9][0-9]", scope)
        editions = sorted((root / "reports" / name).glob(f"{wanted}/figures.json"))
        if not editions and name == "sample" and not scope:
            editions = sorted((root / "tests" / "expected").glob(f"{month or '*-*'}.json"))
        return editions[-1] if editions else None
    return None


def _earlier_paths(path: Path, document: Mapping[str, Any]) -> dict[str, Path]:
    this, scope = month_number(document["month"]), document.get("scope", "")
    months = {"month": month_name(this - 1), "year": month_name(this - 12)}
    folder = path.resolve().parent.parent
    return {name: folder / edition_name(m, scope) / "figures.json" for name, m in months.items()}
