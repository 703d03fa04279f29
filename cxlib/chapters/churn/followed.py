"""Who left after a first and a second negative experience, as it was observed."""

from __future__ import annotations

import pandas as pd

from cxlib.chapters.churn.figures import FIGURES
from cxlib.chapters.churn.periods import within
from cxlib.chapters.churn.sources import source_warnings
from cxlib.chapters.churn.study import ENOUGH_FOLLOWED, Study
from cxlib.dataset.dataset import Dataset
from cxlib.language import Message, count, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats.incidence import incidence_at

__all__ = ["TOO_FEW_FOLLOWED", "after", "leaver_warnings"]

TOO_FEW_FOLLOWED = say("Too few customers were followed long enough after a negative experience.")

_AFTER_IDS = {
    (1, "strict"): "churn.after12.1",
    (2, "strict"): "churn.after12.2",
    (1, "generous"): "churn.after12.generous.1",
    (2, "generous"): "churn.after12.generous.2",
}
_STRICT = say(
    "Voluntary ends in the month after the first (second) month with a recorded experience in the "
    "window; experiences of the month of leaving are not counted; involuntary ends compete "
    "(Aalen-Johansen). Interval on the log(-log) scale, with few ends at least that of Clopper and Pearson.",
    plural="Voluntary ends in months 1 to {n} after the first (second) month with a recorded experience in "
    "the window; experiences of the month of leaving are not counted; involuntary ends compete "
    "(Aalen-Johansen). Interval on the log(-log) scale, with few ends at least that of Clopper and Pearson.",
)
_GENEROUS = say(
    "The same with month 0: experiences of the month of leaving, contacts to cancel among them, count as "
    "the cause. An upper bound."
)
_OBSERVED = say("Who left after an experience, not who left because of it.")
_AFTER_COLUMNS = {
    "experience": Column(say("Experience"), lambda place: _PLACES[place - 1]),
    "counting": Column(say("Counting"), lambda name: _COUNTINGS[name]),
    "customers": Column(say("Customers"), count),
    "left": Column(say("Left"), count),
    "share": Column(say("Share who left"), percent),
    "low": Column(say("from"), percent),
    "high": Column(say("to"), percent),
}
_PLACES = (say("first"), say("second"))
_COUNTINGS = {"strict": say("months after it"), "generous": say("its own month included")}


def after(data: Dataset) -> Result:
    """Share who left within the horizon after the first and the second experience, as observed.

    Returns
    -------
    Result
        Figures ``churn.after12.1``, ``.2`` and ``churn.after12.generous.1``, ``.2``. Table: one row
        per experience and counting: ``experience``, ``counting``, ``customers``, ``left``, ``share``
        (0-1), ``low``, ``high``; part ``paths``: the same by ``month`` since the experience.
    """
    study = data.once(Study)
    tables = study.followed
    if (1, "strict") not in tables:
        reason = study.missing or TOO_FEW_FOLLOWED
        return Result.unavailable("churn.after", reason, FIGURES.of("churn.after"))
    figures = tuple(_after_figure(key, table, study) for key, table in tables.items())
    few = say("Fewer than {least} customers were followed for the whole period after it.")
    few = few(least=count(ENOUGH_FOLLOWED))
    return Result(
        "churn.after",
        _after_sentences(tables, study.horizon),
        table=pd.DataFrame([_after_row(key, table) for key, table in tables.items()]),
        columns=_AFTER_COLUMNS,
        figures=figures,
        method=(_strict(study.horizon), _GENEROUS, _OBSERVED),
        warnings=(*source_warnings(study), *study.leads.warnings, *leaver_warnings(study)),
        absent=FIGURES.absent("churn.after", few, {figure.id for figure in figures}),
        parts={"paths": _paths(tables)},
    )


def _strict(horizon: int) -> Message:
    return _STRICT(n=count(horizon))


def _after_figure(key: tuple[int, str], table: pd.DataFrame, study: Study) -> Figure:
    horizon = study.horizon
    declared = FIGURES[_AFTER_IDS[key]]
    return Figure.of(
        declared,
        incidence_at(table, horizon),
        label=declared.label(n=count(horizon)),
        n=int(table["at_risk"].iloc[0]),
        method=_GENEROUS if key[1] == "generous" else _strict(horizon),
        note=next(iter(source_warnings(study)), _OBSERVED),
    )


def _after_row(key: tuple[int, str], table: pd.DataFrame) -> dict[str, object]:
    last = table.iloc[-1]
    return {
        "experience": key[0],
        "counting": key[1],
        "customers": int(table["at_risk"].iloc[0]),
        "left": int(table["left"].sum()),
        **{name: last[name] for name in ("share", "low", "high")},
    }


def _paths(tables: dict[tuple[int, str], pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [table.assign(experience=place, counting=counting) for (place, counting), table in tables.items()],
        ignore_index=True,
    )


def _after_sentences(tables: dict[tuple[int, str], pd.DataFrame], horizon: int) -> tuple[Message, ...]:
    sentences = [
        say(
            "Of {n} customers with a first recorded negative experience {value} left on their own account "
            "{within} after it (between {low} and {high}).",
            n=count(int(tables[1, "strict"]["at_risk"].iloc[0])),
            within=within(horizon),
            **interval(incidence_at(tables[1, "strict"], horizon)),
        )
    ]
    if (2, "strict") in tables:
        sentences.append(
            say(
                "After a second one it was {value} of {n} (between {low} and {high}).",
                n=count(int(tables[2, "strict"]["at_risk"].iloc[0])),
                **interval(incidence_at(tables[2, "strict"], horizon)),
            )
        )
    sentences.append(say("Some of them would have left without it; who left because of it is asked below."))
    return tuple(sentences)


def leaver_warnings(study: Study) -> tuple[Message, ...]:
    """Return what the month of leaving and unknown kinds of end do to the figures."""
    warnings = [] if study.leads.at_the_end is None else [study.leads.at_the_end]
    if study.unknown_ends:
        warnings.append(
            say(
                "For {n} end it is not known whether the customer wanted to leave; it is counted as wanted.",
                plural="For {n} ends it is not known whether the customer wanted to leave; they are counted "
                "as wanted.",
                n=count(study.unknown_ends),
            )
        )
    return tuple(warnings)
