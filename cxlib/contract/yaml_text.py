"""The text of dataset.yaml: its keys and values before anybody asks what they mean.

Refused are the forms that YAML allows and no description has (a key twice, values inside themselves),
and passwords; ``${NAME}`` is taken from the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from cxlib.errors import DataError

__all__ = ["read_yaml", "with_environment"]

MOST_DEEP = 20
MOST_VALUES = 100_000
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the keys and values of dataset.yaml, those of the environment filled in.

    Raises
    ------
    DataError
        Where it is no YAML in UTF-8 with keys, or has a form that no description has, a password or a
        name that the environment lacks.
    """
    try:
        text = path.read_text(encoding="utf-8")
        _check_form(text, path)
        described = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"{path} is not valid YAML: {error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: {error}. Save it as UTF-8.") from error
    except ValueError as error:
        raise DataError(f"{path} holds a number or date that cannot be: {error}. Put it right.") from error
    if not isinstance(described, dict):
        raise DataError(f"{path} must hold keys such as name, sources; found {type(described).__name__}.")
    _check_values(described, path)
    _refuse_passwords(described, path)
    return _filled_in(described, path)


def _check_form(text: str, path: Path) -> None:
    """Raise where a key is given twice, or values are nested too deep or in themselves."""
    levels: list[_Level] = []
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            levels.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        if isinstance(event, yaml.AliasEvent) and any(event.anchor == outer.anchor for outer in levels):
            raise DataError(
                f"{path}: Key {_key(levels)!r} holds itself (*{event.anchor}); write its values out."
            )
        if levels:
            levels[-1].take(event, path, levels)
        if isinstance(event, yaml.CollectionStartEvent):
            levels.append(_Level(isinstance(event, yaml.MappingStartEvent), event.anchor))
        if len(levels) > MOST_DEEP:
            raise DataError(
                f"{path}: Key {_key(levels)!r} is nested more than {MOST_DEEP} deep; see data/README.md for "
                "its form."
            )


class _Level:
    """A mapping or list that is being parsed, with the keys met so far."""

    def __init__(self, is_mapping: bool, anchor: str | None) -> None:
        self.anchor = anchor
        self.last = ""
        self._is_mapping, self._key_is_next = is_mapping, is_mapping
        self._lines: dict[str, int] = {}

    def take(self, event: yaml.NodeEvent, path: Path, levels: list[_Level]) -> None:
        """Note the next key or value; raise for a key that was there before."""
        if self._key_is_next:
            self.last = getattr(event, "value", "")
            line = event.start_mark.line + 1
            if self.last in self._lines and self.last not in ("", "<<"):
                raise DataError(
                    f"{path}, line {line}: Key {_key(levels)!r} is given twice; it is on line "
                    f"{self._lines[self.last]} too. Take one of them out."
                )
            self._lines[self.last] = line
        self._key_is_next = self._is_mapping and not self._key_is_next


def _key(levels: list[_Level]) -> str:
    """Return the key that is being parsed, with those around it."""
    return ".".join(part.last for part in levels if part.last)


def _check_values(described: dict[str, Any], path: Path) -> None:
    """Raise for a text with a zero byte, and for more values than a description has."""
    for count, (key, value, depth) in enumerate(_values(described), 1):
        if isinstance(value, str) and "\0" in value:
            raise DataError(f"{path}: Key {key!r} has the value {value!r}, with a zero byte; take it out.")
        if count > MOST_VALUES or depth > MOST_DEEP:
            raise DataError(
                f"{path}: Key {key!r} stands for more values than {MOST_VALUES:,} or nests them more than "
                f"{MOST_DEEP} deep; write them out."
            )


def _values(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any, int]]:
    """Yield key, value and depth of everything inside `value`, itself included."""
    yield key, value, depth
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _values(item, f"{key}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, key, depth + 1)


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


def _refuse_passwords(described: dict[str, Any], path: Path) -> None:
    """Raise where an address holds a password that does not come from the environment."""
    sources = described.get("sources")
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
