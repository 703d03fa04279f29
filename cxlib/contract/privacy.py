"""Personal data: columns that name people or quote them, told by their name or by their values.

No figure needs them, so the import leaves them out unless ``keep_text`` of dataset.yaml asks for them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cxlib.contract.engine import name

if TYPE_CHECKING:
    from cxlib.contract.engine import Engine

__all__ = ["discreet", "form", "is_personal", "masked", "personal_values"]

_WHOSE = (
    r"((first|last|full|given|family|sur|user|customer|contact|account|client|company|recipient|requester|"
    r"submitter|respondent|kunden?|kontakt|firmen|vor|nach|familien|benutzer)[-_ ]?)?"
)
_NAMES = re.compile(
    rf"({_WHOSE}(names?|namen?)|{_WHOSE}e?[-_ ]?mail([-_ ]?(address|adresse))?|"
    rf"{_WHOSE}(tele)?(phone|fon|fax)([-_ ]?(number|nummer))?|mobile?([-_ ]?(number|nummer|phone))?|handy|"
    r"rufnummer|(client|remote)?[-_ ]?ip([-_ ]?(v[46]|address|adresse))?|(client|remote)[-_ ]?ip|"
    r"street|stra(ss|ß)e|hausnummer|address|adresse|anschrift|iban|"
    r"(date[-_ ]of[-_ ]birth|birth[-_ ]?(date|day)|geburts(datum|tag))|ansprechpartner(in)?|kontaktperson|"
    r"comments?|kommentare?|free[-_ ]?text|freitext|bemerkung(en)?|notiz(en)?|notes?|message|nachricht|"
    r"subject|betreff|betreuer(in)?|vertreter(in)?|(sach)?bearbeiter(in)?|agent([-_ ]?name)?|"
    r"(account|contact|case|ticket)?[-_ ]?owner|assignee|assigned[-_ ]to|twitter|linkedin|xing|"
    r"kontonummer|konto[-_ ]?nr\.?|bic|swift|geb\.?[-_ ]?(datum|tag)|geboren([-_ ]am)?)([-_ ]?\d+)?",
    re.IGNORECASE,
)
# Values looked at, evenly spread over the table.
LOOKED_AT = 20_000
COLUMNS_AT_A_TIME = 25
# With fewer values nothing is said of how often one repeats.
ENOUGH = 20
_MAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
_IP = r"\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{0,4}){4,7}"
_PHONE = r"(\+|00|\(?0)[1-9][-0-9 ()/.]{5,18}[0-9]"
_DATE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*"
# From these shares of its values on, a column holds such data and not just a slip.
_SHARES = {"mail": 0.01, "ip": 0.05, "phone": 0.5}
# More different values than this share: one for almost each row.
_DIFFERENT = 0.5
_WORDS = 3
# How the engine quotes a value that it could not convert or parse.
_QUOTED_VALUE = r"""(string ['"]|range: ['"]|value ['"])(.*?)(['"](?: to| according|,|\.|\s|$))"""


def is_personal(column: str) -> bool:
    """Return whether a column's name says that it holds names, addresses, telephone numbers or free text."""
    return _NAMES.fullmatch(column.strip()) is not None


def personal_values(engine: Engine, rows: str, columns: dict[str, bool]) -> list[str]:
    """Return the columns whose values are personal.

    E-mail addresses, IP addresses and telephone numbers are known by their form, free text by having
    several words and hardly ever repeating. A column that must be a grouping to be of use, and has a text
    of its own for most rows, names them.

    Parameters
    ----------
    engine : Engine
    rows : str
        SQL of the rows, with ``file_row_number``.
    columns : dict of str to bool
        Text columns to look at, and whether each can only be of use as a grouping.
    """
    step = engine.query(f"SELECT count(*) // {LOOKED_AT} + 1 AS step FROM {rows}")["step"][0].as_py()
    some = f"{rows} WHERE file_row_number % {step} = 0"
    wanted, personal = list(columns), []
    for first in range(0, len(wanted), COLUMNS_AT_A_TIME):
        part = wanted[first : first + COLUMNS_AT_A_TIME]
        measures = ", ".join(
            f"{sql} AS {name(f'{measure} {column}')}"
            for column in part
            for measure, sql in _measures(name(column)).items()
        )
        row = engine.query(f"SELECT {measures} FROM {some}").to_pylist()[0]
        for column in part:
            measured = {measure: row[f"{measure} {column}"] or 0 for measure in _measures("x")}
            personal += [column] if _tells(measured, columns[column]) else []
    return personal


def _measures(column: str) -> dict[str, str]:
    """Return SQL of the number of values, how many differ, and how many have each form."""
    plain = f"regexp_full_match({column}, '{_DATE}') OR try_cast({column} AS DOUBLE) IS NOT NULL"
    return {
        "n": f"count({column})",
        "different": f"count(DISTINCT {column})",
        "mail": f"count(*) FILTER (regexp_matches({column}, '{_MAIL}'))",
        "ip": f"count(*) FILTER (regexp_full_match({column}, '{_IP}'))",
        "phone": (
            f"count(*) FILTER (regexp_full_match({column}, '{_PHONE}') AND NOT "
            f"regexp_full_match({column}, '{_DATE}'))"
        ),
        "plain": f"count(*) FILTER ({plain} OR regexp_full_match({column}, '[-+0-9.,]+'))",
        "words": f"avg(len(regexp_extract_all({column}, '\\S+')))",
    }


def _tells(measured: dict[str, float], grouping: bool) -> bool:
    """Return whether the measures of a column are those of personal data."""
    values = measured["n"]
    if any(measured[form] >= max(share * values, 1) for form, share in _SHARES.items()):
        return True
    hardly_repeats = values >= ENOUGH and measured["different"] > _DIFFERENT * values
    text = measured["plain"] < _DIFFERENT * values
    return hardly_repeats and text and (grouping or measured["words"] >= _WORDS)


def form(text: str) -> str:
    """Return what a text looks like, every letter an x and every digit a 9, so that it names nobody."""
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", text))


def masked(complaint: str) -> str:
    """Return an engine's complaint with the values it quotes, and all addresses, reduced to their form."""
    complaint = re.sub(_QUOTED_VALUE, lambda match: f"{match[1]}{form(match[2])}{match[3]}", complaint)
    return re.sub(_MAIL, lambda match: form(match[0]), complaint)


def discreet(value: str | None) -> str | None:
    """Return a value for an error's message; of one that may name or quote somebody only the form."""
    if value is None:
        return None
    private = re.search(_MAIL, value) or re.fullmatch(f"({_IP})|({_PHONE})", value.strip())
    if (private and not re.fullmatch(_DATE, value.strip())) or len(value.split()) > _WORDS:
        return form(value[:60])
    return value[:60]
