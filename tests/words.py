"""The German catalogues: what the code and the notebooks say, and who keeps which sentence.

``make words`` runs this file: it collects every sentence, brings the catalogues up to date and says
which sentences still lack a German one.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from cxlib.chapters import figures_by_topic
from tests.environment import ROOT

GROUND = ROOT / "cxlib" / "locale" / "de.po"


class Said(NamedTuple):
    """One sentence in one place: its key (singular, or singular and plural), file and owner's catalogue."""

    key: str | tuple[str, str]
    file: str
    owner: Path


def sentences() -> Iterator[Said]:
    """Yield every sentence of the code and every Markdown cell of the notebooks."""
    for path in sorted((ROOT / "cxlib").rglob("*.py")):
        area, *inside = path.relative_to(ROOT / "cxlib").parts
        in_chapter = area == "chapters" and len(inside) > 1
        owner = ROOT / "cxlib" / "chapters" / inside[0] / "de.po" if in_chapter else GROUND
        for key in _said_in(ast.parse(path.read_text(encoding="utf-8")), path):
            yield Said(key, path.relative_to(ROOT).as_posix(), owner)
    topics = {figures.chapter: topic for topic, figures in figures_by_topic().items()}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        topic = topics.get(path.name[:2])
        owner = ROOT / "cxlib" / "chapters" / topic / "de.po" if topic else GROUND
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                yield Said("".join(cell["source"]), path.relative_to(ROOT).as_posix(), owner)


def _said_in(tree: ast.AST, path: Path) -> Iterator[str | tuple[str, str]]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", None) == "say"):
            continue
        first = node.args[0] if node.args else None
        plural = next((k.value for k in node.keywords if k.arg == "plural"), None)
        for text in (first, plural):
            if text is not None and not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
                sys.exit(
                    f"{path}:{node.lineno}: say() takes a literal sentence, so that it can be collected."
                )
        if first is not None:
            yield first.value if plural is None else (first.value, plural.value)


def wanted() -> dict[Path, dict[str | tuple[str, str], list[str]]]:
    """Return catalogue -> key -> files.

    What the ground says stands in its catalogue alone, so a chapter may say it, too. What chapters alone say
    stands beside each of them: a new chapter changes no catalogue but its own.
    """
    places: dict[str | tuple[str, str], dict[Path, list[str]]] = defaultdict(dict)
    for key, file, owner in sentences():
        files = places[key].setdefault(owner, [])
        files += [file] if file not in files else []
    catalogues: dict[Path, dict] = {}
    for key, owners in places.items():
        for owner in [GROUND] if GROUND in owners else owners:
            catalogues.setdefault(owner, {})[key] = owners[owner]
    return catalogues


def read(path: Path) -> Catalog:
    """Return a catalogue; an empty one where there is no file yet."""
    if not path.exists():
        return Catalog(locale="de")
    with path.open("rb") as file:
        return read_po(file, locale="de", abort_invalid=True)


def catalogues() -> list[Path]:
    """Return the catalogues there are."""
    return [GROUND, *sorted((ROOT / "cxlib").glob("chapters/*/de.po"))]


def _known() -> dict[str, Message]:
    """Return singular -> entry of any catalogue, so that a sentence that moves keeps its German."""
    return {
        message.id[0] if message.pluralizable else message.id: message
        for path in catalogues()
        for message in read(path)
        if message.id
    }


def update() -> list[str]:
    """Bring the catalogues up to date; return the sentences without a German one."""
    known, missing = _known(), []
    for path, keys in wanted().items():
        template, old = Catalog(locale="de"), Catalog(locale="de", header_comment="#")
        for key, files in sorted(keys.items(), key=lambda item: (item[1], _singular(item[0]))):
            template.add(key, locations=[(file, None) for file in files])
        for singular, message in known.items():
            if singular in {_singular(key) for key in keys}:
                old.add(message.id, message.string, flags=message.flags)
        for message in read(path):
            if message.id and message.id not in old:
                old.add(message.id, message.string, flags=message.flags)
        old.update(template)
        old.obsolete.clear()
        missing += [str(message.id) for message in old if message.id and is_open(message)]
        with path.open("wb") as file:
            write_po(file, old, width=110, omit_header=True, include_lineno=False, include_previous=True)
    for path in set(catalogues()) - set(wanted()):
        path.unlink()
    return missing


def _singular(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else key[0]


def is_open(message: Message) -> bool:
    """Whether an entry lacks its German, one of its forms, or somebody's second look."""
    forms = (message.string,) if isinstance(message.string, str) else message.string or ()
    return message.fuzzy or not forms or not all(forms) or message.pluralizable != (len(forms) > 1)


if __name__ == "__main__":
    for sentence in (left := update()):
        print(f"no German sentence yet (or one to look at again): {sentence}")
    print(f"{len(left)} sentences are open." if left else "Every sentence has its German one.")
