"""reports/index.html: every edition there is, newest first."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cxlib.language import month
from cxlib.report.publish import MANIFEST, write_whole

__all__ = ["write_index"]

LANGUAGE_NAMES = {"de": "Deutsch", "en": "English"}


def write_index(reports: Path) -> None:
    """Write the list of all editions below `reports`, from their manifests."""
    editions = []
    for manifest in reports.glob(f"*/*/{MANIFEST}"):
        if not manifest.parent.name.startswith("."):
            editions.append(_entry(reports, manifest))
    editions.sort(key=lambda entry: (entry["month"], entry["title"], entry["scope"]), reverse=True)
    environment = Environment(
        loader=PackageLoader("cxlib.report", "template"), autoescape=True, undefined=StrictUndefined
    )
    style = resources.files("cxlib.report").joinpath("template", "page.css").read_text(encoding="utf-8")
    text = environment.get_template("index.html.j2").render(editions=editions, style=Markup(style))
    write_whole(reports / "index.html", text)


def _entry(reports: Path, manifest: Path) -> dict:
    about = json.loads(manifest.read_text(encoding="utf-8"))
    pages = sorted(name for name in about["files"] if name.endswith(".html"))
    where = manifest.parent.relative_to(reports).as_posix()
    failed = manifest.parent.with_name(f"{about['edition']}.failed")
    notebooks = sorted(failed.glob("*.ipynb")) if failed.exists() else []
    return {
        "title": about["title"]["en"],
        "month": about["month"],
        "month_words": month(about["month"]).text("en"),
        "scope": about["scope"],
        "pages": [
            (LANGUAGE_NAMES[name.removesuffix(".html").rsplit("-", 1)[1]], quote(f"{where}/{name}"))
            for name in pages
        ],
        "failed": [(path.stem, quote(path.relative_to(reports).as_posix())) for path in notebooks],
    }
