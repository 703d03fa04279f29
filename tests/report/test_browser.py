"""The page as a reader's browser shows it."""

import pytest

PHONE, LAPTOP = 390, 1280


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(params=[("de", PHONE, "dark"), ("en", PHONE, "light"), ("en", LAPTOP, "light")], ids=str)
def opened(request, browser, made):
    """Open a page; returns it with the requests it made and what its console said."""
    language, width, scheme = request.param
    _, edition = made
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    requests, said = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(edition.pages[language].as_uri())
    yield page, requests, said
    page.close()


def test_nothing_leaves_the_page_and_nothing_is_wrong_with_it(opened):
    page, requests, said = opened
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in requests if url.startswith("file:")]) == 1
    assert said == []


def test_nothing_runs_over_the_edge(opened):
    page, _, _ = opened
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_picture_is_seen_and_named(opened):
    page, _, _ = opened
    pictures = page.locator("figure svg, figure img")
    assert pictures.count() == 2
    for number in range(pictures.count()):
        box = pictures.nth(number).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 100
    assert page.get_by_role("img", name="A line that rises from 0 to 1.").count() == 2


def test_print_opens_what_is_folded_and_hides_the_contents(opened):
    page, _, _ = opened
    assert not page.locator("details.cx-method p").first.is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.cx-method p").first.is_visible()
    assert not page.locator("nav").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open].cx-method").count() == 0


def test_the_first_tab_leads_to_the_content(opened):
    page, _, _ = opened
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "cx-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
