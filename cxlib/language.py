"""German and English: one catalogue of sentences, and numbers, money and months as readers write them.

Code carries English sentences as :class:`Message` objects made by :func:`say`; words are made at
the edge, when a result is shown. Numbers inside a sentence are :class:`Quantity` objects, so the
same sentence reads 1,234.5 in English and 1.234,5 in German.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from cxlib.errors import CxError

__all__ = [
    "LANGUAGES",
    "Message",
    "Quantity",
    "count",
    "current",
    "day",
    "listing",
    "money",
    "month",
    "number",
    "percent",
    "percentage_points",
    "say",
    "to_text",
    "translate",
    "use",
]

LANGUAGES = ("de", "en")
MISSING = "–"
MINUS = "\u2212"

_current = "en"


def use(language: str) -> None:
    """Set the language in which results speak from now on.

    Parameters
    ----------
    language : {"de", "en"}

    Raises
    ------
    CxError
        For any other language.
    """
    global _current
    _current = _checked(language)


def current() -> str:
    """Return the language in which results speak now."""
    return _current


def _checked(language: str | None) -> str:
    if language is None:
        return _current
    if language not in LANGUAGES:
        raise CxError(f"Language {language!r} is not known; choose one of {', '.join(LANGUAGES)}.")
    return language


@lru_cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Return English sentence -> translation, read from the gettext catalogue."""
    path = resources.files("cxlib").joinpath("locale", f"{language}.po")
    if language == "en":
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {m.id: m.string for m in catalogue if m.id and m.string and not m.fuzzy}


def translate(text: str, language: str | None = None) -> str:
    """Return `text` (English, as in the code or a notebook cell) in `language`."""
    return _catalogue(_checked(language)).get(text, text)


@dataclass(frozen=True)
class Message:
    """A sentence with its values, to be made into words at the edge.

    Attributes
    ----------
    template : str
        English sentence, at the same time its key in the catalogue; values stand in braces.
    values : mapping
        Name in the sentence -> Quantity, Message or plain text from the data.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str | None = None) -> str:
        """Return the sentence in `language` (default: the current one)."""
        language = _checked(language)
        words = {name: to_text(value, language) for name, value in self.values.items()}
        return translate(self.template, language).format_map(words)

    def __str__(self) -> str:
        return self.text()


def say(template: str, /, **values: Any) -> Message:
    """Mark an English sentence for translation and bind its values.

    The first argument must be a literal, because the catalogue is collected from the source.
    """
    return Message(template, values)


@dataclass(frozen=True)
class Quantity:
    """A number, amount, month or day that is written differently in each language."""

    value: Any
    kind: str = "number"
    digits: int = 0
    unit: str = ""
    signed: bool = False

    def text(self, language: str | None = None) -> str:
        """Return the quantity as a reader of `language` writes it."""
        language = _checked(language)
        if self.value is None or (isinstance(self.value, float) and math.isnan(self.value)):
            return MISSING
        if self.kind in ("month", "day"):
            return _date_text(self, language)
        words = _FORMATS[self.kind](self, language)
        if not any(digit in words for digit in "123456789"):
            return words.replace("-", "")
        words = words.replace("-", MINUS)
        return f"+{words}" if self.signed and self.value > 0 else words

    def __str__(self) -> str:
        return self.text()


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


def _decimal_text(quantity: Quantity, language: str) -> str:
    return format_decimal(_steady(quantity.value), format=_pattern(quantity.digits), locale=language)


def _percent_text(quantity: Quantity, language: str) -> str:
    suffix = "\u00a0%" if language == "de" else "%"
    pattern = _pattern(quantity.digits) + suffix
    return format_percent(_steady(quantity.value), format=pattern, locale=language)


def _points_text(quantity: Quantity, language: str) -> str:
    return _decimal_text(Quantity(quantity.value * 100, digits=quantity.digits), language)


def _money_text(quantity: Quantity, language: str) -> str:
    pattern = _pattern(quantity.digits)
    pattern = f"{pattern}\u00a0¤" if language == "de" else f"¤{pattern};-¤{pattern}"
    return format_currency(
        _steady(quantity.value), quantity.unit, format=pattern, locale=language, currency_digits=False
    )


def _steady(value: float) -> float:
    """Drop the last digits, so that a value on the edge of rounding reads the same everywhere."""
    return float(f"{float(value):.10g}")


def _date_text(quantity: Quantity, language: str) -> str:
    if quantity.kind == "day":
        return format_date(quantity.value, format="long", locale=language)
    year, month_of_year = str(quantity.value).split("-")
    first = date(int(year), int(month_of_year), 1)
    return format_skeleton(quantity.unit or "yMMMM", first, locale=language)


_FORMATS = {
    "number": _decimal_text,
    "percent": _percent_text,
    "points": _points_text,
    "money": _money_text,
}


def number(value: float | None, digits: int = 0, *, signed: bool = False) -> Quantity:
    """Return a plain number with `digits` decimals."""
    return Quantity(value, "number", digits, signed=signed)


def count(value: int | None) -> Quantity:
    """Return a count of people or things."""
    return Quantity(value, "number", 0)


def percent(share: float | None, digits: int = 1, *, signed: bool = False) -> Quantity:
    """Return a share (0-1) as a percentage."""
    return Quantity(share, "percent", digits, signed=signed)


def percentage_points(difference: float | None, digits: int = 1, *, signed: bool = False) -> Quantity:
    """Return a difference of two shares (0-1) in percentage points, without the unit's name."""
    return Quantity(difference, "points", digits, signed=signed)


def money(amount: float | None, currency: str, digits: int = 0, *, signed: bool = False) -> Quantity:
    """Return an amount of money; `currency` is its ISO 4217 code."""
    return Quantity(amount, "money", digits, unit=currency, signed=signed)


def month(value: str | None, *, short: bool = False) -> Quantity:
    """Return a month given as YYYY-MM."""
    return Quantity(value, "month", unit="yMMM" if short else "yMMMM")


def day(value: date | None) -> Quantity:
    """Return a calendar day."""
    return Quantity(value, "day")


@dataclass(frozen=True)
class Listing:
    """Several things in one sentence: "a, b and c"."""

    items: tuple[Any, ...]

    def text(self, language: str | None = None) -> str:
        """Return the enumeration in `language`."""
        words = [to_text(item, language) for item in self.items]
        if len(words) < 2:
            return "".join(words)
        last = {"de": " und ", "en": " and "}[_checked(language)]
        return ", ".join(words[:-1]) + last + words[-1]


def listing(items: Any) -> Listing:
    """Return an enumeration of quantities, messages or texts."""
    return Listing(tuple(items))


def to_text(value: Any, language: str | None = None) -> str:
    """Return any value as words: messages and quantities in `language`, the rest as they are."""
    if hasattr(value, "text"):
        return value.text(language)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    return str(value)
