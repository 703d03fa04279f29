"""Every published figure is declared once, in ``figures.py`` of its chapter.

From the declarations come the figures themselves (id, label, unit), what is said to be absent, the
tiles of the summary, the table of figures in data/README.md and the promises of the notebooks.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cxlib.language import Message

__all__ = ["Claim", "Declared", "Figures", "Headline"]


class Headline(NamedTuple):
    """How a figure stands on the summary.

    Attributes
    ----------
    tile : str
        Figures of one tile stand in for each other: the first that the data give is shown.
    rank : int
        Order of the figures, within a tile and, by their first, of the tiles.
    signed : bool
        Whether a plus sign is written.
    beside : mapping of str to Message
        Id of another figure -> its short line below, with a place for ``{value}``.
    """

    tile: str
    rank: int
    signed: bool = False
    beside: Mapping[str, Message] = {}


class Claim(NamedTuple):
    """How the verdict on a popular claim stands on the summary.

    Attributes
    ----------
    quote : Message
        The claim in the words in which it goes round.
    rank : int
        Order of the claims.
    evidence : tuple of str
        Ids of the figures that it is held against.
    """

    quote: Message
    rank: int
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Declared:
    """One figure that a chapter can publish.

    Attributes
    ----------
    id : str
        Stable name, whole as written, e.g. ``churn.hr.adjusted.1``.
    measure : str
        Function that gives it, as named in results: ``churn.hazard``.
    label : Message
        Name for readers; places in braces are bound from the settings when the figure is made.
    unit : str
        As in :class:`cxlib.result.Figure`; ``money`` where it is the dataset's currency; the plain name
        of what is counted, e.g. ``contacts``, where the value is a count.
    definition : str
        Exact meaning, for data/README.md.
    interval : str
        How the 95 % interval is made; empty: none.
    settings : tuple of str
        Keys of dataset.yaml on which the value depends.
    headline : Headline or None
    claim : Claim or None
        For a verdict.
    has_truth : bool
        Whether the truth file of a simulated company holds its true value.
    """

    id: str
    measure: str
    label: Message
    unit: str
    definition: str
    interval: str = ""
    settings: tuple[str, ...] = ()
    headline: Headline | None = None
    claim: Claim | None = None
    has_truth: bool = False


class Figures(Mapping[str, Declared]):
    """The figures of one chapter by id, in the order of their declaration.

    Parameters
    ----------
    chapter : str
        Number of the chapter's notebook, e.g. ``12``.
    *declared : Declared

    Raises
    ------
    ValueError
        If an id is declared twice.
    """

    def __init__(self, chapter: str, *declared: Declared) -> None:
        self.chapter = chapter
        self._by_id = {figure.id: figure for figure in declared}
        if len(self._by_id) < len(declared):
            raise ValueError(f"Chapter {chapter} declares a figure twice: {[f.id for f in declared]}")

    def __getitem__(self, id: str) -> Declared:
        return self._by_id[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def of(self, measure: str) -> tuple[str, ...]:
        """Return the ids of one measure."""
        return tuple(id for id, figure in self._by_id.items() if figure.measure == measure)

    def absent(self, measure: str, reason: Message, given: Container[str] = ()) -> dict[str, Message]:
        """Return id -> reason for the figures of a measure that are not among those `given`."""
        return {id: reason for id in self.of(measure) if id not in given}
