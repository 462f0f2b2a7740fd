"""DSL, the format of GeNIe before XDSL.

::

    net domix {
      node B {
        TYPE = CPT;
        HEADER = { ID = B; NAME = "B"; };
        PARENTS = (A, C);
        DEFINITION = { NAMESTATES = (low, high); PROBABILITIES = (0.1, 0.9, ...); };
      };
    };

``PROBABILITIES`` vary the first parent slowest and the node's own state fastest;
``RESULTINGSTATES`` of a node of the type ``TRUTHTABLE`` give the state for each configuration.
``//`` starts a comment. Nodes of other types are refused; all other parts are skipped.
"""

from __future__ import annotations

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
from domix.formats.foreign.tokens import BARE, Tokens, quote
from domix.formats.record import NetworkRecord

TABLES = {"CPT": "PROBABILITIES", "TRUTHTABLE": "RESULTINGSTATES"}
"""Types of nodes that are read, and what holds their tables."""


def read_dsl(text: str, source: str, exact: bool) -> NetworkRecord:
    """Read a network; parameters as in :func:`domix.formats.bif.read_bif`.

    Raises
    ------
    FormatError
        The text is not DSL, or holds a node that is neither a table nor deterministic.
    """
    tokens = Tokens(text, source, "//")
    states: dict[str, tuple[str, ...]] = {}
    tables: dict[str, RawTable] = {}
    tokens.take("net")
    tokens.take_names("{")
    tokens.take("{")
    while tokens.peek() != "}":
        key = tokens.take_name()
        if key == "node" and tokens.peek() != "=":
            place = tokens.place(tokens.position)
            name = tokens.take_name()
            _declare_node(name, _read_block(tokens), place, states, tables)
        else:
            tokens.skip_value()
        tokens.take(";")
    return build_record(states, tables, source, exact, "PROBABILITIES to its DEFINITION")


def _read_block(tokens: Tokens) -> dict[str, list[str]]:
    """Return the lists and single words of a node, those of its DEFINITION included."""
    found: dict[str, list[str]] = {}
    tokens.take("{")
    while tokens.peek() != "}":
        key = tokens.take_name()
        tokens.take("=")
        if tokens.peek() == "{" and key == "DEFINITION":
            found |= _read_block(tokens)
        elif tokens.peek() == "(":
            found[key], _ = tokens.take_list()
        elif tokens.peek() not in ("{", ";"):
            found[key] = [tokens.take_name()]
        tokens.skip_value()
        tokens.take(";")
    tokens.take("}")
    return found


def _declare_node(
    name: str,
    node: dict[str, list[str]],
    place: str,
    states: dict[str, tuple[str, ...]],
    tables: dict[str, RawTable],
) -> None:
    kind = " ".join(node.get("TYPE", ["unknown"]))
    if kind not in TABLES:
        refuse_kind(name, kind, place)
    declare(states, name, node.get("NAMESTATES", ()), place)
    words = node.get(TABLES[kind])
    if words is not None:
        parents = tuple(node.get("PARENTS", ()))
        add_table(tables, name, RawTable(parents, words, place, kind == "TRUTHTABLE"))


def write_dsl(record: NetworkRecord) -> str:
    """Write a network so that :func:`read_dsl` gives it back, each variable after its parents.

    Raises
    ------
    FormatError
        A name contains blanks or punctuation.

    Warns
    -----
    DomixWarning
        Something is lost, or GeNIe may refuse a name.
    """
    names = [*record.states, *list_labels(record)]
    order = order_by_parents(record)
    check_names("DSL", names, BARE)
    warn_of_losses("DSL", record, [*list_odd_names(names), *list_moves(order, record)])
    lines = ["net domix", "{"]
    for name in order:
        numbers = ", ".join(write_rows(record.tables[name])).replace(" ", ", ").replace(",,", ",")
        lines += [
            f"  node {name}",
            "  {",
            "    TYPE = CPT;",
            f"    HEADER = {{ ID = {name}; NAME = {quote(name)}; }};",
            f"    PARENTS = ({', '.join(record.parents[name])});",
            "    DEFINITION =",
            "    {",
            f"      NAMESTATES = ({', '.join(map(str, record.states[name]))});",
            f"      PROBABILITIES = ({numbers});",
            "    };",
            "  };",
        ]
    return "\n".join([*lines, "};", ""])
