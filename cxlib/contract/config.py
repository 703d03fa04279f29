"""dataset.yaml: name, currency, sources, definitions, money assumptions; strict, with helpful errors."""

from __future__ import annotations

import codecs
import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cxlib.contract.months import month_number
from cxlib.contract.yaml_text import read_yaml
from cxlib.errors import DataError

__all__ = [
    "Claims",
    "Config",
    "Definitions",
    "Money",
    "Source",
    "is_text",
    "kind_of",
    "nearest",
    "read_config",
    "setting_names",
]

Share = Annotated[float, Field(ge=0, le=1)]
JSON_LINES = (".jsonl", ".ndjson")
_NO_TEXT = (".parquet", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", *JSON_LINES)
MOST_NAMES = 30
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
# Chapter 12 counts the months of a customer as bits of one whole number of 62; half of them may be looked
# back to.
LONGEST_LOOK_BACK = 31
# Tenure and usage are counted by band, each combination with the others: of this many, in months up to
# fifty years.
MOST_BANDS = 20
LONGEST_TENURE = 600
# A hundred years: longer than any data, short enough to be added to a date.
MOST_DAYS = 36_500
_DAY = re.compile(r"(\d{4}-\d{2})-\d{2}.*")
# Codecs of Python that are made for text and are no encoding of a text file.
_NO_ENCODING = {"charmap", "idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}


def known_month(value: Any) -> str | None:
    """Return `value` if it is None or a month written YYYY-MM; a ValueError else."""
    if value is None:
        return None
    day = _DAY.fullmatch(str(value))
    if day:
        raise PydanticCustomError("sentence", "is a day; write the month: {month}", {"month": day[1]})
    try:
        month_number(value)
    except DataError as error:
        raise ValueError("must be a month written YYYY-MM, for example 2026-10") from error
    if not _FIRST_YEAR <= int(value[:4]) <= _LAST_YEAR:
        raise ValueError(f"must lie between {_FIRST_YEAR}-01 and {_LAST_YEAR}-12")
    return value


def _matching(pattern: str, expected: str) -> AfterValidator:
    """Return a check that a text matches a pattern; a ValueError says what is `expected`."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(expected)
        return value

    return AfterValidator(check)


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `values`; a ValueError names one that comes twice."""
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"names {value!r} twice; take one out")
    return values


def at_most(limit: int, bands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `bands`; a ValueError where there are more than `limit`."""
    if len(bands) > limit:
        raise ValueError(f"holds {len(bands)} numbers, and {limit} is the most; put bands together")
    return bands


_different = AfterValidator(_each_once)
Month = Annotated[str | None, BeforeValidator(known_month)]
Name = Annotated[str, _matching("[a-z0-9-]+", "small letters, digits and hyphens only, e.g. tiny-ue")]
Columns = Annotated[tuple[str, ...], _different]
Currency = Annotated[str, _matching("[A-Z]{3}", "must be three capital letters, e.g. EUR")]
SourceName = Annotated[
    str,
    _matching("[A-Za-z0-9_]+", "may hold letters, digits and _ only, e.g. my_crm"),
    _matching(
        "[A-Za-z].*", "must begin with a letter (names with _ in front are the import's own), e.g. crm"
    ),
]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Source(Part):
    """One export: a file, several files of the same form, a sheet of a workbook, or rows of a database.

    ``decimal`` and ``thousands`` say how numbers are written in a text file, ``time_zone`` in which
    zone its times are that carry none. ``url`` keeps ``${NAME}`` as it is written, so that no password
    is ever part of it; rows of a server are read again after ``refresh_hours``.
    """

    file: str = ""
    url: str | None = None
    query: str | None = None
    refresh_hours: Annotated[float, Field(ge=0)] = 24
    sheet: str | None = None
    separator: str = ","
    whitespace: bool = False
    quote: str = '"'
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    encoding: str = "utf-8"
    header_rows: Annotated[int, Field(ge=0)] = 1
    footer_rows: Annotated[int, Field(ge=0)] = 0
    columns: tuple[str, ...] | None = None
    time_zone: str | None = None

    @field_validator("separator", "quote")
    @classmethod
    def _one_character(cls, value: str) -> str:
        value = "\t" if value in ("tab", "\\t") else value
        if len(value) != 1 or not value.isascii() or value in "\r\n":
            raise ValueError("must be one character of ASCII and no line end, for example ';'")
        return value

    @field_validator("encoding")
    @classmethod
    def _of_text(cls, value: str) -> str:
        try:
            codec: codecs.CodecInfo | None = codecs.lookup(value)
        except LookupError:
            return value
        try:
            "a".encode(value)
        except (LookupError, UnicodeError):
            codec = None
        if codec is None or codec.name.replace("-", "_") in _NO_ENCODING:
            raise ValueError("is no encoding of a text file; use utf-8, utf-16 or cp1252")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        try:
            urlsplit(value or "")
        except ValueError as error:
            raise ValueError(
                f"is no address ({error}); write postgresql://user@host:5432/database"
            ) from error
        return value

    @model_validator(mode="after")
    def _has_a_place(self) -> Source:
        if bool(self.file) == bool(self.url):
            raise ValueError("needs either 'file' or 'url'")
        if bool(self.url) != bool(self.query):
            raise ValueError("needs 'url' and 'query' together")
        return self

    @model_validator(mode="after")
    def _can_be_split(self) -> Source:
        if self.decimal == self.thousands:
            remedy = "write decimal: ',' too, or" if self.decimal == "." else "take thousands: '.', or"
            raise ValueError(
                f"has {self.decimal!r} for both 'decimal' and 'thousands'; {remedy} leave 'thousands' out"
            )
        if self.separator == self.quote:
            raise ValueError(
                f"has {self.quote!r} for both 'separator' and 'quote'; give one of them otherwise"
            )
        return self

    @model_validator(mode="after")
    def _has_names(self) -> Source:
        if kind_of(self.file) in JSON_LINES and self.header_rows != 1:
            raise ValueError("is JSON lines, whose records carry their names; leave out 'header_rows'")
        if self.header_rows == 0 and self.columns is None and self.file and is_text(self.file):
            raise ValueError("has no header row; give the names of its columns in 'columns'")
        return self


class Churn(Part):
    """What leaving is: the end of a contract, or (``inactivity``) that somebody has long bought nothing."""

    kind: Literal["contract", "inactivity"] = "contract"
    inactivity_days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None


class Exposure(Part):
    """Which negative experiences count for a month: those of the months before it."""

    window_months: Annotated[int, Field(ge=1, le=LONGEST_LOOK_BACK)] = 12
    lag_months: Annotated[int, Field(ge=1, le=LONGEST_LOOK_BACK)] = 1

    @model_validator(mode="after")
    def _can_be_counted(self) -> Exposure:
        back = self.window_months + self.lag_months - 1
        if back > LONGEST_LOOK_BACK:
            raise ValueError(
                f"looks back {back} months, and {LONGEST_LOOK_BACK} is the most that can be counted; write "
                f"window_months: {LONGEST_LOOK_BACK + 1 - self.lag_months} or less"
            )
        return self


class Usage(Part):
    """Usage level of a month: the number of `bands` that a column of billing reaches."""

    column: Literal["units", "revenue", "direct_cost", "service_cost"] = "units"
    bands: tuple[float, ...] = (10, 30)

    @field_validator("bands")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or list(value) != sorted(set(value)):
            raise ValueError("must be rising, for example [10, 30]")
        return at_most(MOST_BANDS - 1, value)


class Definitions(Part):
    """What the words of the report mean for this dataset."""

    churn: Churn = Churn()
    exposure: Exposure = Exposure()
    observed_since: Month = None
    late_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] = 10
    sla_hours: Annotated[float, Field(gt=0, le=24 * MOST_DAYS)] = 24
    csat_top: float | None = None
    controls: Columns = ("segment",)
    segments: Columns = ("segment",)
    usage: Usage | None = Usage()
    minimum_group: Annotated[int, Field(ge=1)] = 10
    max_rejected_share: Share = 0.05
    tenure_bands: tuple[int, ...] = (1, 4, 13, 25, 49)

    @field_validator("tenure_bands")
    @classmethod
    def _bands(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or value[0] != 1 or list(value) != sorted(set(value)):
            raise ValueError("must begin with 1 and rise, for example [1, 4, 13]")
        if value[-1] > LONGEST_TENURE:
            raise ValueError(f"must end with {LONGEST_TENURE} months or less, for example [1, 4, 13]")
        return at_most(MOST_BANDS, value)


class Money(Part):
    """Assumptions about money."""

    discount_rate: Share = 0.10
    horizon_months: Annotated[int, Field(ge=12, le=240)] = 60
    acquisition_cost: Annotated[float, Field(ge=0)] | None = None


class Zendesk(Part):
    """Verdict rules of the claim on leaving after one or two negative experiences."""

    shares: tuple[Share, Share] = (0.5, 0.8)
    horizon_months: Annotated[int, Field(ge=1, le=120)] = 12
    tolerance: Share = 0.05
    minimum_events: Annotated[int, Field(ge=1)] = 10
    placebo_limit: Annotated[float, Field(gt=1)] = 1.25


class Reichheld(Part):
    """Verdict rules of the claim on retention and profit."""

    gain: Annotated[float, Field(gt=0)] = 0.75
    tolerance: Share = 0.05
    discount_rates: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.06, 0.08, 0.10, 0.12, 0.15)
    beyond_data: Share = 0.5
    minimum_months: Annotated[int, Field(ge=1)] = 24


class Claims(Part):
    """Verdict rules of the two claims, fixed before a run."""

    zendesk: Zendesk = Zendesk()
    reichheld: Reichheld = Reichheld()


class Config(Part):
    """The whole of dataset.yaml, with every default filled in.

    Attributes
    ----------
    root : str
        Folder of the exports, relative to dataset.yaml; ``${NAME}`` from the environment.
    as_of : str or None
        Month of data without dates (snapshots, undated surveys).
    keep_text : tuple of str
        Personal columns and free text that are asked for.
    """

    name: Name
    title: dict[Literal["de", "en"], str] = {}
    currency: Currency = "EUR"
    time_zone: str = "Europe/Berlin"
    languages: Annotated[tuple[Literal["de", "en"], ...], Field(min_length=1), _different] = ("de", "en")
    engine: Literal["duckdb"] = "duckdb"
    root: str = "exports"
    as_of: Month = None
    sources: dict[SourceName, Source]
    definitions: Definitions = Definitions()
    money: Money = Money()
    claims: Claims = Claims()
    keep_text: tuple[str, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("root")
    @classmethod
    def _usable_folder(cls, value: str) -> str:
        try:
            Path(value).expanduser()
        except RuntimeError as error:
            raise ValueError(
                "begins with the home of a user who is not known here; write the path"
            ) from error
        return value


def known_zone(name: str) -> str:
    """Return `name` if it is a time zone; a ValueError else."""
    from zoneinfo import available_timezones

    zones = available_timezones()
    if name not in zones:
        near = difflib.get_close_matches(name, zones, 1)
        raise ValueError("is not a time zone" + (f"; did you mean {near[0]!r}?" if near else ""))
    return name


def is_text(file: str) -> bool:
    """Return whether a file is read as separated text."""
    return kind_of(file) not in _NO_TEXT


def kind_of(file: str) -> str:
    """Return the ending that says how a file is read: that before ``.gz`` where it is gzipped."""
    path = Path(file.lower())
    return Path(path.stem).suffix if path.suffix == ".gz" else path.suffix


def nearest(name: str, names: Any) -> str:
    """Return " Did you mean 'x'?" for the nearest of `names`, or the first of the names."""
    names = [str(each) for each in names]
    folded = {each.lower(): each for each in names}
    near = difflib.get_close_matches(name.lower(), folded, 1, 0.6)
    if near:
        return f" Did you mean {folded[near[0]]!r}?"
    shown = ", ".join(sorted(names)[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f" Known: {shown}{more}." if names else ""


def read_config(path: Path) -> Config:
    """Read and check dataset.yaml.

    Raises
    ------
    DataError
        Naming the key, the value found, what was expected and, for an unknown key, the nearest name.
    """
    try:
        return Config.model_validate(read_yaml(path))
    except ValidationError as error:
        raise DataError(f"{path}: " + " ".join(_explain(item) for item in error.errors())) from error


def _explain(item: dict[str, Any]) -> str:
    """Return one sentence for one error of pydantic."""
    key = ".".join(str(part) for part in item["loc"] if part != "[key]")
    if item["type"] == "extra_forbidden":
        return f"Key {key!r} (value {item['input']!r}) is unknown.{_elsewhere(item)}"
    if item["type"] == "missing":
        return f"Key {key!r} is missing; add it."
    if item["type"] == "sentence":
        return f"{key} {item['msg']}."
    if item["input"] is None and item["type"] in ("model_type", "dict_type", "tuple_type"):
        remedy = "" if key == "sources" else ", or leave the line out"
        return (
            f"{key} is empty; give {'values' if item['type'] == 'tuple_type' else 'keys'} below it{remedy}."
        )
    reason = item["msg"].removeprefix("Value error, ")
    if item["type"] == "tuple_type":
        example = item["input"] if isinstance(item["input"], (str, int, float)) else "comment"
        reason = f"must be a list, e.g. [{example}]"
    return f"Key {key!r} has the value {item['input']!r}: {reason}."


def _elsewhere(item: dict[str, Any]) -> str:
    """Return where an unknown key belongs: the parts that have one of its name, else the nearest name."""
    name = str(item["loc"][-1])
    places = [path for path in setting_names() if path.rpartition(".")[2] == name]
    if places:
        return f" Did you mean {' or '.join(map(repr, places))}? Else take it out."
    return nearest(name, _keys(item))


def setting_names(model: type[BaseModel] | None = None, prefix: str = "") -> list[str]:
    """Return every key of dataset.yaml outside the sources, with the parts that it lies in."""
    names = []
    for name, field in (model or Config).model_fields.items():
        part = _model_of(field.annotation)
        below = setting_names(part, f"{prefix}{name}.") if part not in (None, Source) else []
        names += below or [f"{prefix}{name}"]
    return names


def _keys(item: dict[str, Any]) -> list[str]:
    """Return the keys allowed where an unknown one was found."""
    model: Any = Config
    for part in item["loc"][:-1]:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = model.model_fields.get(str(part))
        model = _model_of(field.annotation) if field else model
    return list(model.model_fields)


def _model_of(annotation: Any) -> Any:
    """Return the part of dataset.yaml inside an annotation such as ``Usage | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        model = _model_of(inner)
        if model is not None:
            return model
    return None
