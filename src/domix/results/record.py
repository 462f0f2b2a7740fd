"""Results as JSON: everything that a result holds, its network included.

::

    {
      "format": "domix-result",
      "version": 1,
      "method": "likelihood",
      "exact": false,
      "rows": 20000.0, "alpha": 0.05, "log_likelihood": -180000.1,
      "best_move_gain": 2.5, "best_move_significant": false,
      "unexplained": [], "facts": {},
      "components": [
        {"intervention": {"PKC": "high"}, "weight": 0.5, "std_error": 0.01,
         "interval": [0.48, 0.52], "p_value": 1e-20}, ...
      ],
      "network": {"format": "domix-network", ...}
    }

``"graph"``, an object with ``"mode"``, ``"edges"`` and ``"variables"``, is present if the graph was
repaired or learnt; ``"check"``, the object of :mod:`domix.results.checks.check`, if it was checked
on control rows; ``"contrast"``, with ``"drift"``, ``"background"`` and ``"explained"``, if the rows
were compared with control rows; ``"soft"``, with ``"shape"``, ``"gain"``, ``"rate"`` and
``"hard"``, if components are soft. A component that the user included also has ``"known": true``;
one that may be a trace of another has ``"relation"``. Of data rows, it has ``"test"``, with
``"drop_cost"`` (null if infinite), ``"log_count"``, ``"factor"`` and ``"critical_value"``, and
``"hull"``; and ``"undetected"``, with ``"intervention"`` and ``"gain"``, if there are such targets.
One whose look-alikes were computed has ``"exact"``, true or false, and ``"alternatives"``, a list
of objects with ``"intervention"`` and ``"share"``. ``"converged"``, true or false, is present if
the method iterates. An intervention maps variables to states, or to the distributions of
:mod:`domix.formats.interventions`. Values that a method does not compute are null. If ``exact`` of
the document is true, the network is exact and weights are fractions in strings, such as ``"1/3"``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from domix.core.space import listing
from domix.formats.interventions import intervention_document, read_intervention
from domix.formats.json import network_document, read_network_document
from domix.formats.numbers import read_fraction
from domix.formats.record import NetworkRecord
from domix.results.checks.check import (
    ModelCheck,
    check_document,
    drift_document,
    read_check,
    read_drift,
)
from domix.results.claims import CLAIMS, claims_document, read_claims, read_interval
from domix.results.component import Alternative, Component
from domix.results.contrast import ContrastReport, Relation, RelationKind, WeightedTarget
from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge, GraphReport
from domix.results.soft import SoftReport, SoftShape
from domix.util.rational import rational_text
from domix.util.strict_json import Node, parse, to_json

FORMAT = "domix-result"
VERSION = 1
SOURCE = "result"
"""The document, as messages name it."""

INTERRUPTED, UNDETECTED_STAGE = "interrupted", "undetected targets"
"""The fact that says during which stage Ctrl-C ended an estimation; a stage to leave out then."""


@dataclass(frozen=True, eq=False)
class ResultRecord:
    """A result before its network is validated; the attributes are those of a result."""

    network: NetworkRecord
    components: tuple[Component, ...]
    method: str
    rows: float | None
    alpha: float | None
    log_likelihood: float | None
    best_move_gain: float | None
    best_move_significant: bool | None
    unexplained: tuple[int, ...]
    facts: Mapping[str, str]
    converged: bool | None
    graph: GraphReport | None
    check: ModelCheck | None
    contrast: ContrastReport | None
    soft: SoftReport | None


def write_result(record: ResultRecord) -> str:
    """Write a result so that :func:`read_result` gives it back."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "method": record.method,
        "exact": record.network.is_exact,
        "rows": record.rows,
        "alpha": record.alpha,
        "log_likelihood": record.log_likelihood,
        "best_move_gain": record.best_move_gain,
        "best_move_significant": record.best_move_significant,
        "unexplained": record.unexplained,
        "facts": dict(record.facts),
        **({} if record.converged is None else {"converged": record.converged}),
        **({} if record.graph is None else {"graph": _graph_document(record.graph)}),
        **({} if record.check is None else {"check": check_document(record.check)}),
        **({} if record.contrast is None else {"contrast": _contrast_document(record.contrast)}),
        **({} if record.soft is None else {"soft": _soft_document(record.soft)}),
        "components": [_component_document(component) for component in record.components],
        "network": network_document(record.network),
    }
    return to_json(document, indent=1) + "\n"


def _component_document(component: Component) -> dict[str, Any]:
    weight = component.weight
    return {
        "intervention": intervention_document(component.intervention),
        "weight": rational_text(weight) if isinstance(weight, Fraction) else weight,
        "std_error": component.std_error,
        "interval": component.interval,
        "p_value": component.p_value,
        **({"known": True} if component.known else {}),
        **(
            {}
            if component.relation is None
            else {"relation": _relation_document(component.relation)}
        ),
        **({} if component.reproduced is None else {"reproduced": component.reproduced}),
        **claims_document(component.test, component.undetected, component.hull),
        **_alternatives_document(component),
    }


def _alternatives_document(component: Component) -> dict[str, Any]:
    alternatives = [
        {"intervention": intervention_document(a.intervention), "share": a.share}
        for a in component.alternatives
    ]
    return {
        **({} if component.exact is None else {"exact": component.exact}),
        **({"alternatives": alternatives} if alternatives else {}),
    }


def _relation_document(relation: Relation) -> dict[str, Any]:
    return {"kind": relation.kind, "intervention": intervention_document(relation.intervention)}


def read_result(text: str) -> ResultRecord:
    """Read a result.

    Raises
    ------
    FormatError
        Not JSON, or not this format, or the results of groups; the path within the document is
        named.
    """
    document = parse(text, SOURCE)
    _refuse_groups(document)
    return _read_document(document)


def read_results(text: str) -> dict[str, ResultRecord]:
    """Read the results of groups, by the text of each group.

    Raises
    ------
    FormatError
        Not JSON, or not such results; the path within the document is named.
    """
    document = parse(text, SOURCE)
    if isinstance(document.value, dict) and document.value.get("format") == FORMAT:
        document.fail("is one result, not those of groups; read it by Disentanglement.from_json")
    return {group: _read_document(node) for group, node in document.entries().items()}


def _read_document(document: Node) -> ResultRecord:
    document.check_header(FORMAT, VERSION)
    optional = {"converged", "graph", "check", "contrast", "soft"}
    required = ResultRecord.__annotations__.keys() - optional
    fields = document.fields(["format", "version", "exact", *required], optional)
    exact = fields["exact"].boolean()
    return ResultRecord(
        network=read_network_document(fields["network"], exact),
        components=tuple(_read_component(node, exact) for node in fields["components"].items()),
        method=fields["method"].text(),
        rows=fields["rows"].optional(Node.number),
        alpha=fields["alpha"].optional(Node.number),
        log_likelihood=fields["log_likelihood"].optional(Node.number),
        best_move_gain=fields["best_move_gain"].optional(Node.number),
        best_move_significant=fields["best_move_significant"].optional(Node.boolean),
        unexplained=tuple(node.whole_number() for node in fields["unexplained"].items()),
        facts={key: node.text() for key, node in fields["facts"].entries().items()},
        converged=fields["converged"].boolean() if "converged" in fields else None,
        graph=_read_graph(fields["graph"]) if "graph" in fields else None,
        check=read_check(fields["check"]) if "check" in fields else None,
        contrast=_read_contrast(fields["contrast"]) if "contrast" in fields else None,
        soft=_read_soft(fields["soft"]) if "soft" in fields else None,
    )


def _refuse_groups(document: Node) -> None:
    """Say how to read one result of a document that maps groups to results."""
    groups = document.value if isinstance(document.value, dict) else {}
    if groups and all(isinstance(r, dict) and r.get("format") == FORMAT for r in groups.values()):
        document.fail(
            f"holds results of the groups {listing(groups)}; read them by GroupResults.from_json"
        )


def _graph_document(graph: GraphReport) -> dict[str, Any]:
    return {**vars(graph), "edges": [vars(edge) for edge in graph.edges]}


def _read_graph(graph: Node) -> GraphReport:
    fields = graph.fields(list(GraphReport.__annotations__), [])
    return GraphReport(
        fields["mode"].text(),
        tuple(_read_edge(edge) for edge in fields["edges"].items()),
        tuple(name.text() for name in fields["variables"].items()),
    )


def _read_edge(edge: Node) -> GraphEdge:
    optional = ["direction_support"]
    fields = edge.fields([f for f in GraphEdge.__annotations__ if f not in optional], optional)
    direction_support = fields.get("direction_support")
    return GraphEdge(
        fields["cause"].text(),
        fields["effect"].text(),
        fields["change"].convert(EdgeChange),
        fields["direction"].optional(lambda node: node.convert(EdgeDirection)),
        fields["support"].number(),
        None if direction_support is None else direction_support.optional(Node.number),
    )


def _contrast_document(contrast: ContrastReport) -> dict[str, Any]:
    return {
        "drift": drift_document(contrast.drift),
        "background": [_weighted_document(target) for target in contrast.background],
        "explained": [_weighted_document(target) for target in contrast.explained],
    }


def _soft_document(soft: SoftReport) -> dict[str, Any]:
    return {**vars(soft), "hard": [_weighted_document(target) for target in soft.hard]}


def _read_soft(soft: Node) -> SoftReport:
    fields = soft.fields(list(SoftReport.__annotations__), [])
    return SoftReport(
        fields["shape"].convert(SoftShape),
        fields["gain"].number(),
        fields["rate"].optional(Node.number),
        tuple(map(_read_weighted, fields["hard"].items())),
    )


def _weighted_document(target: WeightedTarget) -> dict[str, Any]:
    return {"intervention": intervention_document(target.intervention), "weight": target.weight}


def _read_contrast(contrast: Node) -> ContrastReport:
    fields = contrast.fields(["drift", "background", "explained"], [])
    drift = read_drift(fields["drift"])
    return ContrastReport(
        math.inf if drift is None else drift,
        tuple(map(_read_weighted, fields["background"].items())),
        tuple(map(_read_weighted, fields["explained"].items())),
    )


def _read_weighted(target: Node) -> WeightedTarget:
    fields = target.fields(["intervention", "weight"], [])
    return WeightedTarget(read_intervention(fields["intervention"]), fields["weight"].number())


def _read_relation(relation: Node) -> Relation:
    fields = relation.fields(["kind", "intervention"], [])
    kind = fields["kind"].convert(RelationKind)
    return Relation(kind, read_intervention(fields["intervention"]))


def _read_component(component: Node, exact: bool) -> Component:
    fields = component.fields(
        ["intervention", "weight", "std_error", "interval", "p_value"],
        ["known", "relation", "reproduced", "exact", "alternatives", *CLAIMS],
    )
    weight = fields["weight"]
    return Component(
        read_intervention(fields["intervention"]),
        read_fraction(weight.text()) if exact else weight.number(),
        fields["std_error"].optional(Node.number),
        fields["interval"].optional(read_interval),
        fields["p_value"].optional(Node.number),
        "known" in fields and fields["known"].boolean(),
        _read_relation(fields["relation"]) if "relation" in fields else None,
        fields["reproduced"].whole_number() if "reproduced" in fields else None,
        alternatives=tuple(map(_read_alternative, fields["alternatives"].items()))
        if "alternatives" in fields
        else (),
        exact=fields["exact"].boolean() if "exact" in fields else None,
        **read_claims(fields),
    )


def _read_alternative(alternative: Node) -> Alternative:
    fields = alternative.fields(["intervention", "share"], [])
    return Alternative(read_intervention(fields["intervention"]), fields["share"].number())
