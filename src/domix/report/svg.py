"""Figures of matplotlib as SVG inside a page: text as text, and nothing that reaches outside."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from domix.util.text_tables import ORDERS, clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

NOT_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Signs that no XML document can hold; names of users can."""

HREF = f"{{{XLINK}}}href"


def inline_svg(figure: Figure, prefix: str) -> str:
    """Return a figure as an SVG element.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    prefix : str
        Put before every identifier, so that the figures of a page do not share any.

    Returns
    -------
    str
        Without a prolog; its width and height are those of the figure.
    """
    from matplotlib import rc_context

    buffer = BytesIO()
    # With a fixed salt, identifiers are the same in every run.
    with rc_context({"svg.hashsalt": prefix}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = NOT_XML.sub("\N{REPLACEMENT CHARACTER}", buffer.getvalue().decode("utf-8", "replace"))
    root = ET.fromstring(ORDERS.sub(lambda sign: clean(sign[0]), text))
    for element in list(root):
        if element.tag == f"{{{SVG}}}metadata":
            root.remove(element)
    for parent in list(root.iter()):
        for element in list(parent):
            # A style applies to the whole page; the style sheet of the page has these two lines.
            if element.tag == f"{{{SVG}}}style":
                parent.remove(element)
    for element in root.iter():
        _prefix(element.attrib, prefix)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(root, encoding="unicode")


def _prefix(attributes: dict[str, str], prefix: str) -> None:
    """Make identifiers, and references to them, unique in the page."""
    if "id" in attributes:
        attributes["id"] = f"{prefix}-{attributes['id']}"
    for name, value in attributes.items():
        if name == HREF and value.startswith("#"):
            attributes[name] = f"#{prefix}-{value[1:]}"
        elif "url(#" in value:
            attributes[name] = value.replace("url(#", f"url(#{prefix}-")
