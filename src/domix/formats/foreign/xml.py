"""XML, as far as XDSL and XMLBIF need it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from domix.errors import FormatError
from domix.util.files import decode_utf8

LETTERS = r"\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
"""Characters that XML can hold."""
ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
TEXT = re.compile(f"[{LETTERS}]*")
"""The value of an attribute."""
TRIMMED = re.compile(rf"(?!\s)(?:(?!\r)[{LETTERS}])+(?<!\s)")
"""The content of an element, from which programs strip blanks at the ends."""
WORD = re.compile(rf"(?:(?!\s)[{LETTERS}])+")
"""A name in a list between blanks."""


def decode_xml(data: bytes, path: Path) -> str:
    """Return the text of a document, in the encoding that it declares, by default UTF-8.

    Raises
    ------
    FormatError
        It is in another encoding.
    """
    declared = ENCODING.match(data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding in ("utf-8", "us-ascii"):
        return decode_utf8(data, path)
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise FormatError(
            f"the text is not {encoding}, as its first line says; save the file as UTF-8",
            source=str(path),
        ) from None


def parse(text: str, source: str, root: str) -> ElementTree.Element:
    """Return the root element of a document.

    Raises
    ------
    FormatError
        The text is not XML, or another element is its root.
    """
    try:
        # As bytes, so that the encoding that the declaration names does not matter.
        parser = ElementTree.XMLParser(encoding="utf-8")
        element = ElementTree.fromstring(text.encode(), parser)
    except ElementTree.ParseError as error:
        line, column = error.position
        what = str(error).partition(":")[0]
        raise FormatError(
            f"this is not XML: {what}", source=f"{source}:{line}:{column + 1}"
        ) from None
    if element.tag != root:
        raise FormatError(f"expected the element <{root}>, not <{element.tag}>", source=source)
    return element


def attribute(element: ElementTree.Element, name: str, source: str) -> str:
    """Return an attribute, or raise FormatError if it is missing."""
    value = element.get(name)
    if value is None:
        raise FormatError(f"an element <{element.tag}> has no {name}; add one", source=source)
    return value


def content(element: ElementTree.Element) -> str:
    """Return the text of an element without blanks at its ends."""
    return (element.text or "").strip()


def add_text(parent: ElementTree.Element, tag: str, text: str) -> None:
    """Add an element that holds text only."""
    ElementTree.SubElement(parent, tag).text = text


def render(root: ElementTree.Element) -> str:
    """Return a document as indented text."""
    ElementTree.indent(root)
    encoded: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return encoded.decode("utf-8") + "\n"
