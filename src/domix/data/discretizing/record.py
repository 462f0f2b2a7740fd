"""The JSON document of what a discretizer has learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domix.data.discretizing.baseline import Baseline
from domix.data.discretizing.cuts import Cuts
from domix.data.discretizing.fitted import Fitted
from domix.util.strict_json import Node, parse, to_json

FORMAT, VERSION = "domix-discretizer", 1


def write_document(strategy: str | Mapping[str, str], bins: int | None, fitted: Fitted) -> str:
    """Return the JSON document."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "strategy": strategy if isinstance(strategy, str) else dict(strategy),
        "bins": bins,
        "depth": fitted.depth,
        "typical_depth": fitted.typical_depth,
        "by": fitted.by,
        "columns": {name: _column(cuts, name, fitted) for name, cuts in fitted.cuts.items()},
    }
    return to_json(document, indent=1) + "\n"


def _column(cuts: Cuts, name: str, fitted: Fitted) -> dict[str, Any]:
    column: dict[str, Any] = {
        "strategy": cuts.strategy,
        "edges": list(cuts.edges),
        "states": list(cuts.states),
    }
    if fitted.by is not None:
        column["baselines"] = {
            batch: [baseline.factor, baseline.offset]
            for batch, baseline in fitted.baselines[name].items()
        }
    return column


def read_document(text: str, source: str) -> tuple[str | dict[str, str], int | None, Fitted]:
    """Return the strategy, the bins and what was learnt.

    Raises
    ------
    FormatError
        The text is not such a document; the place is named.
    """
    root = parse(text, source)
    root.check_header(FORMAT, VERSION)
    fields = root.fields(
        ["format", "version", "strategy", "bins", "depth", "typical_depth", "by", "columns"]
    )
    strategy = fields["strategy"]
    chosen = (
        {name: node.text() for name, node in strategy.entries().items()}
        if isinstance(strategy.value, dict)
        else strategy.text()
    )
    by = fields["by"].optional(Node.text)
    cuts, baselines = {}, {}
    for name, column in fields["columns"].entries().items():
        parts = column.fields(
            ["strategy", "edges", "states", *(["baselines"] if by is not None else [])]
        )
        cuts[name] = _read_cuts(parts)
        if by is not None:
            baselines[name] = {
                batch: Baseline(*(number.number() for number in pair.items(2)))
                for batch, pair in parts["baselines"].entries().items()
            }
    depth = fields["depth"].optional(Node.text)
    fitted = Fitted(cuts, by, baselines, depth, fields["typical_depth"].number())
    return chosen, fields["bins"].optional(Node.whole_number), fitted


def _read_cuts(parts: Mapping[str, Node]) -> Cuts:
    edges = tuple(edge.number() for edge in parts["edges"].items())
    if list(edges) != sorted(set(edges)):
        parts["edges"].fail("the cut points must rise")
    states = tuple(state.text() for state in parts["states"].items(len(edges) + 1))
    if len(set(states)) < len(states):
        parts["states"].fail("the states must differ")
    return Cuts(parts["strategy"].text(), edges, states)
