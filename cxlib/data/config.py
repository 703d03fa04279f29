"""dataset.yaml: name, currency, sources, definitions, money assumptions; strict, with helpful errors."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cxlib.data.months import month_number
from cxlib.errors import DataError

__all__ = ["Config", "Definitions", "Source", "nearest", "read_config"]

Share = Annotated[float, Field(ge=0, le=1)]
JSON_LINES = (".jsonl", ".ndjson")
_NO_TEXT = (".parquet", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", *JSON_LINES)
MOST_NAMES = 30
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
        if len(value) != 1:
            raise ValueError("must be one character, for example ';'")
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
        return value

    @model_validator(mode="after")
    def _has_a_place(self) -> Source:
        if bool(self.file) == bool(self.url):
            raise ValueError("needs either 'file' or 'url'")
        if bool(self.url) != bool(self.query):
            raise ValueError("needs 'url' and 'query' together")
        return self

    @model_validator(mode="after")
    def _has_names(self) -> Source:
        if kind_of(self.file) in JSON_LINES and self.header_rows != 1:
            raise ValueError("is JSON lines, whose records carry their names; leave out 'header_rows'")
        if self.header_rows == 0 and self.columns is None and self.file and is_text(self.file):
            raise ValueError("has no header row; give the names of its columns in 'columns'")
        return self


class Churn(Part):
    """What counts as leaving."""

    kind: Literal["contract", "inactivity"] = "contract"
    inactivity_days: Annotated[int, Field(ge=1)] | None = None
    involuntary: Literal["censor", "count"] = "censor"


class Exposure(Part):
    """Which negative experiences count for a month: those of the months before it."""

    window_months: Annotated[int, Field(ge=1, le=60)] = 12
    lag_months: Annotated[int, Field(ge=0, le=12)] = 1


class Usage(Part):
    """Usage level of a month: the number of `bands` that a column of billing reaches."""

    column: str = "units"
    bands: tuple[float, ...] = (10, 30)

    @field_validator("bands")
    @classmethod
    def _rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or list(value) != sorted(set(value)):
            raise ValueError("must be rising, for example [10, 30]")
        return value


class Definitions(Part):
    """What the words of the report mean for this dataset."""

    churn: Churn = Churn()
    horizon_months: Annotated[int, Field(ge=1, le=120)] = 12
    exposure: Exposure = Exposure()
    observed_since: str | None = None
    late_days: Annotated[int, Field(ge=0)] = 10
    sla_hours: Annotated[float, Field(gt=0)] = 24
    csat_top: float | None = None
    controls: tuple[str, ...] = ("segment",)
    segments: tuple[str, ...] = ("segment",)
    usage: Usage | None = Usage()
    minimum_group: Annotated[int, Field(ge=1)] = 10
    max_rejected_share: Share = 0.05
    tenure_bands: tuple[int, ...] = (1, 4, 13, 25, 49)

    @field_validator("observed_since")
    @classmethod
    def _month(cls, value: str | None) -> str | None:
        return value if value is None else known_month(value)

    @field_validator("tenure_bands")
    @classmethod
    def _bands(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value or value[0] != 1 or list(value) != sorted(set(value)):
            raise ValueError("must begin with 1 and rise, for example [1, 4, 13]")
        return value


class Money(Part):
    """Assumptions about money."""

    discount_rate: Annotated[float, Field(ge=0, le=1)] = 0.10
    horizon_months: Annotated[int, Field(ge=1, le=240)] = 60
    acquisition_cost: Annotated[float, Field(ge=0)] | None = None


class Zendesk(Part):
    """Verdict rules of the claim on leaving after one or two negative experiences."""

    shares: tuple[Share, Share] = (0.5, 0.8)
    horizon_months: Annotated[int, Field(ge=1)] = 12
    tolerance: Share = 0.05
    minimum_events: Annotated[int, Field(ge=1)] = 10
    placebo_limit: Annotated[float, Field(gt=1)] = 1.25


class Reichheld(Part):
    """Verdict rules of the claim on retention and profit."""

    gain: Annotated[float, Field(gt=0)] = 0.75
    tolerance: Share = 0.05
    discount_rates: tuple[float, ...] = (0.06, 0.08, 0.10, 0.12, 0.15)
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

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: dict[Literal["de", "en"], str] = {}
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    time_zone: str = "Europe/Berlin"
    languages: tuple[Literal["de", "en"], ...] = ("de", "en")
    engine: Literal["duckdb"] = "duckdb"
    root: str = "exports"
    as_of: str | None = None
    sources: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], Source]
    definitions: Definitions = Definitions()
    money: Money = Money()
    claims: Claims = Claims()
    keep_text: tuple[str, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("as_of")
    @classmethod
    def _month(cls, value: str | None) -> str | None:
        return value if value is None else known_month(value)


def known_zone(name: str) -> str:
    """Return `name` if it is a time zone; a ValueError else."""
    from zoneinfo import available_timezones

    zones = available_timezones()
    if name not in zones:
        near = difflib.get_close_matches(name, zones, 1)
        raise ValueError("is not a time zone" + (f"; did you mean {near[0]!r}?" if near else ""))
    return name


def known_month(value: str) -> str:
    """Return `value` if it is a month written YYYY-MM; a ValueError else."""
    try:
        month_number(value)
    except DataError as error:
        raise ValueError("must be a month written YYYY-MM, for example 2026-10") from error
    return value


def is_text(file: str) -> bool:
    """Return whether a file is read as separated text."""
    return kind_of(file) not in _NO_TEXT


def kind_of(file: str) -> str:
    """Return the ending that says how a file is read: that before ``.gz`` where it is gzipped."""
    path = Path(file.lower())
    return Path(path.stem).suffix if path.suffix == ".gz" else path.suffix


def nearest(name: str, names: Any) -> str:
    """Return " Did you mean 'x'?" for the nearest of `names`, or the first of the names."""
    names = [str(known) for known in names]
    folded = {known.lower(): known for known in names}
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
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DataError(f"{path} is not valid YAML: {error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}. Save it as UTF-8.") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} must hold keys such as name, sources; found {type(found).__name__}.")
    _refuse_passwords(found, path)
    found = _filled_in(found, path)
    try:
        return Config.model_validate(found)
    except ValidationError as error:
        raise DataError(f"{path}: " + " ".join(_explain(item) for item in error.errors())) from error


def _filled_in(value: Any, path: Path) -> Any:
    """Return `value` with ${NAME} replaced in every text but the addresses of databases."""
    if isinstance(value, dict):
        return {key: item if key == "url" else _filled_in(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, path) for item in value]
    return with_environment(value, str(path)) if isinstance(value, str) else value


def with_environment(text: str, where: str) -> str:
    """Return `text` with ${NAME} replaced by the environment's value.

    Raises
    ------
    DataError
        Beginning with `where`, if the environment has no such name.
    """
    for name in _VARIABLE.findall(text):
        if name not in os.environ:
            raise DataError(
                f"{where} uses ${{{name}}}, and the environment has no {name}. Set it, e.g. export {name}=..."
            )
    return _VARIABLE.sub(lambda match: os.environ[match[1]], text)


def _refuse_passwords(found: dict[str, Any], path: Path) -> None:
    """Raise where an address holds a password that does not come from the environment."""
    sources = found.get("sources")
    for source, settings in sources.items() if isinstance(sources, dict) else ():
        url = settings.get("url") if isinstance(settings, dict) else None
        if not isinstance(url, str):
            continue
        account = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
        password = account.partition(":")[2]
        asked = re.search(r"[?&](ssl)?password=", url, re.IGNORECASE)
        if asked or (password and not _VARIABLE.fullmatch(password)):
            raise DataError(
                f"{path}: the url of source {source!r} holds a password. Take it from the environment: "
                "write ${CX_DB_PASSWORD} in its place, or leave it out and set PGPASSWORD."
            )


def _explain(item: dict[str, Any]) -> str:
    """Return one sentence for one error of pydantic."""
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return (
            f"Key {key!r} (value {item['input']!r}) is unknown.{nearest(str(item['loc'][-1]), _keys(item))}"
        )
    if item["type"] == "missing":
        return f"Key {key!r} is missing; add it."
    reason = item["msg"].removeprefix("Value error, ")
    return f"Key {key!r} has the value {item['input']!r}: {reason}."


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
