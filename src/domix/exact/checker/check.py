"""Checking a certificate, without any of the code that made it.

Nothing here imports the package beyond ``core`` and ``errors``. Of a lift's record only the
solution and the excluded value are read; all else is derived from them, from the network and from
the lifts that are already checked, and must stand there in the same words. So what is not
canonical is not accepted either.

docs/certificates.md says why that is a proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from domix.core.intervention import Intervention
from domix.core.joint import exact, joint_rows
from domix.core.space import Label, Space
from domix.core.tables import Conditionals, Target
from domix.errors import CertificateError, DataError, FormatError
from domix.exact.checker.claims import alike, hold, hold_rationals, parse_claims, refuse, shown
from domix.util.rational import brief, rational_text, rational_texts

__all__ = ["FORMAT", "VERSION", "check"]

FORMAT = "domix-certificate"
VERSION = 1
SILENT = -1  # in the place of a value: the variable is not set

Terms = dict[int, Fraction]
"""Prefix u, by its place among those of its variable, to P_u(cell), where that is not 0."""


def check(cert: Any, net: Any, p_mix: Any) -> None:
    """Verify every claim of a certificate.

    Parameters
    ----------
    cert
        A :class:`Certificate`.
    net
        The exact network that it is about.
    p_mix
        The exact distribution that it is about, in one of the forms that :func:`certify` takes.
        The equality claimed must be the one that can be established from this form.

    Raises
    ------
    CertificateError
        A claim is wrong, missing, there twice, or not in canonical form; its place in the document
        is named. Or ``net`` or ``p_mix`` is not exact.

    Notes
    -----
    ``net`` and ``p_mix`` are trusted to be what they are, and read by ``net.space`` and
    ``net.tables``; ``p_mix.network``, ``.targets`` and ``.weights`` (a mixture); ``p_mix.names``
    and ``.values`` (a table); else as a mapping, a function or an array.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture, Network, do
    >>> from domix.exact import certify, check
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 4), F(3, 4)]})
    >>> mix = Mixture(net, {do(): F(2, 3), do(A="low"): F(1, 3)})
    >>> cert = certify(net, mix)
    >>> check(cert, net, mix)
    >>> check(cert, net, Mixture(net, {do(): F(1, 2), do(A="low"): F(1, 2)}))
    Traceback (most recent call last):
        ...
    domix.errors.CertificateError: mixture: p_mix gives do() the weight 1/2, not 2/3
    """
    given = _Network(net)
    source = _source(given, p_mix)
    try:
        claims = parse_claims(cert.to_json())
    except (AttributeError, TypeError, FormatError) as error:
        raise CertificateError(f"this is no certificate: {error}") from None
    if not isinstance(claims, dict):
        refuse("", f"it is {shown(claims)}, not an object")
    proof = _Proof(given, source)
    proof.check(claims.pop("lifts", None))
    source.compare(proof)
    truth = {
        "format": FORMAT,
        "version": VERSION,
        "variables": [{"name": name, "states": list(s)} for name, s in given.variables],
        "mixture": [
            {"intervention": given.space.assignment(target), "weight": rational_text(weight)}
            for target, weight in proof.mixture
        ],
        "exclusion": proof.exclusion(),
        "positivity": proof.positivity(),
        "equality": source.equality,
    }
    hold(claims, truth, "")


class _Network:
    """Its variables by position, their place in the order of lifting."""

    def __init__(self, net: Any) -> None:
        try:
            self.space: Space = net.space
            self.conditionals = Conditionals(net.tables)
            self.values: list[Fraction] = net.tables.values.tolist()
            exact = net.tables.is_exact
        except AttributeError:
            refuse("net", f"{type(net).__name__} is no network")
        if not exact:
            refuse("net", "a certificate is about an exact network: net.to_exact() makes one")
        rows = np.add.reduceat(net.tables.values, net.tables.layout.row_starts)
        if min(self.values, default=0) < 0 or any(total != 1 for total in rows):
            refuse("net", "a row of a table is no distribution")
        self.order, self.parents = self.conditionals.order, self.conditionals.parents
        self.variables = [(self.space.names[i], self.space.states[i]) for i in self.order]

    def assignment(self, cell: Sequence[int]) -> dict[str, Label]:
        """The labels of the first variables."""
        return self.space.assignment(zip(self.order, cell, strict=False))


class _Source:
    """P_mix in some form, and what kind of equality with a mixture can be seen from it."""

    equality: str

    def hold(self, cell: Mapping[str, Label], name: str, masses: Mapping[Label, Fraction]) -> None:
        """Refuse if it has other masses at a cell, where :meth:`compare` does not see it."""

    def compare(self, proof: _Proof) -> None:
        """Refuse if it is not the mixture that was proved, as far as this form shows."""


class _Mixture(_Source):
    """Components: the same targets with the same weights are the same mixture."""

    equality = "structural"

    def __init__(self, given: _Network, p_mix: Any) -> None:
        other = _Network(p_mix.network)
        if (other.space, other.parents, other.values) != (given.space, given.parents, given.values):
            refuse("p_mix", "it is a mixture over another network")
        self._given = given
        self._weights = dict(zip(p_mix.targets, map(exact, p_mix.weights.tolist()), strict=True))

    def compare(self, proof: _Proof) -> None:
        found = dict(proof.mixture)
        for target in {**self._weights, **found}:
            true, claim = self._weights.get(target, 0), found.get(target, 0)
            if true != claim:
                do = Intervention(self._given.space.assignment(target))
                refuse("mixture", f"p_mix gives {do} the weight {brief(true)}, not {brief(claim)}")


class _Rows(_Source):
    """Probabilities of configurations, all others being impossible."""

    equality = "everywhere"

    def __init__(self, given: _Network, p_mix: Any) -> None:
        codes, entries = joint_rows(given.space, given.order, p_mix)
        self._given = given
        self._rows = dict(zip(map(tuple, codes.tolist()), map(exact, entries), strict=True))
        if sum(self._rows.values()) != 1:
            refuse("p_mix", "its entries do not sum to 1")

    def compare(self, proof: _Proof) -> None:
        """As both sum to 1, the mixture is 0 too wherever P_mix is."""
        row_at = self._given.conditionals.row
        paths: dict[tuple[int, ...], Terms] = {(): {0: Fraction(1)}}
        for i, children in enumerate(proof.children):
            paths = {
                row: _step(paths[row[:-1]], children, row[-1], row_at(i, row)[row[-1]])
                for row in {row[: i + 1] for row in self._rows}
            }
        for row, truth in self._rows.items():
            found = sum((proof.mixture[u][1] * p for u, p in paths[row].items()), Fraction(0))
            if found != truth:
                where = self._given.assignment(row)
                refuse("mixture", f"at {where} it gives {brief(found)}, p_mix {brief(truth)}")


class _Function(_Source):
    """A function, asked at every cell of every lift."""

    equality = "on the cells read"

    def __init__(self, p_mix: Callable[[dict[str, Label]], Any]) -> None:
        self._ask = p_mix
        if self._at({}) != 1:
            refuse("p_mix({})", "it must be 1, the probability of everything")

    def hold(self, cell: Mapping[str, Label], name: str, masses: Mapping[Label, Fraction]) -> None:
        for state, mass in masses.items():
            where = {**cell, name: state}
            answer = self._at(where)
            if answer != mass:
                refuse(f"p_mix({where})", f"it is {brief(answer)}, and {brief(mass)} in the lift")

    def _at(self, where: dict[str, Label]) -> Fraction:
        try:
            return exact(self._ask(where), "the answer")
        except Exception as error:
            raise CertificateError(f"p_mix({where}): {type(error).__name__}: {error}") from error


def _source(given: _Network, p_mix: Any) -> _Source:
    try:
        if all(hasattr(p_mix, name) for name in ("network", "targets", "weights")):
            return _Mixture(given, p_mix)
        if callable(p_mix) and not isinstance(p_mix, Mapping):
            return _Function(p_mix)
        return _Rows(given, p_mix)
    except DataError as error:
        raise CertificateError(str(error)) from None


class _Prefix(NamedTuple):
    """A prefix, as the lifts before leave it."""

    target: Target
    weight: Fraction
    cell: tuple[int, ...]
    scale: Fraction
    others: Terms


class _Solution(NamedTuple):
    """What a lift claims of its own accord."""

    silent: Fraction
    sets: list[Fraction]
    excluded: int
    row: list[Fraction]


def _step(terms: Terms, children: Sequence[Mapping[int, int]], value: int, w: Fraction) -> Terms:
    """P_u(cell, value) of the next variable's prefixes from P_u(cell) of this one's."""
    out = {}
    for u, p in terms.items():
        if SILENT in children[u] and w:
            out[children[u][SILENT]] = p * w
        if value in children[u]:
            out[children[u][value]] = p
    return out


class _Proof:
    """All lifts in order.

    Attributes
    ----------
    children
        Of each variable and each of its prefixes: from what it does with the variable to the place
        of the prefix that results among those of the next.
    mixture
        Targets and weights, once all is checked.
    """

    def __init__(self, given: _Network, source: _Source) -> None:
        self._given, self._source = given, source
        self._weak = False
        self.children: list[list[dict[int, int]]] = []
        self.mixture: list[tuple[Target, Fraction]] = []

    def check(self, lifts: Any) -> None:
        if not isinstance(lifts, list):
            refuse("lifts", f"says {shown(lifts)}; it must be a list")
        prefixes = [_Prefix((), Fraction(1), (), Fraction(1), {})]
        first = 0
        for name, _ in self._given.variables:
            solutions: list[_Solution] = []
            for at, prefix in enumerate(prefixes, start=first):
                if at == len(lifts):
                    refuse("lifts", f"lift {at}, of {name!r}, is missing")
                self._lift(lifts[at], f"lifts[{at}]", prefix, solutions, first)
            first += len(prefixes)
            prefixes = self._next(prefixes, solutions)
        if first < len(lifts):
            refuse(f"lifts[{first}]", "nothing is left to be lifted")
        self.mixture = [(prefix.target, prefix.weight) for prefix in prefixes]

    def exclusion(self) -> str:
        """How far the targets leave states unused."""
        used = {pair for target, _ in self.mixture for pair in target}
        counts = Counter(variable for variable, _ in used)
        spare = [len(states) - counts[i] for i, states in enumerate(self._given.space.states)]
        return "global" if all(spare) else "per prefix"

    def positivity(self) -> str:
        """Which zeros there are in the tables, and whether they leave the answer unique."""
        if min(self._given.values, default=1) > 0:
            return "everywhere"
        return "weak" if self._weak else "where needed"

    def _next(self, prefixes: Sequence[_Prefix], solutions: Sequence[_Solution]) -> list[_Prefix]:
        """The prefixes of the next variable: silent first, then by rising value."""
        children: list[dict[int, int]] = []
        count, variable = 0, self._given.order[len(self.children)]
        for solution in solutions:
            kept = [SILENT] * bool(solution.silent)
            kept += [value for value, weight in enumerate(solution.sets) if weight]
            children.append({value: count + i for i, value in enumerate(kept)})
            count += len(kept)
        self.children.append(children)
        out = []
        for i, (prefix, solution) in enumerate(zip(prefixes, solutions, strict=True)):
            for value, place in children[i].items():
                target, weight, code = prefix.target, solution.silent, solution.excluded
                if value != SILENT:
                    target = tuple(sorted((*target, (variable, value))))
                    weight, code = solution.sets[value], value
                terms = {**prefix.others, i: prefix.scale}
                others = _step(terms, children, code, solution.row[code])
                scale = others.pop(place)
                out.append(_Prefix(target, weight, (*prefix.cell, code), scale, others))
        return out

    def _lift(
        self, claim: Any, place: str, prefix: _Prefix, solutions: list[_Solution], first: int
    ) -> None:
        """Check a lift and add it to the solutions of its variable, the first of which it names."""
        given, position = self._given, len(self.children)
        name, states = given.variables[position]
        row = given.conditionals.row(position, prefix.cell)
        solution = _solution(claim, place, row, states)
        silent, sets = solution.silent, solution.sets
        if silent + sum(sets) != prefix.weight:
            refuse(f"{place}.solution", f"with silent, it does not sum to {brief(prefix.weight)}")
        zeros = [value for value, weight in enumerate(sets) if not weight]
        free = [value for value in zeros if row[value]]
        if not free:
            refuse(f"{place}.solution", "no value that is possible in the cell has the weight 0")
        self._weak |= bool(silent) and len(free) < len(zeros)
        # Where no cell goes on with it, any free value would do, so the least must be named.
        if solution.excluded not in free or not silent or position + 1 == len(given.order):
            solution = solution._replace(excluded=free[0])
        solutions.append(solution)
        mass = _mass({**prefix.others, len(solutions) - 1: prefix.scale}, solutions)
        cell = given.assignment(prefix.cell)
        self._source.hold(cell, name, dict(zip(states, mass, strict=True)))
        c, weight = prefix.scale, prefix.weight
        a = [c * p for p in row]
        matrix = [[(c if i == j else 0) - p for j in range(len(a))] for i, p in enumerate(a)]
        r = [silent * p + x for p, x in zip(row, sets, strict=True)]
        truth = {
            "variable": name,
            "prefix": given.space.assignment(prefix.target),
            "weight": rational_text(weight),
            "cell": list(cell.values()),
            "scale": rational_text(c),
            "conditional": rational_texts(row),
            "p_mix": rational_texts(mass),
            "known": [
                {"lift": first + u, "ratio": rational_text(p / c)} for u, p in prefix.others.items()
            ],
            "r": rational_texts(r),
            "matrix": [rational_texts(line) for line in matrix],
            "rhs": rational_texts([c * left - weight * p for left, p in zip(r, a, strict=True)]),
            "rank": len(row) - 1,
            "null_vector": rational_texts(row),
            "silent": rational_text(silent),
            "solution": rational_texts(sets),
            "zeros": [states[value] for value in zeros],
            "excluded": states[solution.excluded],
        }
        hold(claim, truth, place)


def _solution(claim: Any, place: str, row: list[Fraction], states: Sequence[Label]) -> _Solution:
    """The claims from which the others follow; that they are canonical is seen later."""
    if not isinstance(claim, dict) or not {"silent", "solution", "excluded"} <= claim.keys():
        refuse(place, "it must be an object with all keys of a lift")
    sets = claim["solution"]
    if not isinstance(sets, list) or len(sets) != len(row):
        refuse(f"{place}.solution", f"it must be a list of {len(row)}")
    entries = {f"{place}.solution[{i}]": entry for i, entry in enumerate(sets)}
    weights = hold_rationals({f"{place}.silent": claim["silent"], **entries})
    if min(weights) < 0:
        refuse(f"{place}.solution", "a weight is negative")
    excluded = [v for v, state in enumerate(states) if alike(claim["excluded"], state)]
    return _Solution(weights[0], weights[1:], excluded[0] if excluded else -1, row)


def _mass(terms: Terms, solutions: Sequence[_Solution]) -> list[Fraction]:
    """P_mix(cell, l), where the last solution is the cell's own: all that may be there."""
    row = solutions[-1].row
    silent, out = Fraction(0), [Fraction(0) for _ in row]
    for u, p in terms.items():
        silent += p * solutions[u].silent
        for value, weight in enumerate(solutions[u].sets):
            if weight:
                out[value] += p * weight
    return [mass + silent * p for mass, p in zip(out, row, strict=True)]
