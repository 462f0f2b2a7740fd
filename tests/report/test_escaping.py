"""Names and labels of users are text in a report, whatever signs they have."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure as MatplotlibFigure

from domix import Component, Disentanglement, Network, do
from domix.report.blocks import (
    Block,
    Bullets,
    Code,
    Definitions,
    Details,
    Figure,
    Paragraph,
    Report,
    Section,
    Table,
)
from domix.report.html import write_html
from domix.report.markdown import escape, write_markdown
from domix.util.text_tables import clean

TRICKY = [
    *("<b>x</b>", "<!--", "&lt;", "]]>", '" onload="', "{{ 7 * 7 }}", "{% for %}", "</style>"),
    *("*a*", "__a__", "a_b", "~~a~~", "`a`", "[a](b)", "![a](b)", "a|b", "\\", "\\|", "$x$"),
    *(
        "    a",
        "@user",
        "a #12",
        "https://a.b",
        "www.a.b",
        "# a",
        "> a",
        "- a",
        "+ a",
        "1. a",
        "2) a",
        "---",
        "===",
        "a\n\nb",
        "\u202eabc",
        "\x00",
    ),
]
TEXTS = st.one_of(st.sampled_from(TRICKY), st.text(min_size=1), st.text("<>&\"'`*_|\\[]-#1. \n"))


def report_of(text, draw=MatplotlibFigure):
    """A report in which a text is everywhere where one of the user can be."""
    blocks: list[Block] = [
        Paragraph(text),
        Bullets([text, "other"]),
        Table("caption", ["head", text], [[text, "1"], ["2", text]], [1]),
        Definitions([("term", text)]),
        Figure("figure", text, draw),
        Code(text),
        Details(text, [Paragraph(text)]),
    ]
    return Report(text, "subtitle", [Section("key", "title", blocks)])


class Page(HTMLParser):
    """The elements of a page: each with its attributes, and the text directly in it."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "span" and attrs == [("class", "name")]:
            return  # a word that is not broken belongs to the text around it
        self.elements.append([tag, dict(attrs), ""])
        if tag not in {"meta", "link"}:
            self.open.append(self.elements[-1])

    def handle_startendtag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])

    def handle_endtag(self, tag):
        if tag == "span":
            return
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][2] += data

    def texts(self, *tags):
        return [text for tag, _, text in self.elements if tag in tags]


@cache
def read_usual():
    return Page(write_html(report_of("usual")))


@settings(deadline=None, max_examples=40)
@given(TEXTS)
def test_html_holds_every_text_as_text(text):
    assume(text.strip())
    usual, page = read_usual(), Page(write_html(report_of(text)))
    # The same elements with the same attributes, but for their classes and text alternatives.
    free = {"class", "aria-label"}
    assert [(tag, attrs.keys() - free) for tag, attrs, _ in page.elements] == [
        (tag, attrs.keys() - free) for tag, attrs, _ in usual.elements
    ]
    shown = clean(text)
    assert page.texts("h1", "title") == [shown] * 2
    assert page.texts("p")[1:] == [shown, "caption", shown]
    assert page.texts("li")[-2:] == [shown, "other"]
    assert page.texts("th", "td") == ["head", shown, shown, "1", "2", shown]
    assert page.texts("dd") == [shown]
    assert page.texts("figcaption") == [f" {shown}"]
    lines = "\n".join(map(clean, text.splitlines()))
    assert page.texts("code")[0].strip("\n") == lines.strip("\n")
    (drawing,) = (attrs for _, attrs, _ in page.elements if attrs.get("class") == "drawing")
    assert drawing["aria-label"] == f"figure. {shown}"


@settings(deadline=None)
@given(TEXTS)
@example("    a")
def test_markdown_holds_every_text_as_text(text):
    assume(text.strip())
    markdown_it = pytest.importorskip("markdown_it")
    reader = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse(write_markdown(report_of(text)))
    usual = reader.parse(write_markdown(report_of("usual")))
    assert [token.type for token in tokens] == [token.type for token in usual]
    shown = squeeze(clean(text))
    for token, same in zip(tokens, usual, strict=True):
        parts = [part.type for part in token.children or ()]
        assert set(parts) <= {"text", "strong_open", "strong_close", "html_inline"}
        if token.type == "inline":
            texts = [part for part in token.children if part.content != "<!-- -->"]
            plain = "".join(part.content for part in texts)
            wanted = "".join(part.content for part in same.children).replace("usual", shown)
            assert squeeze(plain) == squeeze(wanted)
        if token.type == "fence":
            assert token.content == "\n".join(map(clean, text.splitlines())) + "\n"


@pytest.mark.parametrize(
    "text", ["@user", "ask @user", "a#12", "#12", "https://a.b/c", "www.a.b", "a@b.example"]
)
def test_no_name_is_a_link_on_github(text):
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt("commonmark").parse(escape(text))
    (inline,) = (token for token in tokens if token.type == "inline")
    texts = [part.content for part in inline.children if part.type == "text"]
    assert "".join(texts) == text
    # GitHub looks for people, issues and addresses in single texts.
    assert not any(re.search(r"@\w|#\d|://|www\.", part) for part in texts)


@pytest.mark.parametrize("sign", "\u202e\u2066\u200f\u061c")
def test_no_sign_turns_the_order_of_a_page(sign):
    result = planted(f"a{sign}b")
    page = write_html(report_of(f"a{sign}b", result.plot))
    assert sign not in page
    assert sign not in write_markdown(report_of(f"a{sign}b"))


def planted(name):
    """A result with a variable of a name."""
    net = Network({name: []}, {name: ["low", "high"]}, {name: [0.5, 0.5]})
    return Disentanglement(
        net, (Component(do(), 0.5), Component(do({name: "low"}), 0.5)), "likelihood"
    )


def squeeze(text):
    return re.sub(r"\s+", " ", text).strip()


def test_figures_with_odd_names_are_whole(odd_run):
    result, _ = odd_run
    page = Page(write_html(report_of("usual", result.plot)))
    assert [tag for tag, _, _ in page.elements].count("svg") == 1
    assert "script" not in {tag for tag, _, _ in page.elements}
    assert any("<script>alert" in text for text in page.texts("text"))


def test_figures_of_a_page_share_no_identifier(odd_run):
    result, _ = odd_run
    figure = Figure("figure", "caption", result.plot)
    page = Page(write_html(Report("a", "b", [Section("key", "c", [figure, figure])])))
    keys = [attrs["id"] for _, attrs, _ in page.elements if "id" in attrs]
    assert len(set(keys)) == len(keys)
    for _, attrs, _ in page.elements:
        for value in attrs.values():
            for used in re.findall(r"url\(#([^)]*)\)|^#(.+)", value or ""):
                assert "".join(used) in keys
