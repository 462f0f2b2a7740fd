"""Certificates for people: in plain text, and a lift in LaTeX.

They need not have been checked, only be well-formed: what does not fit together is printed as it
stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from domix.core.intervention import Intervention
from domix.util.text_tables import aligned

__all__ = ["latex", "summary", "text"]

Document = Mapping[str, Any]


def summary(document: Document) -> str:
    """One line."""
    counts = [
        _counted(len(document["variables"]), "variable"),
        _counted(len(document["lifts"]), "lift"),
        _counted(len(document["mixture"]), "target"),
    ]
    return (
        f"{', '.join(counts)}; exclusion {document['exclusion']}, "
        f"positivity {document['positivity']}, equality {document['equality']}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def text(document: Document) -> str:
    """The whole certificate."""
    states = _states(document)
    lifts = [_lift(i, lift, states) for i, lift in enumerate(document["lifts"])]
    body = [
        [part["weight"], str(Intervention(part["intervention"]))] for part in document["mixture"]
    ]
    mixture = aligned(["weight", "target"], body, "><")
    return "\n\n".join([summary(document), *lifts, mixture]) + "\n"


def _states(document: Document) -> dict[str, list[Any]]:
    """By variable, in the order of lifting."""
    return {entry["name"]: entry["states"] for entry in document["variables"]}


def _settings(names: Iterable[str], labels: Iterable[Any]) -> str:
    pairs = (f"{name}={label}" for name, label in zip(names, labels, strict=False))
    return ", ".join(pairs) or "nothing"


def _lift(i: int, lift: Document, states: Mapping[str, Sequence[Any]]) -> str:
    name, prefix = lift["variable"], Intervention(lift["prefix"])
    lines = [
        f"lift {i}: {name} after {prefix}, which has the weight {lift['weight']}",
        f"  cell: {_settings(states, lift['cell'])}",
        f"  P_prefix(cell) = {lift['scale']}",
    ]
    lines += [
        f"  known: lift {term['lift']}, whose P_prefix(cell) is {term['ratio']} times this one"
        for term in lift["known"]
    ]
    lines += _columns(
        [
            [name, *map(str, states.get(name, ()))],
            ["P(value | cell)", *lift["conditional"]],
            ["P_mix(cell, value)", *lift["p_mix"]],
            ["what is left / P_prefix(cell)", *lift["r"]],
            ["solution x", *lift["solution"]],
        ]
    )
    lines.append(f"  system, of rank {lift['rank']}:")
    rows = zip_longest(lift["matrix"], lift["rhs"], fillvalue="")
    lines += _columns([["", *row, "| ", mass] for row, mass in rows])
    zeros = ", ".join(map(str, lift["zeros"]))
    lines.append(f"  null vector: {'  '.join(lift['null_vector'])}")
    lines.append(f"  zero at: {zeros}; taken as unused: {lift['excluded']}")
    lines.append(f"  left alone: {lift['silent']}")
    return "\n".join(lines)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text, the first column flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if j == 0 else cell.rjust(width)
            for j, (cell, width) in enumerate(zip(row, widths, strict=False))
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
    """A lift: where it was read, its system, and the solution."""
    lift = document["lifts"][i]
    states = _states(document)
    values = [_word(state) for state in states.get(lift["variable"], ())]
    unknowns = [rf"\pi_{{s \cup \{{{value}\}}}}" for value in values]
    known = [
        rf"\frac{{P_{{u_{{{term['lift']}}}}}(v)}}{{P_s(v)}} = {_number(term['ratio'])}"
        for term in lift["known"]
    ]
    weights = zip([r"\pi_s", *unknowns], [lift["silent"], *lift["solution"]], strict=False)
    lines = [
        rf"V = {_word(lift['variable'])}, \quad s = {_set(lift['prefix'].items())}, \quad "
        rf"\mu_s = {_number(lift['weight'])}",
        rf"v = {_set(zip(states, lift['cell'], strict=False))}, \quad "
        rf"P_s(v) = {_number(lift['scale'])}",
        *([r", \quad ".join(known)] if known else []),
        rf"P_{{\mathrm{{mix}}}}(v, \cdot) = {_vector(lift['p_mix'])}, \quad "
        rf"P(\cdot \mid v) = {_vector(lift['conditional'])}",
        f"{_matrix(lift['matrix'])} {_column(unknowns)} = {_column(map(_number, lift['rhs']))}",
        rf"\text{{rank }} {lift['rank']}, "
        rf"\quad \text{{null vector }} {_vector(lift['null_vector'])}",
        r", \quad ".join(f"{unknown} = {_number(weight)}" for unknown, weight in weights),
    ]
    return "\\begin{gather*}\n" + " \\\\\n".join(lines) + "\n\\end{gather*}\n"


def _word(label: Any) -> str:
    return rf"\text{{{str(label).translate(SPECIAL)}}}"


def _set(settings: Iterable[tuple[str, Any]]) -> str:
    inside = ", ".join(f"{_word(name)} = {_word(label)}" for name, label in settings)
    return rf"\{{{inside}\}}" if inside else r"\emptyset"


def _number(rational: str) -> str:
    match = FRACTION.fullmatch(rational)
    if match is None or match[3] is None:
        return rational
    return rf"{match[1]}\frac{{{match[2]}}}{{{match[3]}}}"


def _vector(rationals: Iterable[str]) -> str:
    return rf"\left({', '.join(map(_number, rationals))}\right)"


def _column(entries: Iterable[str]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(entries) + r" \end{pmatrix}"


def _matrix(rows: Iterable[Iterable[str]]) -> str:
    return _column(" & ".join(map(_number, row)) for row in rows)
