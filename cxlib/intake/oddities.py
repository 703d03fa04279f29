"""How values are written, as the import notices it: zones, currencies, forms of ids.

Nothing is set aside for it; :mod:`cxlib.checks.remarks` puts it into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cxlib.contract.engine import Engine, literal, name

__all__ = ["currencies", "forms", "off_scale", "signs_of_money", "zone_mark"]

OFF_SCALE = "is off its scale"
_CURRENCY = re.compile(r"(.*[_ ])?(currency|curr|w(ae|ä)hrung)([_ ]?(code|iso|key))?", re.IGNORECASE)


def is_currency(column: str) -> bool:
    """Return whether a column is named like one that holds a currency."""
    return _CURRENCY.fullmatch(column) is not None


def zone_mark(text: str) -> str:
    """Return SQL: whether a written time carries a zone; NULL for days without a time.

    Parameters
    ----------
    text : str
        SQL of the time as text.
    """
    zoned = " OR ".join(f"{text} LIKE '%:%{mark}%'" for mark in "+-Zz")
    return f"CASE WHEN {text} LIKE '%:%' THEN ({zoned}) END"


def currencies(engine: Engine, sql: str, texts: Iterable[str]) -> list[dict[str, Any]]:
    """Return the columns of a source that hold a currency, with their values and rows.

    Parameters
    ----------
    engine : Engine
    sql : str
        SELECT of the source.
    texts : iterable of str
        The SQL files that read the source.

    Returns
    -------
    list of dict
        ``column``, ``values`` (currency -> rows, ten at most) and ``mentioned``: whether one of the
        SQL files speaks of the column.
    """
    spoken = " ".join(texts).lower()
    columns = []
    for column in filter(is_currency, engine.columns(sql)):
        text = f"upper(trim(CAST({name(column)} AS VARCHAR)))"
        rows = engine.query(
            f"SELECT {text} AS currency, count(*) AS rows FROM ({sql}) WHERE {text} <> '' "
            "GROUP BY 1 ORDER BY rows DESC, 1 LIMIT 10"
        ).to_pylist()
        values = {row["currency"]: row["rows"] for row in rows}
        columns.append({"column": column, "values": values, "mentioned": column.lower() in spoken})
    return columns


def off_scale(engine: Engine, rejected: str) -> list[str]:
    """Return the commonest values off their scale among the rows set aside, three at most."""
    return engine.query(
        f"SELECT value FROM {rejected} WHERE reason = {literal(OFF_SCALE)} AND value IS NOT NULL "
        "GROUP BY value ORDER BY count(*) DESC, value LIMIT 3"
    )["value"].to_pylist()


def signs_of_money(engine: Engine, rejected: str) -> dict[str, int]:
    """Return signs and codes of currencies written into amounts that were set aside, with their rows."""
    rows = engine.query(
        "SELECT sign, count(*) AS rows FROM (SELECT regexp_extract(upper(value), "
        f"'[€$£¥]|\\b(EUR|USD|CHF|GBP|SEK|DKK|NOK|PLN|CZK|JPY)\\b') AS sign FROM {rejected} "
        "WHERE reason = 'is not a number') WHERE sign <> '' GROUP BY 1 ORDER BY rows DESC, 1"
    ).to_pylist()
    return {row["sign"]: row["rows"] for row in rows}


def forms(engine: Engine, rows: str) -> list[str]:
    """Return the two commonest forms of ``customer_id``, e.g. ``AA-9999``; never an id itself.

    Parameters
    ----------
    engine : Engine
    rows : str
        SQL of the rows.
    """
    form = "regexp_replace(regexp_replace(regexp_replace(customer_id, '[0-9]', '9', 'g'), "
    form += "'[\\p{Lu}\\p{Lt}]', 'A', 'g'), '[\\p{Ll}\\p{Lo}\\p{Lm}]', 'a', 'g')"
    return engine.query(
        f"SELECT left({form}, 24) AS form FROM {rows} WHERE customer_id IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2"
    )["form"].to_pylist()
