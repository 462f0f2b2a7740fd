"""A report in a real browser: complete, without errors, offline, on paper, phones and at night."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from domix.report.wording import target_text

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAPER_WIDTH = round((210 - 2 * 15) / 25.4 * 96)
"""Pixels between the margins of a page of A4."""

TOO_WIDE = """() => [...document.querySelectorAll("body *:not(svg *)")]
  .filter(own => own.getBoundingClientRect().right > innerWidth + 1)
  .filter(own => !own.closest(".wide table, .drawing svg") || matchMedia("print").matches)
  .map(own => own.outerHTML.slice(0, 200))"""

CONTRASTS = """() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const page = light(getComputedStyle(document.body).backgroundColor)
  return [...document.querySelectorAll("p, th, td, a, figcaption, dd, li")].map(own => {
    const text = light(getComputedStyle(own).color)
    return (Math.max(page, text) + 0.05) / (Math.min(page, text) + 0.05)
  })
}"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser: no playwright")
    with playwright.sync_playwright() as driver:
        own = Path(driver.chromium.executable_path)
        found = own if own.exists() else shutil.which("chromium")
        if not found:
            pytest.skip("no browser: neither that of Playwright nor chromium is installed")
        browser = driver.chromium.launch(executable_path=str(found), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory, odd_run, group_run):
    folder = tmp_path_factory.mktemp("reports")
    for name, (result, options) in {"one": odd_run, "groups": group_run}.items():
        result.report(folder / f"{name}.html", **options)
    return folder


@pytest.fixture
def show(browser, files):
    """Show a report; at the end, refuse errors, and requests but for the file itself."""
    contexts, problems = [], []

    def show(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page, url = context.new_page(), (files / f"{name}.html").as_uri()

        def answer(route):
            if route.request.url == url:
                route.continue_()
            else:
                problems.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(error.message))
        page.goto(url)
        return page

    yield show
    for context in contexts:
        context.close()
    assert problems == []


def test_every_component_is_there_as_text(show, odd_run):
    page, (result, _) = show("one"), odd_run
    text = page.inner_text("main")
    assert len(result.components) == 4
    assert all(target_text(c.intervention) in text for c in result.components)
    labels = page.eval_on_selector_all("svg text", "all => all.map(own => own.textContent)")
    assert any("<script>" in label for label in labels)


def test_structure_serves_screen_readers(show):
    page = show("one")
    assert page.get_attribute("html", "lang") == "en"
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(own => own.tagName)")
    assert levels.count("H1") == 1
    steps = [int(after[1]) - int(before[1]) for before, after in pairwise(levels)]
    assert max(steps) <= 1
    assert page.locator("th:not([scope])").count() == 0
    for drawing in page.locator(".drawing").all():
        assert drawing.get_attribute("role") == "img"
        assert len(drawing.get_attribute("aria-label")) > 20


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_by_day_and_night(show, scheme):
    page = show("one", color_scheme=scheme)
    assert min(page.evaluate(CONTRASTS)) >= 4.5
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is (scheme == "light")


@pytest.mark.parametrize("name", ["one", "groups"])
def test_phones_need_not_scroll_sideways(show, name):
    page = show(name, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(TOO_WIDE) == []


def test_names_are_not_broken_at_hyphens(show):
    page = show("one", viewport={"width": 360, "height": 740})
    heights = page.eval_on_selector_all(
        ".name", "all => all.map(own => own.getClientRects().length)"
    )
    assert set(heights) == {1}


@pytest.mark.parametrize("name", ["one", "groups"])
def test_pages_of_a4_hold_everything(show, name):
    page = show(name, viewport={"width": PAPER_WIDTH, "height": 900})
    page.emulate_media(media="print")
    assert page.evaluate(TOO_WIDE) == []
    # What is folded on the screen is printed, too.
    assert page.locator("details p:visible").count() == page.locator("details p").count()
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) > 2
    sides = {(round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in boxes}
    assert sides == {(210, 297)}
