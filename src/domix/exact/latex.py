r"""Certificates in LaTeX that notebooks show as well: MathJax knows math, and no other command.

So a document is plain sentences, with formulas between dollar signs, and displays between double
ones. Names and labels stand in formulas: there, the signs that text would need escaped are written
in the same way for LaTeX and for MathJax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domix.core.guarantees import CLAIMS, explain
from domix.util.text_tables import clean

Document = Mapping[str, Any]

SIGNS = {
    "\\": r"{\backslash}",
    "~": r"{\sim}",
    "^": r"{\wedge}",
    **{sign: "\\" + sign for sign in "&%$#_{}"},
    **{sign: f"{{{sign}}}" for sign in "<>|"},
}
"""Signs that LaTeX reads as something else, as math without the space around relations."""

ROW_END = r" \\[4pt]"
"""What parts the rows of matrices and arrays: fractions in them would touch without the space."""

PLAIN = re.compile(r"[A-Za-z0-9.,;:()\[\]'+=/-]*")
"""Words that LaTeX and notebooks read as they are."""

SYMBOL = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z])([_^])([A-Za-z0-9]+(?!\w)|\([^()]*\))")
"""A letter with an index, or to a power, in ASCII; a name with several underscores is none."""

LETTER = re.compile(r"[0-9.,;:()\[\]'=]*[A-Za-z]?[0-9.,;:()\[\]'=]*")
"""At most one letter, in ASCII that is the same in a formula."""

COMPARISONS = {">=": r"\ge", "<-": r"\leftarrow"}

FRACTION = re.compile(r"(-?)([0-9]+)(?:/([0-9]+))?")


def lift(document: Document, i: int) -> str:
    """Return a lift: its configuration, its system and its solution."""
    return "\\begin{gather*}\n" + " \\\\\n".join(_lift_lines(document, i)) + "\n\\end{gather*}\n"


def certificate(document: Document, changes_only: bool) -> str:
    """Return a whole certificate; with ``changes_only`` only the lifts that set something."""
    lifts = document["lifts"]
    changed = [i for i, one in enumerate(lifts) if any(x != "0" for x in one["solution"])]
    shown = changed if changes_only else range(len(lifts))
    variables = [
        rf"{label(v['name'])} & {_set(map(label, v['states']))}" for v in document["variables"]
    ]
    parts = [
        introduce(
            "The network has these variables and states, in the order in which they are lifted.",
            array("ll", variables),
        ),
        r"Each lift reads the distribution $P_{\mathrm{mix}}$ at one configuration $v$ of the "
        r"variables before the variable $V$. It splits the weight $\mu_s$ of a prefix $s$ into "
        r"the weight $\pi_s$ of the targets that do not set $V$, and the weights of those that set "
        "it to each of its states.",
    ]
    parts += [introduce(f"Lift {i}.", gathered(_lift_lines(document, i))) for i in shown]
    if len(shown) < len(lifts):
        parts.append(
            f"The lifts that set nothing, {len(lifts) - len(shown)} of {len(lifts)}, are left out: "
            "their prefixes keep their whole weights."
        )
    targets = [
        rf"{fraction(part['weight'])} & P(\cdot \mid \mathrm{{do}}"
        rf"({_pairs(part['intervention'].items())}))"
        for part in document["mixture"]
    ]
    signs = [r"P_{\mathrm{mix}} =", *["+"] * len(targets)]
    lines = [f"{sign} & {target}" for sign, target in zip(signs, targets, strict=False)]
    parts += [
        introduce("So the mixture is", array("rrl", lines)),
        " ".join(sentence(explain(key, document[key])) for key in CLAIMS),
        "No other mixture that leaves a state of each variable unused in this way has these "
        "probabilities.",
    ]
    return "\n\n".join(parts) + "\n"


def _lift_lines(document: Document, i: int) -> list[str]:
    one = document["lifts"][i]
    states = {entry["name"]: entry["states"] for entry in document["variables"]}
    values = [label(state) for state in states.get(one["variable"], ())]
    unknowns = [rf"\pi_{{s \cup \{{{value}\}}}}" for value in values]
    known = [
        rf"\frac{{P_{{u_{{{term['lift']}}}}}(v)}}{{P_s(v)}} = {fraction(term['ratio'])}"
        for term in one["known"]
    ]
    weights = zip([r"\pi_s", *unknowns], [one["silent"], *one["solution"]], strict=False)
    return [
        rf"V = {label(one['variable'])}, \quad s = {_assignment(one['prefix'].items())}, \quad "
        rf"\mu_s = {fraction(one['weight'])}",
        rf"v = {_assignment(zip(states, one['cell'], strict=False))}, \quad "
        rf"P_s(v) = {fraction(one['scale'])}",
        *([r", \quad ".join(known)] if known else []),
        rf"P_{{\mathrm{{mix}}}}(v, \cdot) = {_vector(one['p_mix'])}, \quad "
        rf"P(\cdot \mid v) = {_vector(one['conditional'])}",
        f"{_matrix(one['matrix'])} {_column(unknowns)} = {_column(map(fraction, one['rhs']))}",
        rf"\text{{rank }} {one['rank']}, "
        rf"\quad \text{{null vector }} {_vector(one['null_vector'])}",
        r", \quad ".join(f"{unknown} = {fraction(weight)}" for unknown, weight in weights),
    ]


def label(value: Any) -> str:
    r"""Return a name or a state as math.

    Examples
    --------
    >>> print(label("low"), label("a_b"))
    \text{low} \text{a}\_\text{b}
    >>> print(label("a\nb"))
    \text{a}{\backslash}\text{nb}
    """
    parts = re.split(r"([&%$#_{}<>|\\~^])", clean(str(value)))
    return "".join(SIGNS.get(part) or rf"\text{{{part}}}" for part in parts if part) or r"\text{}"


def fraction(rational: str) -> str:
    """Return a fraction as it is written in certificates as math."""
    match = FRACTION.fullmatch(rational)
    if match is None or match[3] is None:
        return rational
    return rf"{match[1]}\frac{{{match[2]}}}{{{match[3]}}}"


def sentence(text: str) -> str:
    r"""Return a sentence in words and ASCII math; words with signs become formulas.

    Examples
    --------
    >>> print(sentence("With P_mix >= 0, v_s is one of 100% cases."))
    With $P_{\mathrm{mix}}$ $\ge$ 0, $v_{s}$ is one of $\text{100}\%$ cases.
    """
    return " ".join(
        word if PLAIN.fullmatch(word) else f"${_formula(word)}$" for word in text.split()
    )


def _formula(word: str) -> str:
    """Return a word with signs as math."""
    if word in COMPARISONS:
        return COMPARISONS[word]
    out, at = "", 0
    for match in SYMBOL.finditer(word):
        out += _piece(word[at : match.start()])
        index = r"\mathrm{mix}" if match[3] == "mix" else match[3].strip("()")
        out += f"{match[1]}{match[2]}{{{index}}}"
        at = match.end()
    return out + _piece(word[at:])


def _piece(text: str) -> str:
    """Return what stands between symbols: a letter and brackets as they are, else as words."""
    return text if LETTER.fullmatch(text) else label(text)


def array(columns: str, rows: Iterable[str]) -> str:
    """Return an array with columns aligned as given."""
    body = f"{ROW_END}\n".join(rows)
    return f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"


def gathered(lines: Iterable[str]) -> str:
    """Return several lines, each centred."""
    return "\\begin{gathered}\n" + " \\\\\n".join(lines) + "\n\\end{gathered}"


def introduce(text: str, math: str) -> str:
    """Return a formula after the text that no page break parts from it."""
    return f"{text}\n{display(math)}"


def display(math: str) -> str:
    """Return a formula on lines of its own."""
    return f"$$\n{math}\n$$"


def _set(entries: Iterable[str]) -> str:
    return rf"\{{{', '.join(entries)}\}}"


def _pairs(assignment: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{label(name)} = {label(state)}" for name, state in assignment)


def _assignment(assignment: Iterable[tuple[str, Any]]) -> str:
    inside = _pairs(assignment)
    return _set([inside]) if inside else r"\emptyset"


def _vector(rationals: Iterable[str]) -> str:
    return rf"\left({', '.join(map(fraction, rationals))}\right)"


def _column(entries: Iterable[str]) -> str:
    return r"\begin{pmatrix} " + f"{ROW_END} ".join(entries) + r" \end{pmatrix}"


def _matrix(rows: Iterable[Sequence[str]]) -> str:
    return _column(" & ".join(map(fraction, row)) for row in rows)
