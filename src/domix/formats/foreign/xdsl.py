"""XDSL, the format of GeNIe and SMILE.

Each element of ``nodes`` is a variable; ``parents`` are names between blanks. ``probabilities``
vary the first parent slowest and the variable's own state fastest; ``resultingstates`` of a
``deterministic`` node give the state for each configuration, in the same order. Sections for layout
and costs are skipped; nodes of other kinds (``noisymax``, ``equation``, ``decision``, ...) are
refused.
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
    list_moves,
    list_odd_names,
    order_by_parents,
    refuse_kind,
    warn_of_losses,
    write_rows,
)
from domix.formats.record import NetworkRecord

TABLES = {"cpt": "probabilities", "deterministic": "resultingstates"}
"""Kinds of nodes that are read, and what holds their tables."""


def read_xdsl(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network; parameters as in :func:`domix.formats.bif.read_bif`.

    Raises
    ------
    FormatError
        The text is not XDSL, or holds a node that is neither a table nor deterministic.
    """
    root = xml.parse(text, source, "smile")
    if root.find("dynamic") is not None:
        raise FormatError(
            "the network is dynamic, with edges between time slices; unroll it in GeNIe",
            source=source,
        )
    nodes = root.find("nodes")
    states: dict[str, tuple[str, ...]] = {}
    tables: dict[str, RawTable] = {}
    for node in () if nodes is None else nodes:
        name = xml.attribute(node, "id", source)
        if node.tag not in TABLES:
            refuse_kind(name, node.tag, source)
        labels = [xml.attribute(state, "id", source) for state in node.findall("state")]
        declare(states, name, labels, source)
        words = node.findtext(TABLES[node.tag])
        if words is not None:
            parents = tuple((node.findtext("parents") or "").split())
            table = RawTable(parents, words.split(), source, node.tag == "deterministic")
            add_table(tables, name, table)
    _refuse_pyagrum(root, tables, source)
    return build_record(
        states, tables, source, exact, "its probabilities (resultingstates of a deterministic node)"
    )


def _refuse_pyagrum(root: ElementTree.Element, tables: dict[str, RawTable], source: str) -> None:
    """Refuse files in which pyagrum put the entries of tables with several parents elsewhere."""
    genie = root.find("extensions/genie")
    program = "" if genie is None else genie.get("app", "")
    several = next((name for name, table in tables.items() if len(table.parents) > 1), None)
    if program.startswith("aGrUM") and several is not None:
        raise FormatError(
            f"written by {program}, which orders the table of {several!r} unlike GeNIe, the first "
            "parent fastest; load it with pyagrum and use domix.from_pyagrum, or save it as .net",
            source=source,
        )


def write_xdsl(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_xdsl` gives it back, each variable after its parents.

    Raises
    ------
    FormatError
        A variable's name contains blanks.

    Warns
    -----
    DomixWarning
        Something is lost, or GeNIe may refuse a name.
    """
    order = order_by_parents(record)
    labels = list_labels(record)
    check_names("XDSL", record.states, xml.WORD)
    check_names("XDSL", labels, xml.TEXT)
    notes = [*list_odd_names([*record.states, *labels]), *list_moves(order, record)]
    warn_of_losses("XDSL", record, notes)
    root = ElementTree.Element("smile", version="1.0", id="domix", numsamples="1000")
    nodes = ElementTree.SubElement(root, "nodes")
    for name in order:
        node = ElementTree.SubElement(nodes, "cpt", id=name)
        for label in record.states[name]:
            ElementTree.SubElement(node, "state", id=str(label))
        if record.parents[name]:
            xml.add_text(node, "parents", " ".join(record.parents[name]))
        xml.add_text(node, "probabilities", " ".join(write_rows(record.tables[name])))
    extensions = ElementTree.SubElement(root, "extensions")
    genie = ElementTree.SubElement(extensions, "genie", version="1.0", app="domix", name="domix")
    for name in order:
        xml.add_text(ElementTree.SubElement(genie, "node", id=name), "name", name)
    return xml.render(root)
