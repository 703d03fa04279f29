"""Contacts by touchpoint in the report month, and the share that ended without a solution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from cxlib import disclosure
from cxlib.chapters.touchpoints.counts import LEAST_RECORDED, Study
from cxlib.chapters.touchpoints.figures import FIGURES
from cxlib.dataset.dataset import Dataset, Title
from cxlib.estimate import Estimate
from cxlib.language import Message, count, listing, month, percent, say
from cxlib.result import Column, Figure, Result, interval
from cxlib.stats import intervals

__all__ = ["contacts", "failed"]

NO_TABLE = say("These data hold no contacts at touchpoints.")
NO_CONTACT = say("No contact is recorded in {month}.")
NO_OUTCOME = say(
    "No touchpoint records the outcome of at least {least} of its contacts in {month}; of fewer, perhaps "
    "only the failures are written down.",
    least=percent(LEAST_RECORDED, 0),
)
TOO_FEW = say("There are too few people to show a figure about them; at least {minimum} are needed.")

_COUNTED = say(
    "All contacts of the month that are recorded at a touchpoint, in either direction, before and after the "
    "purchase. It is a count and not a sample, so there is no interval; what nobody records is not in it."
)
_FAILED = say(
    "Unresolved or abandoned, of the contacts with a recorded outcome. Touchpoints that record the outcome "
    "of fewer than {least} of their contacts are left out: there a failure may be the only outcome that is "
    "written down. Interval: Wilson, 95%, widened because several contacts of one customer are alike.",
    least=percent(LEAST_RECORDED, 0),
)
_RECORDED = say("As recorded by those who handled the contact; customers may see it otherwise.")


def contacts(data: Dataset) -> Result:
    """Contacts of the month by touchpoint.

    Returns
    -------
    Result
        Figure ``touchpoints.contacts``. Table: one row per touchpoint, most contacts first:
        ``touchpoint``, ``contacts``, ``share`` (of all contacts, 0-1), ``people``, ``hidden``.
    """
    total, people = _totals(data, "contacts")
    reason = _refusal(data, total, people, NO_CONTACT)
    if reason is not None:
        return Result.unavailable("touchpoints.contacts", reason, FIGURES.of("touchpoints.contacts"))
    minimum, names = data.definitions.minimum_group, _names(data)
    table = _volumes(data.once(Study).kinds, total)
    table = disclosure.hide_small_groups(table, ["contacts", "share"], people="people", minimum=minimum)
    table = table.sort_values(["hidden", "contacts", "touchpoint"], ascending=[True, False, True])
    return Result(
        "touchpoints.contacts",
        (_recorded(data, total, people), *_most(table, names)),
        table=table.reset_index(drop=True),
        columns=_volume_columns(names),
        figures=(Figure.of(FIGURES["touchpoints.contacts"], Estimate(total), n=people, method=_COUNTED),),
        method=(_COUNTED,),
        warnings=disclosure.told(table, minimum),
    )


def _totals(data: Dataset, column: str) -> tuple[int, int]:
    """Return contacts of a kind (``contacts``, or ``known``: with an outcome) and the people who had them."""
    if "interactions" not in data.tables:
        return 0, 0
    persons = data.once(Study).persons
    return int(persons[column] @ persons["people"]), int(persons["people"][persons[column] > 0].sum())


def _refusal(data: Dataset, n: int, people: int, none: Message) -> Message | None:
    """Return why there is nothing to show; `none` says it where nothing was counted."""
    if "interactions" not in data.tables:
        return NO_TABLE
    if not n:
        return none(month=month(data.month))
    minimum = data.definitions.minimum_group
    return TOO_FEW(minimum=count(minimum)) if people < minimum else None


def _volumes(kinds: pd.DataFrame, total: int) -> pd.DataFrame:
    each = kinds.assign(contacts=kinds["contacts"] * kinds["people"])
    table = each.groupby("touchpoint", as_index=False)[["contacts", "people"]].sum()
    return table.assign(share=table["contacts"] / total)


def _recorded(data: Dataset, n: int, people: int) -> Message:
    return say(
        "Contacts recorded in {month}: {n}, of {people} people.",
        month=month(data.month),
        n=count(n),
        people=count(people),
    )


def _most(table: pd.DataFrame, name: Callable[[str], Any]) -> tuple[Message, ...]:
    shown = table[~table["hidden"]]
    if shown.empty:
        return ()
    first = shown.iloc[0]
    words = {"touchpoint": name(first["touchpoint"]), "share": percent(first["share"])}
    return (say("The touchpoint with the most of them: {touchpoint} ({share}).", **words),)


def _volume_columns(name: Callable[[str], Any]) -> dict[str, Column]:
    return {
        "touchpoint": Column(say("Touchpoint"), name),
        "contacts": Column(say("Contacts"), count),
        "share": Column(say("Share"), percent),
        "people": Column(say("People"), count),
    }


def _names(data: Dataset) -> Callable[[str], Any]:
    """Return what makes a touchpoint the name that readers see; one that is not listed keeps its own."""
    labels = {
        row.touchpoint: Title({"de": row.label_de, "en": row.label_en}, row.touchpoint)
        for row in data.table("touchpoints").itertuples()
    }
    return lambda touchpoint: labels.get(touchpoint, touchpoint)


def failed(data: Dataset) -> Result:
    """Share of contacts that ended unresolved or abandoned, of those whose outcome is recorded.

    Returns
    -------
    Result
        Figure ``touchpoints.contacts.failed``. Table: one row per touchpoint that records most outcomes,
        most failures first: ``touchpoint``, ``value``, ``low``, ``high`` (0-1), ``known`` (contacts with a
        recorded outcome), ``people``, ``hidden``.
    """
    n, people = _totals(data, "known")
    reason = _refusal(data, n, people, NO_OUTCOME)
    if reason is not None:
        return Result.unavailable("touchpoints.failed", reason, FIGURES.of("touchpoints.failed"))
    made, minimum, names = data.once(Study), data.definitions.minimum_group, _names(data)
    share, values = _share(made.persons), ["value", "low", "high", "known"]
    shares = _without_the_hidden(_shares(made.kinds), made.kinds, minimum)
    table = disclosure.hide_small_groups(shares, values, people="people", minimum=minimum)
    table = table.sort_values(["hidden", "value", "touchpoint"], ascending=[True, False, True])
    return Result(
        "touchpoints.failed",
        (_ended(data, share, n, people),),
        table=table.reset_index(drop=True),
        columns=_failed_columns(names),
        figures=(
            Figure.of(FIGURES["touchpoints.contacts.failed"], share, n=n, method=_FAILED, note=_RECORDED),
        ),
        method=(_FAILED,),
        warnings=(*_left_out(made.kinds, names), *disclosure.told(table, minimum)),
    )


def _share(kinds: pd.DataFrame) -> Estimate:
    """Return the share of failures among the contacts with a recorded outcome."""
    kinds = kinds[kinds["known"] > 0]
    return intervals.clustered_share(kinds["known"], kinds["failed"], kinds["people"])


def _shares(kinds: pd.DataFrame) -> pd.DataFrame:
    """Return one row per judged touchpoint: its name, the share with its limits, contacts and people."""
    judged = kinds[kinds["judged"] & (kinds["known"] > 0)]
    rows = [
        {
            "touchpoint": touchpoint,
            **_share(part)._asdict(),
            "known": int(part["known"] @ part["people"]),
            "people": int(part["people"].sum()),
        }
        for touchpoint, part in judged.groupby("touchpoint")
    ]
    return pd.DataFrame(rows)


def _without_the_hidden(shares: pd.DataFrame, kinds: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Let touchpoints whose contacts are hidden count as too small here, too.

    Else the contacts with an outcome would tell what :func:`contacts` hides.
    """
    people = kinds.groupby("touchpoint")["people"].sum()
    hidden = people.index[disclosure.hidden_groups(people.to_numpy(), minimum)]
    small = shares["people"].clip(upper=minimum - 1)
    return shares.assign(people=shares["people"].mask(shares["touchpoint"].isin(hidden), small))


def _ended(data: Dataset, share: Estimate, n: int, people: int) -> Message:
    return say(
        "{value} of the contacts of {month} whose outcome is recorded ended unresolved or were abandoned, "
        "between {low} and {high} (contacts: {n}, people: {people}).",
        **interval(share),
        month=month(data.month),
        n=count(n),
        people=count(people),
    )


def _left_out(kinds: pd.DataFrame, name: Callable[[str], Any]) -> tuple[Message, ...]:
    """Return the sentence that names the touchpoints whose outcomes are recorded too rarely."""
    rarely = kinds[~kinds["judged"]].groupby("touchpoint")["known"].sum()
    places = rarely.index[rarely > 0]
    if not len(places):
        return ()
    return (
        say(
            "Left out, because the outcome of most contacts there is not recorded: {touchpoints}.",
            touchpoints=listing(name(place) for place in places),
        ),
    )


def _failed_columns(name: Callable[[str], Any]) -> dict[str, Column]:
    return {
        "touchpoint": Column(say("Touchpoint"), name),
        "value": Column(say("Unresolved or abandoned"), percent),
        "low": Column(say("from"), percent),
        "high": Column(say("to"), percent),
        "known": Column(say("Contacts with an outcome"), count),
    }
