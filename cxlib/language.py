"""German and English: catalogues of sentences, and numbers, money and months as readers write them.

Code carries English sentences as :class:`Message` objects made by :func:`say`; words are made at
the edge, when a result is shown. Numbers inside a sentence are :class:`Quantity` objects, so the
same sentence reads 1,234.5 in English and 1.234,5 in German. The German sentences stand in gettext
catalogues: ``locale/de.po``, and ``de.po`` beside each chapter; ``make words`` keeps them up to date.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.messages.pofile import PoFileError, read_po
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
    "speaking",
    "to_text",
    "translate",
    "use",
    "use_words",
]

LANGUAGES = ("de", "en")
MISSING = "–"
MINUS = "\u2212"

_current = "en"
# Catalogues of chapters outside the kit, the last one first.
_further: list[Path] = []


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


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let results speak `language` inside a ``with`` block, and what they spoke before after it."""
    before = _current
    use(language)
    try:
        yield
    finally:
        use(before)


def current() -> str:
    """Return the language in which results speak now."""
    return _current


def _checked(language: str | None) -> str:
    if language is None:
        return _current
    if language not in LANGUAGES:
        raise CxError(f"Language {language!r} is not known; choose one of {', '.join(LANGUAGES)}.")
    return language


def use_words(path: Path) -> None:
    """Take further German sentences from a gettext catalogue, as a chapter outside the kit brings them.

    Parameters
    ----------
    path : Path
        A ``.po`` file whose keys are English sentences of :func:`say` or whole Markdown cells.

    Raises
    ------
    CxError
        If it cannot be read as one.
    """
    try:
        _sentences(path)
    except (OSError, UnicodeDecodeError, PoFileError) as error:
        raise CxError(f"{path} cannot be read as a gettext catalogue: {error}") from error
    if path not in _further:
        _further.insert(0, path)
    _catalogue.cache_clear()


@cache
def _catalogue(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return English sentence (its singular) -> its forms in `language`: one, or singular and plural."""
    home = Path(__file__).parent
    paths = [home / "locale" / f"{language}.po", *sorted(home.glob(f"chapters/*/{language}.po"))]
    sentences: dict[str, tuple[str, ...]] = {}
    for path in (*paths, *reversed(_further)) if language != "en" else ():
        sentences |= _sentences(path)
    return sentences


def _sentences(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    return {
        message.id[0] if message.pluralizable else message.id: forms
        for message in catalogue
        if message.id and not message.fuzzy and all(forms := _forms(message.string))
    }


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def translate(text: str, language: str | None = None, *, plural: str = "", n: float = 1) -> str:
    """Return `text` (English, as in the code or a notebook cell) in `language`.

    Parameters
    ----------
    text : str
    language : {"de", "en"}, optional
        Default: the current one.
    plural : str
        What `text` reads with any other number than one; empty: it has one form.
    n : float
        The number that chooses the form; German and English use the singular for one alone.
    """
    forms = _catalogue(_checked(language)).get(text, (text, plural) if plural else (text,))
    return forms[0] if n == 1 or len(forms) == 1 else forms[1]


@dataclass(frozen=True)
class Message:
    """A sentence with its values, to be made into words at the edge.

    Attributes
    ----------
    template : str
        English sentence, at the same time its key in the catalogue; values stand in braces.
    values : mapping
        Name in the sentence -> Quantity, Message or plain text from the data.
    plural : str
        The sentence for any other number than one, where it differs; the number is the value ``n``.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str = ""

    def __call__(self, **values: Any) -> Message:
        """Return the sentence with further values bound."""
        return replace(self, values={**self.values, **values})

    def text(self, language: str | None = None) -> str:
        """Return the sentence in `language` (default: the current one)."""
        language = _checked(language)
        words = {name: to_text(value, language) for name, value in self.values.items()}
        n = self.values.get("n") if self.plural else 1
        n = getattr(n, "value", n)
        return translate(self.template, language, plural=self.plural, n=n).format_map(words)

    def __str__(self) -> str:
        return self.text()


def say(template: str, /, *, plural: str = "", **values: Any) -> Message:
    """Mark an English sentence for translation and bind its values.

    Parameters
    ----------
    template : str
        A literal, because the catalogue is collected from the source. Values stand in braces.
    plural : str
        A literal too: the sentence where the value ``n`` is not one, if it reads differently then.
    **values
        What stands in the braces; more can be bound later by calling the message.

    Examples
    --------
    >>> rows = say("{n} row was set aside.", plural="{n} rows were set aside.")
    >>> str(rows(n=count(1))), str(rows(n=count(1200)))
    ('1 row was set aside.', '1,200 rows were set aside.')
    """
    return Message(template, values, plural)


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
