"""Results as JSON: everything a result holds, its network included.

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

A component that the user included has ``"known": true`` besides. What a method does not give is
null. With ``exact``, weights are fractions in strings, such as ``"1/3"``, and the network is exact.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from domix.core.intervention import Intervention
from domix.errors import DomixError, FormatError
from domix.formats.json import Node, parse_json, read_json, write_json
from domix.formats.numbers import read_fraction
from domix.model.network import Network
from domix.results.result import Component, Disentanglement
from domix.util.rational import rational_text

__all__ = ["FORMAT", "VERSION", "read_result", "write_result"]

FORMAT = "domix-result"
VERSION = 1
SOURCE = "result"

KEYS = {
    "format",
    "version",
    "method",
    "exact",
    "rows",
    "alpha",
    "log_likelihood",
    "best_move_gain",
    "best_move_significant",
    "unexplained",
    "facts",
    "components",
    "network",
}
COMPONENT_KEYS = {"intervention", "weight", "std_error", "interval", "p_value"}

T = TypeVar("T")


def write_result(result: Disentanglement) -> str:
    """A result as JSON; :func:`read_result` gives it back."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "method": result.method,
        "exact": result.network.is_exact,
        "rows": result.rows,
        "alpha": result.alpha,
        "log_likelihood": result.log_likelihood,
        "best_move_gain": result.best_move_gain,
        "best_move_significant": result.best_move_significant,
        "unexplained": list(result.unexplained),
        "facts": dict(result.facts),
        "components": [
            {
                "intervention": dict(c.intervention),
                "weight": rational_text(c.weight) if isinstance(c.weight, Fraction) else c.weight,
                "std_error": c.std_error,
                "interval": None if c.interval is None else list(c.interval),
                "p_value": c.p_value,
                **({"known": True} if c.known else {}),
            }
            for c in result.components
        ],
        "network": json.loads(write_json(result.network.to_record())),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_result(text: str) -> Disentanglement:
    """The result that a document holds.

    Raises
    ------
    FormatError
        Not JSON, or not this format; the path within the document is named.
    """
    whole = Node(parse_json(text, SOURCE, False), SOURCE, "")
    if not isinstance(whole.value, dict) or whole.value.get("format") != FORMAT:
        whole.fail(f'this is no result: "format" must be "{FORMAT}"')
    if whole.value.get("version") != VERSION:
        whole.fail(f"version {whole.value.get('version')!r}; this domix reads {VERSION}")
    fields = whole.fields(KEYS, set())
    exact = _boolean(fields["exact"])
    record = read_json(json.dumps(fields["network"].value), f"{SOURCE}: network", exact)
    result = Disentanglement(
        network=Network.from_record(record, source=f"{SOURCE}: network"),
        components=tuple(_component(node, exact) for node in fields["components"].items()),
        method=fields["method"].text(),
        rows=_optional(fields["rows"], _number),
        alpha=_optional(fields["alpha"], _number),
        log_likelihood=_optional(fields["log_likelihood"], _number),
        best_move_gain=_optional(fields["best_move_gain"], _number),
        best_move_significant=_optional(fields["best_move_significant"], _boolean),
        unexplained=tuple(_row(node) for node in fields["unexplained"].items()),
        facts=_facts(fields["facts"]),
    )
    try:
        result.mixture  # noqa: B018 - the network must have what the components set
    except DomixError as error:
        raise FormatError(f"{SOURCE}: components: {error}") from None
    return result


def _component(node: Node, exact: bool) -> Component:
    fields = node.fields(COMPONENT_KEYS, {"known"})
    target = fields["intervention"]
    if not isinstance(target.value, dict):
        target.fail("expected an object from variables to states")
    assignment = {name: target.at(f".{name}", s).label() for name, s in target.value.items()}
    return Component(
        Intervention(assignment),
        fields["weight"].number(read_fraction) if exact else _number(fields["weight"]),
        _optional(fields["std_error"], _number),
        _optional(fields["interval"], _pair),
        _optional(fields["p_value"], _number),
        "known" in fields and _boolean(fields["known"]),
    )


def _optional(node: Node, read: Callable[[Node], T]) -> T | None:
    return None if node.value is None else read(node)


def _number(node: Node) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        node.fail(f"expected a number, not {node.value!r}")
    return float(node.value)


def _boolean(node: Node) -> bool:
    if not isinstance(node.value, bool):
        node.fail(f"expected true or false, not {node.value!r}")
    return node.value


def _row(node: Node) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 0:
        node.fail(f"expected a row's number, not {node.value!r}")
    return node.value


def _pair(node: Node) -> tuple[float, float]:
    values = [_number(item) for item in node.items()]
    if len(values) != 2:
        node.fail("an interval has two ends")
    return values[0], values[1]


def _facts(node: Node) -> dict[str, str]:
    if not isinstance(node.value, dict):
        node.fail("expected an object")
    return {key: node.at(f".{key}", value).text() for key, value in node.value.items()}
