"""Certificates as readable text, and single lifts in LaTeX.

A certificate need not have been checked, only be well-formed: entries that are inconsistent are
printed as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from domix.core.intervention import Intervention
from domix.util.text_tables import aligned

Document = Mapping[str, Any]


def summary(document: Document) -> str:
    """Return a summary in one line."""
    counts = [
        _count(len(document["variables"]), "variable"),
        _count(len(document["lifts"]), "lift"),
        _count(len(document["mixture"]), "target"),
    ]
    return (
        f"{', '.join(counts)}; exclusion {document['exclusion']}, "
        f"positivity {document['positivity']}, equality {document['equality']}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def text(document: Document) -> str:
    """Return the whole certificate as text."""
    states = _states(document)
    lifts = [_lift_text(i, lift, states) for i, lift in enumerate(document["lifts"])]
    body = [
        [part["weight"], str(Intervention(part["intervention"]))] for part in document["mixture"]
    ]
    mixture = aligned(["weight", "target"], body, "><")
    return "\n\n".join([summary(document), *lifts, mixture]) + "\n"


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


SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{c: "\\" + c for c in "&%$#_{}"},
    }
)
FRACTION = re.compile(r"(-?)([0-9]+)(?:/([0-9]+))?")


def latex(document: Document, i: int) -> str:
    """Return a lift in LaTeX: its configuration, its system and its solution."""
    lift = document["lifts"][i]
    states = _states(document)
    values = [_label(state) for state in states.get(lift["variable"], ())]
    unknowns = [rf"\pi_{{s \cup \{{{value}\}}}}" for value in values]
    known = [
        rf"\frac{{P_{{u_{{{term['lift']}}}}}(v)}}{{P_s(v)}} = {_fraction(term['ratio'])}"
        for term in lift["known"]
    ]
    weights = zip([r"\pi_s", *unknowns], [lift["silent"], *lift["solution"]], strict=False)
    lines = [
        rf"V = {_label(lift['variable'])}, \quad s = {_assignment(lift['prefix'].items())}, \quad "
        rf"\mu_s = {_fraction(lift['weight'])}",
        rf"v = {_assignment(zip(states, lift['cell'], strict=False))}, \quad "
        rf"P_s(v) = {_fraction(lift['scale'])}",
        *([r", \quad ".join(known)] if known else []),
        rf"P_{{\mathrm{{mix}}}}(v, \cdot) = {_vector(lift['p_mix'])}, \quad "
        rf"P(\cdot \mid v) = {_vector(lift['conditional'])}",
        f"{_matrix(lift['matrix'])} {_column(unknowns)} = {_column(map(_fraction, lift['rhs']))}",
        rf"\text{{rank }} {lift['rank']}, "
        rf"\quad \text{{null vector }} {_vector(lift['null_vector'])}",
        r", \quad ".join(f"{unknown} = {_fraction(weight)}" for unknown, weight in weights),
    ]
    return "\\begin{gather*}\n" + " \\\\\n".join(lines) + "\n\\end{gather*}\n"


def _label(label: Any) -> str:
    return rf"\text{{{str(label).translate(SPECIAL)}}}"


def _assignment(assignment: Iterable[tuple[str, Any]]) -> str:
    inside = ", ".join(f"{_label(name)} = {_label(label)}" for name, label in assignment)
    return rf"\{{{inside}\}}" if inside else r"\emptyset"


def _fraction(rational: str) -> str:
    match = FRACTION.fullmatch(rational)
    if match is None or match[3] is None:
        return rational
    return rf"{match[1]}\frac{{{match[2]}}}{{{match[3]}}}"


def _vector(rationals: Iterable[str]) -> str:
    return rf"\left({', '.join(map(_fraction, rationals))}\right)"


def _column(entries: Iterable[str]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(entries) + r" \end{pmatrix}"


def _matrix(rows: Iterable[Iterable[str]]) -> str:
    return _column(" & ".join(map(_fraction, row)) for row in rows)
