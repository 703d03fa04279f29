import re

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxlib.errors import ReportError
from cxlib.language import say
from cxlib.report.chapters import Chapter
from cxlib.report.export import PageInfo, page, section

LARGEST_PAGE = 3_000_000
SVG = (
    '<?xml version="1.0"?><svg width="9pt" height="9pt" viewBox="0 0 9 9"><metadata>me</metadata>'
    '<style>*{color:red}</style><clipPath id="a"/>'
    '<g clip-path="url(#a)"><use href="#a"/></g></svg>'
)


@pytest.fixture
def chapter(tmp_path):
    def make(*outputs, source="# Title"):
        cells = [new_markdown_cell(source), new_code_cell("secret_code()", outputs=list(outputs))]
        node = new_notebook(cells=cells)
        return Chapter(tmp_path / "12-effect.ipynb", "12", "effect", (), (), (), node), node

    return make


def picture(data=SVG, kind="image/svg+xml", **about):
    return new_output("display_data", {kind: data, "text/plain": "alt"}, metadata={kind: about})


def html_of(chapter_and_node, language="en", **options):
    chapter, node = chapter_and_node
    return str(section(chapter, node, language, **options).html)


@pytest.fixture(scope="module")
def pages(made):
    _, edition = made
    return {language: path.read_text() for language, path in edition.pages.items()}


def test_a_page_counts_its_sentences_and_pictures(pages):
    for page_text in pages.values():
        soup = BeautifulSoup(page_text, "html.parser")
        assert len(soup.select(".cx-sentence")) == 2
        assert len(soup.select("figure svg[role=img]")) == 2
        assert len(soup.select("details.cx-table table")) == 2
        assert len(soup.select("details.cx-method")) == 2


def test_a_page_shows_no_code_and_asks_nothing_of_the_network(pages):
    for page_text in pages.values():
        assert "cx.use_language" not in page_text
        assert "default-src 'none'" in page_text
        links = re.findall(r'(?:src|href)="([^"]+)"', page_text)
        assert [link for link in links if not link.startswith(("#", "data:"))] == []
        assert len(page_text.encode()) < LARGEST_PAGE


def test_headings_are_in_order_and_ids_unique(pages):
    for language, page_text in pages.items():
        soup = BeautifulSoup(page_text, "html.parser")
        assert soup.html["lang"] == language
        levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
        assert levels.count(1) == 1
        assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids))
        targets = {a["href"][1:] for a in soup.select("nav a, .cx-skip")}
        assert targets <= set(ids)


def test_references_inside_pictures_lead_to_the_picture(pages):
    soup = BeautifulSoup(pages["en"], "html.parser")
    ids = {tag["id"] for tag in soup.find_all(id=True)}
    assert set(re.findall(r"url\(#([^)]+)\)", pages["en"])) <= ids
    assert set(re.findall(r'xlink:href="#([^"]+)"', pages["en"])) <= ids


def test_pages_say_company_and_month_in_their_language(pages):
    heading = {lang: BeautifulSoup(text, "html.parser").h1.get_text(" ") for lang, text in pages.items()}
    assert " ".join(heading["de"].split()) == "Winzig GmbH Oktober 2026"
    assert " ".join(heading["en"].split()) == "Tiny Ltd October 2026"


def test_a_table_behind_a_picture_is_folded_and_scrolls(pages):
    soup = BeautifulSoup(pages["en"], "html.parser")
    table = soup.select_one("details.cx-table")
    assert "open" not in table.attrs
    assert table.select_one(".cx-scroll table thead th")["scope"] == "col"
    assert table.select_one("tbody th")["scope"] == "row"
    assert table.select_one("tbody td")["class"] == ["cx-number"]


def test_a_table_without_picture_stays_open(chapter):
    html = '<details class="cx-table" open><summary>Table</summary><table></table></details>'
    assert "open" in html_of(chapter(new_output("execute_result", {"text/html": html})))


def test_a_picture_without_alternative_text_stops_the_page(chapter):
    with pytest.raises(
        ReportError, match="picture of 12-effect, cell 2 has neither caption nor alternative text; show it"
    ):
        html_of(chapter(picture(alt=" ")))


@pytest.mark.parametrize(("data", "kind"), [(SVG, "image/svg+xml"), ("aGk=", "image/png")])
def test_a_caption_stands_in_for_the_alternative_text(chapter, data, kind):
    html = html_of(chapter(picture(data, kind, caption="What is “seen”.")))
    assert "<figcaption>What is “seen”.</figcaption>" in html
    assert 'aria-label="What is “seen”."' in html or 'alt="What is “seen”."' in html


def test_alternative_text_may_stand_beside_the_picture_for_all_its_kinds(chapter):
    output = new_output("display_data", {"image/png": "aGk="}, metadata={"alt": "A line."})
    assert 'alt="A line."' in html_of(chapter(output))


def test_an_empty_picture_stops_the_page(chapter):
    with pytest.raises(ReportError, match="picture of 12-effect, cell 2 is empty"):
        html_of(chapter(picture("", alt="A line.")))


def test_a_figure_without_picture_stops_the_page(chapter):
    output = new_output("execute_result", {"text/plain": "<Figure size 640x480 with 1 Axes>"})
    with pytest.raises(ReportError, match="shows <Figure size 640x480 with 1 Axes> without a picture"):
        html_of(chapter(output))


def test_a_cell_that_ended_in_an_error_is_not_published(chapter):
    with pytest.raises(ReportError, match="cell 2 ended with ValueError"):
        html_of(chapter(new_output("error", ename="ValueError", evalue="", traceback=[])))


def test_stderr_is_dropped_and_stdout_is_escaped(chapter):
    loud = new_output("stream", name="stderr", text="FutureWarning")
    html = html_of(chapter(loud, new_output("stream", name="stdout", text="<b>")))
    assert "FutureWarning" not in html
    assert "<pre>&lt;b&gt;</pre>" in html
    assert "secret_code" not in html


def test_alternative_text_is_escaped_in_both_kinds_of_picture(chapter):
    alt = 'A "quoted" <script>'
    html = html_of(chapter(picture(alt=alt), picture("aGk=", "image/png", alt=alt, caption="Below <it>")))
    assert (
        html.count("A &quot;quoted&quot; &lt;script&gt;") + html.count("'A \"quoted\" &lt;script&gt;'") == 2
    )
    assert "<script>" not in html
    assert "Below &lt;it&gt;" in html


def test_two_pictures_share_no_id(chapter):
    html = html_of(chapter(picture(alt="One."), picture(alt="Two.")))
    assert 'id="c12p0-a"' in html
    assert "url(#c12p1-a)" in html
    assert 'href="#c12p1-a"' in html
    assert "<metadata" not in html
    assert "width" not in html


def test_scripts_and_foreign_styles_are_left_out(chapter):
    html = '<script>alert(1)</script><style>b{}</style><table border="1"><tr><th></th><td>1</td></tr></table>'
    found = html_of(chapter(new_output("execute_result", {"text/html": html})))
    assert "alert" not in found
    assert "<th" not in found
    assert "border" not in found


def test_numbers_stand_right_and_words_left(chapter):
    rows = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in [("12,3\u00a0%", "a 1"), ("−€4", "b")])
    html = html_of(chapter(new_output("execute_result", {"text/html": f"<table>{rows}</table>"})))
    assert html.count('<td class="cx-number">') == 2


def test_a_note_stands_under_the_heading(chapter):
    html = html_of(chapter(source="# Title\n\nQuestion.\n\n## Part"), note=say("Kept."))
    assert '<h2 id="effect">Title</h2><p class="cx-warning">Kept.</p>' in html
    assert '<h3 id="effect-1">Part</h3>' in html


def test_raw_html_in_a_title_is_escaped(chapter):
    info = PageInfo({"en": "A & B <i>", "de": ""}, "2026-10", "segment=<b>", (say("Odd <row>."),), "1")
    text = page(info, [chapter()], "en")
    assert "A &amp; B &lt;i&gt;" in text
    assert "segment=&lt;b&gt;" in text
    assert "Odd &lt;row&gt;." in text


def test_executed_notebooks_are_valid(made):
    _, edition = made
    for path in edition.folder.rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
