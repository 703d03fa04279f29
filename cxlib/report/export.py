"""Executed notebooks -> one page per language that needs no network and no code to be read.

Code, prompts and what libraries wrote to stderr are left out. A picture without alternative text,
or a figure without picture, stops the edition.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from typing import Any

from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode

from cxlib.errors import ReportError
from cxlib.language import Message, month, say, translate
from cxlib.report.chapters import Chapter

__all__ = ["Heading", "PageInfo", "Section", "page", "section"]

NUMERIC = re.compile(r"^[\s+\u2212-]*[€$£]?[\u2212-]?\d[\d.,]*[\s\u00a0]*[^\s]{0,4}$")
HEADINGS = re.compile(r"^h[1-6]$")
EMPTY_FIGURE = re.compile(r"^<(Figure|Axes)\b")
WORDS = {
    "kind": say("Customer experience report"),
    "skip": say("Skip to the content"),
    "contents": say("Contents"),
    "scope": say("Only customers with"),
    "about": say("About this report"),
    "interval": say(
        "A range in brackets or after “between” is a 95% interval: if the same study were repeated many "
        "times, about 95 of 100 such intervals would hold the true value. It covers chance, not errors in "
        "the data and not causes that nobody recorded."
    ),
    "data_notes": say("Notes on the data"),
    "made_with": say("Made with the CX analysis kit, version {version}."),
    "table": say("Table"),
}


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents: where it leads, its words, and the headings below it."""

    id: str
    text: str
    below: tuple[Heading, ...] = ()


@dataclass(frozen=True)
class Section:
    """One chapter as HTML, with its headings."""

    id: str
    html: Markup
    heading: Heading


@dataclass(frozen=True)
class PageInfo:
    """What a page says about itself.

    Attributes
    ----------
    title : mapping
        Language -> name of the company or data set.
    month : str
        YYYY-MM.
    scope : str
        Part of the customers; empty for all.
    warnings : tuple of Message
        What was found in the data.
    version : str
        Of the kit.
    """

    title: Mapping[str, str]
    month: str
    scope: str = ""
    warnings: tuple[Message, ...] = ()
    version: str = ""
    notes: Mapping[str, Message] = field(default_factory=dict)


def page(info: PageInfo, chapters: Sequence[tuple[Chapter, NotebookNode]], language: str) -> str:
    """Return the whole page in one language.

    Parameters
    ----------
    info : PageInfo
    chapters : sequence of (Chapter, NotebookNode)
        Executed in `language`, in the order in which they are read.
    language : {"de", "en"}

    Raises
    ------
    ReportError
        If a picture is missing or has no alternative text, or a cell ended in an error.
    """
    sections = [section(c, node, language, note=info.notes.get(c.number)) for c, node in chapters]
    parts = resources.files("cxlib.report").joinpath("template")
    script = parts.joinpath("page.js").read_text(encoding="utf-8")
    loader = PackageLoader("cxlib.report", "template")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    words = {name: text.template for name, text in WORDS.items()}
    words = {name: translate(text, language) for name, text in words.items()}
    return environment.get_template("page.html.j2").render(
        language=language,
        words=words | {"made_with": words["made_with"].format(version=info.version)},
        title=info.title.get(language) or info.title.get("en", ""),
        month=month(info.month).text(language),
        scope=info.scope,
        warnings=[warning.text(language) for warning in info.warnings],
        sections=sections,
        style=Markup(parts.joinpath("page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def section(chapter: Chapter, node: NotebookNode, language: str, *, note: Message | None = None) -> Section:
    """Return one executed chapter as HTML.

    Parameters
    ----------
    chapter : Chapter
    node : NotebookNode
        As executed, without stderr.
    language : {"de", "en"}
    note : Message, optional
        Said under the chapter's heading, e.g. that it was kept from an earlier run.
    """
    soup = BeautifulSoup("", "html.parser")
    for number, cell in enumerate(node.cells):
        if cell.cell_type == "markdown":
            soup.append(BeautifulSoup(_markdown(cell.source), "html.parser"))
        elif cell.cell_type == "code":
            _append_outputs(soup, cell.outputs, where=f"{chapter.name}, cell {number + 1}")
    heading = _number_headings(soup, chapter)
    for table in soup.find_all("table"):
        _finish_table(soup, table, translate(WORDS["table"].template, language))
    html = str(soup)
    if note is not None:
        warning = f'<p class="cx-warning">{escape(note.text(language))}</p>'
        html = html.replace("</h2>", f"</h2>{warning}", 1)
    return Section(heading.id, Markup(_with_pictures(html, node, chapter)), heading)


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html_mistune(source))


def _append_outputs(soup: BeautifulSoup, outputs: Sequence[NotebookNode], *, where: str) -> None:
    block = soup.new_tag("div", attrs={"class": "cx-result"})
    for output in outputs:
        html = _output_html(output, where)
        if html:
            block.append(BeautifulSoup(html, "html.parser"))
    for details in block.find_all("details", class_="cx-table"):
        if block.find("figure") is not None:
            details.attrs.pop("open", None)
    for unwanted in block.find_all(["script", "style", "link", "iframe"]):
        unwanted.decompose()
    if block.contents:
        soup.append(block)


def _output_html(output: NotebookNode, where: str) -> str:
    if output.output_type == "error":
        raise ReportError(f"{where} ended with {output.ename}; it cannot be published.")
    if output.output_type == "stream":
        return f"<pre>{escape(output.text)}</pre>" if output.name == "stdout" else ""
    data = output.get("data", {})
    for media_type in ("image/svg+xml", "image/png"):
        if media_type in data:
            return _figure_html(data[media_type], media_type, _about(output, media_type), where)
    if "text/html" in data:
        return data["text/html"]
    plain = data.get("text/plain", "")
    if EMPTY_FIGURE.match(plain):
        raise ReportError(f"{where} shows {plain} without a picture; show it with cx.show(result, chart).")
    return f"<pre>{escape(plain)}</pre>" if plain.strip() else ""


def _about(output: NotebookNode, media_type: str) -> Mapping[str, Any]:
    """Return what an output says of its picture: ``alt`` and ``caption``, which stands in for it."""
    about = output.metadata | output.metadata.get(media_type, {})
    caption = str(about.get("caption") or "").strip()
    return {"alt": str(about.get("alt") or "").strip() or caption, "caption": caption}


def _figure_html(data: str, media_type: str, about: Mapping[str, Any], where: str) -> str:
    """Return a figure; its SVG is put in later, because an HTML parser would spoil it."""
    alt = about["alt"]
    if not alt:
        raise ReportError(
            f"A picture of {where} has neither caption nor alternative text; show it with "
            "cx.show(result, chart), or your own with cx.picture(axes, caption=...)."
        )
    if not data.strip():
        raise ReportError(f"A picture of {where} is empty.")
    if media_type == "image/png":
        source = "".join(data.split())
        picture = f'<img alt="{escape(alt)}" src="data:image/png;base64,{source}">'
    else:
        picture = '<span data-picture=""></span>'
    caption = f"<figcaption>{escape(about['caption'])}</figcaption>" if about["caption"] else ""
    return f'<figure class="cx-figure">{picture}{caption}</figure>'


def _with_pictures(html: str, node: NotebookNode, chapter: Chapter) -> str:
    """Put the SVGs of a notebook, in order, where `html` leaves a place for them."""
    kind = "image/svg+xml"
    outputs = [output for cell in node.cells for output in cell.get("outputs", [])]
    pictures = [(o.data[kind], _about(o, kind)["alt"]) for o in outputs if kind in o.get("data", {})]
    places = html.split('<span data-picture=""></span>')
    parts = [places[0]]
    for number, ((svg, alt), rest) in enumerate(zip(pictures, places[1:], strict=True)):
        parts += [_inline_svg(svg, f"c{chapter.number}p{number}-", alt), rest]
    return "".join(parts)


def _inline_svg(svg: str, prefix: str, alt: str) -> str:
    """Return an SVG to stand inside the page: labelled, sized by the page, its ids unique there."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", svg, flags=re.S)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', svg)
    opening, drawing = svg.split(">", 1)
    opening = re.sub(r'\s(width|height|version)="[^"]*"', "", opening)
    drawing = re.sub(r">\s+<", "><", drawing).strip()
    return f'{opening} role="img" aria-label="{escape(alt)}">{drawing}'


def _number_headings(soup: BeautifulSoup, chapter: Chapter) -> Heading:
    """Lower every heading by one level, give it an id, and return the chapter's contents."""
    top, below = "", []
    for number, tag in enumerate(soup.find_all(HEADINGS)):
        tag.name = f"h{min(6, int(tag.name[1]) + 1)}"
        tag["id"] = chapter.slug if number == 0 else f"{chapter.slug}-{number}"
        if number == 0:
            top = tag.get_text()
        elif tag.name == "h3":
            below.append(Heading(tag["id"], tag.get_text()))
    return Heading(chapter.slug, top or chapter.slug, tuple(below))


def _finish_table(soup: BeautifulSoup, table: Tag, label: str) -> None:
    for attribute in ("border", "style"):
        table.attrs.pop(attribute, None)
    for head in table.find_all("th"):
        if not head.get_text(strip=True):
            head.name = "td"
            head.attrs.pop("scope", None)
        elif "scope" not in head.attrs:
            head["scope"] = "col" if head.find_parent("thead") else "row"
    _mark_numbers(table)
    box = table.parent if "cx-scroll" in (table.parent.get("class") or []) else None
    if box is None:
        box = table.wrap(soup.new_tag("div", attrs={"class": "cx-scroll"}))
    box.attrs |= {"tabindex": "0", "role": "group", "aria-label": label}


def _mark_numbers(table: Tag) -> None:
    rows = [row.find_all(["td", "th"]) for row in table.find_all("tr")]
    body = [cells for cells in rows if any(cell.name == "td" for cell in cells)]
    for column in range(max((len(cells) for cells in rows), default=0)):
        words = [cells[column].get_text(strip=True) for cells in body if column < len(cells)]
        written = [text for text in words if text not in ("", "–")]
        if written and all(NUMERIC.match(text) for text in written):
            for cells in rows:
                if column < len(cells):
                    cells[column]["class"] = "cx-number"
