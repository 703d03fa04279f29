"""What an export is taken for: columns of a canonical table, questions, answers to invitations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cxlib.init.export import Export
from cxlib.init.presets import Line

__all__ = ["Link", "Question", "Reading", "named_in", "quoted"]

QUOTED = re.compile(r'"((?:[^"]|"")+)"')


@dataclass(frozen=True)
class Question:
    """One question of a questionnaire.

    Attributes
    ----------
    column : str
        Column with the answers.
    key : str
        Short name of the question: the column's own where it is one.
    instrument : str
    low, high : float
        Its scale.
    high_is_good : bool
    sure : str
    note : str
        The wording, and where the scale comes from.
    """

    column: str
    key: str
    instrument: str
    low: float
    high: float
    high_is_good: bool
    sure: str
    note: str


@dataclass(eq=False)
class Reading:
    """One export read as one canonical table.

    Attributes
    ----------
    export : Export
    table : str
    form : str
        What it was recognised as, and by what.
    lines : dict of str to Line
        Column of the table (or helper) -> how it is made.
    where : str
    questions : list of Question
    scales : dict of str to (float, float)
        Instrument -> scale that the tool fixes.
    unused : dict of str to str
        Column of the export -> why it is not used.
    left_open : list of str
    joined : str
        How sure it is that the answers belong to a list of invitations; empty: to none.
    """

    export: Export
    table: str
    form: str
    lines: dict[str, Line] = field(default_factory=dict)
    where: str = ""
    questions: list[Question] = field(default_factory=list)
    scales: dict[str, tuple[float, float]] = field(default_factory=dict)
    unused: dict[str, str] = field(default_factory=dict)
    left_open: list[str] = field(default_factory=list)
    joined: str = ""

    @property
    def is_invitations(self) -> bool:
        """Whether it lists who was asked, without the answers."""
        answers = self.questions or "score" in self.lines
        return self.table == "surveys" and "invited_at" in self.lines and not answers

    def takes(self, column: str) -> list[Line]:
        """Return the lines that use a column of the export."""
        return [line for line in self.lines.values() if column in named_in(line.sql)]


@dataclass(frozen=True)
class Link:
    """Invitations and the answers to them, with the columns that hold the invitation's number.

    Attributes
    ----------
    asked, responses : Reading
    asked_column, responses_column : str
    kind_column : str
        Column of the invitations that names the kind of survey; empty: none does.
    questions : dict of str to list of Question
        Kind of survey -> the questions asked in it; "" where there are no kinds.
    sure : {"certain", "likely"}
        Likely where not all invitations and answers were looked at.
    """

    asked: Reading
    responses: Reading
    asked_column: str
    responses_column: str
    kind_column: str
    questions: dict[str, list[Question]]
    sure: str


def quoted(column: str) -> str:
    """Return a column's name as SQL."""
    return '"' + column.replace('"', '""') + '"'


def named_in(sql: str) -> list[str]:
    """Return the columns that SQL of a line names, in its order."""
    return [name.replace('""', '"') for name in QUOTED.findall(sql)]
