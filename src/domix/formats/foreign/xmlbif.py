"""XMLBIF, the XML form of BIF, which pgmpy, pyagrum, SamIam and Weka write.

A ``TABLE`` takes the ``GIVEN`` variables first, in their order and the first slowest, then the
``FOR`` variable, fastest. Variables whose ``TYPE`` is not ``nature`` are refused.
"""

from __future__ import annotations

from xml.etree import ElementTree

from domix.errors import FormatError
from domix.formats.foreign import xml
from domix.formats.foreign.tables import (
    RawTable,
    add_table,
    build_record,
    check_names,
    declare,
    list_labels,
    refuse_kind,
    warn_of_losses,
    write_rows,
)
from domix.formats.record import NetworkRecord


def read_xmlbif(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network; parameters as in :func:`domix.formats.bif.read_bif`.

    Raises
    ------
    FormatError
        The text is not XMLBIF, or holds a variable that is not a discrete variable with a table.
    """
    root = xml.parse(text, source, "BIF")
    states: dict[str, tuple[str, ...]] = {}
    tables: dict[str, RawTable] = {}
    for variable in root.iter("VARIABLE"):
        name = _read_child(variable, "NAME", source)
        kind = variable.get("TYPE", "nature")
        if kind not in ("nature", "discrete"):
            refuse_kind(name, kind, source)
        declare(states, name, map(xml.content, variable.iter("OUTCOME")), source)
    for definition in root.iter("DEFINITION"):
        child = _read_child(definition, "FOR", source)
        if len(definition.findall("FOR")) > 1:
            raise FormatError(
                f"a DEFINITION is for several variables, {child!r} among them; give each its own",
                source=source,
            )
        table = definition.find("TABLE")
        if table is not None:
            parents = tuple(map(xml.content, definition.iter("GIVEN")))
            # Comments between the numbers are skipped by the parser of XML.
            words = (table.text or "").split()
            add_table(tables, child, RawTable(parents, words, source))
    return build_record(states, tables, source, exact, "a DEFINITION with a TABLE")


def _read_child(element: ElementTree.Element, tag: str, source: str) -> str:
    child = element.find(tag)
    if child is None:
        raise FormatError(f"an element <{element.tag}> has no <{tag}>; add one", source=source)
    return xml.content(child)


def write_xmlbif(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_xmlbif` gives it back.

    Raises
    ------
    FormatError
        A name is empty, or has blanks at its ends.

    Warns
    -----
    DomixWarning
        Something is lost.
    """
    check_names("XMLBIF", [*record.states, *list_labels(record)], xml.TRIMMED)
    warn_of_losses("XMLBIF", record)
    root = ElementTree.Element("BIF", VERSION="0.3")
    network = ElementTree.SubElement(root, "NETWORK")
    xml.add_text(network, "NAME", "domix")
    for name, outcomes in record.states.items():
        variable = ElementTree.SubElement(network, "VARIABLE", TYPE="nature")
        xml.add_text(variable, "NAME", name)
        for label in outcomes:
            xml.add_text(variable, "OUTCOME", str(label))
    for name, parents in record.parents.items():
        definition = ElementTree.SubElement(network, "DEFINITION")
        xml.add_text(definition, "FOR", name)
        for parent in parents:
            xml.add_text(definition, "GIVEN", parent)
        xml.add_text(definition, "TABLE", " ".join(write_rows(record.tables[name])))
    return xml.render(root)
