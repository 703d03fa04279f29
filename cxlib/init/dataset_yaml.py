"""The proposed dataset.yaml, with a comment where something was not to be known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from cxlib.contract.config import Definitions
from cxlib.init.export import Export, plain
from cxlib.init.proposed import Proposal
from cxlib.init.reading import Reading
from cxlib.init.sql_files import Part
from cxlib.init.writing import SLA, written_with_comma

__all__ = ["dataset_yaml"]

CURRENCY = "EUR"
TIME_ZONE = "Europe/Berlin"
# Tables whose rows tell which months the data describe.
DATED = ("interactions", "tickets", "surveys", "billing", "purchases")


def dataset_yaml(
    proposal: Proposal, root: Path, exports: list[Export], parts: dict[str, list[Part]], newest: str
) -> str:
    """Return the text of dataset.yaml, with a comment where something was not to be known."""
    name = _dataset_name(proposal.folder)
    readings = [reading for selects in parts.values() for part in selects for reading in part.readings]
    lines = [
        "# Proposed by cx init; every value may be changed. data/README.md says what the keys mean.",
        f"name: {name}",
        f"title: {{de: {name}, en: {name}}}",
        _currency(exports, proposal),
        f"time_zone: {TIME_ZONE}  # LEFT OPEN: no file says in which zone its times are",
        "languages: [de, en]",
        f"root: {'exports' if root != proposal.folder and root.name == 'exports' else '.'}",
    ]
    proposal.left_open.append(f"dataset.yaml: time_zone {TIME_ZONE} is a default")
    dated = [part for table in DATED for part in parts[table]]
    if not any(reading.export.rows for part in dated for reading in part.readings):
        lines.append(
            f"as_of: {newest}  # LEFT OPEN: the month the data describe; the files were written in it"
        )
        proposal.left_open.append(
            f"dataset.yaml: as_of {newest} is the month in which the files were written"
        )
    lines += ["", "sources:", *_sources(parts, exports, readings), "", "definitions:"]
    lines += _definitions(readings, proposal)
    return "\n".join(lines) + "\n"


def _dataset_name(folder: Path) -> str:
    named = folder.parent if folder.name == "exports" else folder
    return re.sub(r"[^a-z0-9]+", "-", plain(named.name)).strip("-") or "yours"


def _currency(exports: list[Export], proposal: Proposal) -> str:
    """Return the line of the currency: that of a column of the exports, else the default."""
    codes = {
        level
        for export in exports
        for column in export.columns
        if column.lower() in ("currency", "waehrung", "währung")
        for level in export.levels(column)
        if re.fullmatch("[A-Z]{3}", level)
    }
    if len(codes) == 1:
        return f"currency: {codes.pop()}  # certain: the only one in the exports"
    why = f"the exports have {', '.join(sorted(codes))}" if codes else "no file says it"
    proposal.left_open.append(f"dataset.yaml: currency {CURRENCY} is a default; {why}")
    return f"currency: {CURRENCY}  # LEFT OPEN: {why}"


def _sources(parts: dict[str, list[Part]], exports: list[Export], readings: list[Reading]) -> list[str]:
    """Return the lines of the sources in use; settings that one SELECT cannot mix are left out."""
    settings = {reading.export.source: _settings(reading) for reading in readings}
    for selects in parts.values():
        together = [reading.export for part in selects for reading in part.readings]
        for keys in (("decimal", "thousands"), ("time_zone",)):
            texts = [export for export in together if export.is_text or "time_zone" in keys]
            if len({tuple(settings[export.source].get(key) for key in keys) for export in texts}) > 1:
                for export in texts:
                    for key in keys:
                        settings[export.source].pop(key, None)
    return [
        f"  {export.source}: {_flow(settings[export.source])}"
        for export in exports
        if export.source in settings
    ]


def _settings(reading: Reading) -> dict[str, Any]:
    """Return the settings of a source as dataset.yaml has them."""
    export = reading.export
    settings = {"file": export.file} | export.settings
    if export.is_text and _decimal_comma(reading):
        settings |= {"decimal": ",", "thousands": "."}
    zones = {
        described["timeZone"] for described in export.ids.values() if "timeZone" in described
    } & available_timezones()
    if len(zones) == 1 and zones != {TIME_ZONE}:
        settings["time_zone"] = zones.pop()
    return settings


def _decimal_comma(reading: Reading) -> bool:
    """Return whether the numbers used are written with a decimal comma, and none with a point."""
    columns = [
        column
        for column in reading.export.columns
        if any("number(" in line.sql for line in reading.takes(column))
    ]
    comma = [written_with_comma(reading.export, column) for column in columns]
    pointed = any(
        re.fullmatch(r"[+-]?\d+\.\d+", value)
        for column, written in zip(columns, comma, strict=True)
        if not written
        for value in reading.export.values(column)
    )
    return any(comma) and not pointed


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    return yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    ).strip()


def _definitions(readings: list[Reading], proposal: Proposal) -> list[str]:
    """Return the definitions that depend on what the exports hold."""
    made = {(reading.table, column) for reading in readings for column in reading.lines}
    lines = ["  churn: {kind: contract}  # leaving is the end of the contract"]
    if ("customers", "end_date") not in made and any(table == "purchases" for table, _ in made):
        lines = ["  churn: {kind: inactivity}  # orders tell of no end"]
    segment = "[segment]" if ("customers", "segment") in made else "[]"
    lines += [f"  controls: {segment}", f"  segments: {segment}"]
    if ("billing", "units") in made:
        lines.append("  usage: {column: units, bands: [10, 30]}  # LEFT OPEN: the bands are a default")
        proposal.left_open.append("dataset.yaml: the bands of usage, 10 and 30, are a default")
    else:
        lines.append("  usage: null  # no column tells how much is used")
    if SLA in proposal.files.get("negative_experiences.sql", ""):
        hours = Definitions().sla_hours
        lines.append(f"  sla_hours: {hours:g}  # LEFT OPEN: hours to a first answer, as you promise it")
        proposal.left_open.append(f"dataset.yaml: sla_hours {hours:g} is a default; write your own promise")
    return lines
