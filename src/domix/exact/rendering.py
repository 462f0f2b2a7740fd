"""Certificates as readable text, and as HTML.

A certificate need not have been checked, only be well-formed: entries that are inconsistent are
printed as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from domix.core.intervention import Intervention
from domix.util.text_tables import aligned, count, html_notes, html_table, shorten_rows

Document = Mapping[str, Any]

MOST_ROWS = 24
"""Lifts and targets that the HTML shows."""


def summary(document: Document) -> str:
    """Return a summary in one line."""
    counts = [
        count(len(document["variables"]), "variable"),
        count(len(document["lifts"]), "lift"),
        count(len(document["mixture"]), "target"),
    ]
    return (
        f"{', '.join(counts)}; exclusion {document['exclusion']}, "
        f"positivity {document['positivity']}, equality {document['equality']}"
    )


def text(document: Document) -> str:
    """Return the whole certificate as text."""
    states = _states(document)
    lifts = [_lift_text(i, lift, states) for i, lift in enumerate(document["lifts"])]
    body = [
        [part["weight"], str(Intervention(part["intervention"]))] for part in document["mixture"]
    ]
    mixture = aligned(["weight", "target"], body, "><")
    return "\n\n".join([summary(document), *lifts, mixture]) + "\n"


def html(document: Document) -> str:
    """Return the mixture and the lifts as HTML; long lists are cut, and say so."""
    mixture = [[p["weight"], str(Intervention(p["intervention"]))] for p in document["mixture"]]
    states = _states(document)
    lifts = [_lift_cells(i, lift, states) for i, lift in enumerate(document["lifts"])]
    head = ["lift", "variable", "prefix", "weight", "not set", "set"]
    return (
        html_notes([summary(document)])
        + html_table(["weight", "target"], shorten_rows(mixture, MOST_ROWS), "><")
        + html_table(head, shorten_rows(lifts, MOST_ROWS), "><<>><")
    )


def _lift_cells(i: int, lift: Document, states: Mapping[str, Sequence[Any]]) -> list[str]:
    name, prefix = lift["variable"], str(Intervention(lift["prefix"]))
    weights = zip(states.get(name, ()), lift["solution"], strict=False)
    split = ", ".join(f"{state}: {x}" for state, x in weights if x != "0")
    return [str(i), name, prefix, lift["weight"], lift["silent"], split]


def _states(document: Document) -> dict[str, list[Any]]:
    """Return the states of each variable, in the order of lifting."""
    return {entry["name"]: entry["states"] for entry in document["variables"]}


def _assignment_text(names: Iterable[str], labels: Iterable[Any]) -> str:
    pairs = (f"{name}={label}" for name, label in zip(names, labels, strict=False))
    return ", ".join(pairs) or "empty"


def _lift_text(i: int, lift: Document, states: Mapping[str, Sequence[Any]]) -> str:
    name, prefix = lift["variable"], Intervention(lift["prefix"])
    lines = [
        f"lift {i}: {name}, for the prefix s = {prefix} of weight {lift['weight']}",
        f"  configuration v: {_assignment_text(states, lift['cell'])}",
        f"  P_s(v) = {lift['scale']}",
    ]
    lines += [
        f"  known: lift {term['lift']}, whose prefix u has P_u(v) = {term['ratio']} P_s(v)"
        for term in lift["known"]
    ]
    lines += _columns(
        [
            [name, *map(str, states.get(name, ()))],
            ["P(value | v)", *lift["conditional"]],
            ["P_mix(v, value)", *lift["p_mix"]],
            ["remainder / P_s(v)", *lift["r"]],
            ["solution x", *lift["solution"]],
        ]
    )
    lines.append(f"  system of rank {lift['rank']}:")
    rows = zip_longest(lift["matrix"], lift["rhs"], fillvalue="")
    lines += _columns([["", *row, "| ", side] for row, side in rows])
    zeros = ", ".join(map(str, lift["zeros"]))
    lines.append(f"  null vector: {'  '.join(lift['null_vector'])}")
    lines.append(f"  zero at: {zeros}; excluded: {lift['excluded']}")
    lines.append(f"  {name} not set: {lift['silent']}")
    return "\n".join(lines)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align rows of text, the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  "
        + "  ".join(
            entry.ljust(width) if j == 0 else entry.rjust(width)
            for j, (entry, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]
