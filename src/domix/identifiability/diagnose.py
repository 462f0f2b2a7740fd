"""Whether a mixture can be told from others, and from which ones it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from domix.core.codes import parent_values
from domix.core.exclusion import exhausted, exhausted_per_prefix
from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.core.tables import Tables, Target
from domix.errors import DataError, DomixError, ExclusionError, NotAMixtureError, PositivityError
from domix.identifiability.candidates import Rules, always_possible, rules
from domix.identifiability.configurations import as_printed, masses
from domix.identifiability.equivalent import lifted_twin
from domix.identifiability.explanations import Region, explain
from domix.identifiability.relaxation import check_size, relaxed
from domix.identifiability.report import Diagnosis, Explanations, TwinLine, UsedUp, ZeroRow
from domix.identifiability.simplex import TooLargeError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.population.algorithm1 import disentangle_population
from domix.results.result import Disentanglement

__all__ = ["diagnose"]

SAME_TABLES = 1e-10


def diagnose(
    net: Network,
    p_mix_or_result: Any = None,
    *,
    free: Iterable[str] = (),
) -> Diagnosis:
    """Check what identification rests on, and show what it cannot decide.

    Everything is computed in fractions. Floats are read as the decimals that they print as.

    Parameters
    ----------
    net
        The causal network.
    p_mix_or_result
        A mixture over ``net``, or its distribution in any of the other forms that
        :func:`disentangle_population` takes: what that finds is looked at. Or what one of the ways
        of disentangling returned: then its tables are taken, which may have been re-estimated. None
        looks at the network alone.
    free
        Variables on which exclusion is given up, besides those that the targets use every state of:
        the explanations are then all that may use any of their states.

    Returns
    -------
    Diagnosis
        Whether exclusion and positivity hold, and where they fail. Of a mixture also all of its
        explanations: targets and weights with the same distribution that keep exclusion on the
        variables that are not free. If they are more than can be listed, ``limit`` says why. A
        distribution that :func:`disentangle_population` refuses is explained all the same, with
        exclusion given up on as few variables as possible (on all that such a choice can name, if
        there are several); ``refusal`` says why.

    Raises
    ------
    DataError
        The mixture or the result belongs to another network, ``free`` names a variable that the
        network does not have, or this is no distribution.
    ExclusionError, PositivityError, NotAMixtureError
        :func:`disentangle_population` refuses the distribution, and its network has more than
        100 targets, too many to look for explanations without exclusion.

    Examples
    --------
    A mixture that uses both states of a coin has the distribution of one that uses only one:

    >>> from fractions import Fraction as F
    >>> from domix import Mixture, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 2), F(1, 2)]})
    >>> mix = Mixture(net, {do(): F(1, 2), do(A="low"): F(1, 8), do(A="high"): F(3, 8)})
    >>> print(diagnose(net, mix))
    exclusion   broken
    positivity  everywhere: no table entry is 0
    unique      no: other targets and weights have the same distribution
    <BLANKLINE>
    All explanations, exclusion given up on A
    weight  least  largest  target
    ------  -----  -------  ----------
       1/2      0      3/4  do()
       1/8      0      3/8  do(A=low)
       3/8    1/4      5/8  do(A=high)
    <BLANKLINE>
    Exclusion fails
      every state of A is used, by do(A=low), do(A=high)
    <BLANKLINE>
    Weight can move between the sides of
      do() = 1/2 do(A=low) + 1/2 do(A=high)
    <BLANKLINE>
    Every explanation is a mixture of
      3/4 do() + 1/4 do(A=high)
      3/8 do(A=low) + 5/8 do(A=high)
    <BLANKLINE>
    The same distribution, with exclusion
      3/4 do() + 1/4 do(A=high)
      (1 - s) times the mixture + s times this one, for s from -2 to 1
    """
    given, names = p_mix_or_result, {net.space.position(name, DataError) for name in free}
    if given is None:
        exact = net.to_exact()
        zeros = _zero_rows(exact)
        return Diagnosis(
            network=exact,
            zeros=zeros,
            constant=_constant(exact),
            positivity="not everywhere" if zeros else "everywhere",
            converted=exact is not net,
        )
    if isinstance(given, Mixture):
        _check_network(net, given.network, tables=True)
        return _of_mixture(given, names)
    if isinstance(given, Disentanglement):
        _check_network(net, given.network, tables=False)
        return _of_result(given, names)
    try:
        return _of_result(disentangle_population(net, given), names)
    except (ExclusionError, PositivityError, NotAMixtureError) as refusal:
        return _of_refused(net, given, names, refusal)


def _of_result(result: Disentanglement, free: set[int]) -> Diagnosis:
    return replace(_of_mixture(result.mixture, free), equality=result.facts.get("equality"))


def _of_refused(net: Network, p_mix: Any, free: set[int], refusal: DomixError) -> Diagnosis:
    """Of one of the explanations that give exclusion up; the refusal, if they are too many."""
    exact = net.to_exact()
    try:
        check_size(exact.tables)
        joint, converted = masses(net, p_mix)
        weights, opened = relaxed(exact.tables, joint, free)
    except TooLargeError:
        raise refusal from None
    mixture = Mixture(exact, {_named(exact, target): weight for target, weight in weights.items()})
    return replace(
        _of_mixture(mixture, opened),
        converted=converted or exact is not net,
        equality="everywhere",
        refusal=str(refusal),
    )


def _check_network(net: Network, other: Network, tables: bool) -> None:
    same = net.space == other.space and net.tables.layout.parents == other.tables.layout.parents
    if same and tables:
        gap = net.to_float().tables.values - other.to_float().tables.values
        same = bool((abs(gap) <= SAME_TABLES).all())
    if not same:
        what = "variables, arrows or tables" if tables else "variables or arrows"
        raise DataError(f"the mixture is over another network: its {what} differ")


def _to_exact(mixture: Mixture) -> Mixture:
    """The mixture in fractions, without targets of weight 0."""
    weights = [as_printed(w) for w in mixture.weights.tolist()]
    total = sum(weights)
    parts = zip(mixture.interventions, weights, strict=True)
    return Mixture(mixture.network.to_exact(), {t: w / total for t, w in parts if w})


def _of_mixture(given: Mixture, free: set[int]) -> Diagnosis:
    mixture = _to_exact(given)
    net = mixture.network
    tables, layout = net.tables, net.tables.layout
    targets = list(mixture.targets)
    used_by_all = dict(exhausted(layout, targets))
    broken = list(exhausted_per_prefix(layout, targets))
    allowed = rules(tables, targets, free | set(used_by_all))
    zeros = _zero_rows(net)
    exclusion = "broken" if broken else "per prefix" if used_by_all else "global"
    positivity = _positivity(mixture, exclusion, bool(zeros), allowed)
    region, line, limit = None, None, None
    try:
        region = explain(tables, _weights(mixture), allowed)
    except TooLargeError as reason:
        limit = f"explanations: {reason}"
    try:
        if broken or positivity == "not":
            found = lifted_twin(tables, _weights(mixture), allowed)
            line = None if found is None else _line(mixture, found)
    except TooLargeError as reason:
        limit = limit or f"what lifting finds: {reason}"
    if broken and line is None and region is not None:
        line = _line_to_vertex(mixture, region)
    used = [*broken, *(place for place in used_by_all.items() if place[0] not in dict(broken))]
    return Diagnosis(
        network=net,
        zeros=zeros,
        constant=_constant(net),
        positivity=positivity,
        converted=not given.is_exact,
        mixture=mixture,
        exclusion=exclusion,
        used_up=tuple(
            UsedUp(net.variables[i], tuple(_named(net, t) for t in setting)) for i, setting in used
        ),
        unused=MappingProxyType(_unused(net, targets)),
        unique=_unique(exclusion, positivity, region),
        lookalikes=tuple(
            (_named(net, one), _named(net, other)) for one, other in _lookalikes(net, targets)
        ),
        explanations=None if region is None else _labelled(net, region, allowed),
        line=line,
        limit=limit,
    )


def _named(net: Network, target: Target) -> Intervention:
    return Intervention(net.space.assignment(target))


def _weights(mixture: Mixture) -> dict[Target, Fraction]:
    return dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))


# Where exclusion and positivity fail


def _unused(net: Network, targets: Sequence[Target]) -> dict[str, tuple[Label, ...]]:
    used = {pair for target in targets for pair in target}
    return {
        name: tuple(state for v, state in enumerate(net.states[name]) if (i, v) not in used)
        for i, name in enumerate(net.variables)
    }


def _constant(net: Network) -> tuple[str, ...]:
    return tuple(name for name, states in net.states.items() if len(states) == 1)


def _zero_rows(net: Network) -> tuple[ZeroRow, ...]:
    layout, found = net.tables.layout, []
    for i, name in enumerate(net.variables):
        rows = net.tables.node(i).reshape(-1, int(layout.cards[i]))
        for r in np.flatnonzero((rows == 0).any(axis=1)).tolist():
            states = tuple(net.states[name][v] for v in np.flatnonzero(rows[r] == 0).tolist())
            given = net.space.assignment(parent_values(layout, i, r).items())
            found.append(ZeroRow(name, given, states))
    return tuple(found)


def _positivity(mixture: Mixture, exclusion: str, zeros: bool, allowed: Rules) -> str:
    if not zeros:
        return "everywhere"
    if exclusion != "broken":
        try:
            return disentangle_population(mixture.network, mixture).facts["positivity"]
        except PositivityError:
            return "not"
    tables, targets = mixture.network.tables, mixture.targets
    used = {pair for target in targets for pair in target}
    unused = [
        (i, value)
        for i in allowed.kept
        for value in range(int(tables.layout.cards[i]))
        if (i, value) not in used
    ]
    sure = all(always_possible(tables, targets, i, value) for i, value in unused)
    return "where needed" if sure else "weak"


def _lookalikes(net: Network, targets: Sequence[Target]) -> Iterator[tuple[Target, Target]]:
    """Targets that also set what is certain under them, or leave it alone."""
    found = set()
    for target in targets:
        for i, card in enumerate(net.tables.layout.cards.tolist()):
            rest = tuple(pair for pair in target if pair[0] != i)
            for value in range(card if card > 1 else 0):
                wider = tuple(sorted((*rest, (i, value))))
                if target in (rest, wider) and _certain(net.tables, rest, i, value):
                    other = wider if target == rest else rest
                    if (other, target) not in found:
                        found.add((target, other))
                        yield target, other


def _certain(tables: Tables, target: Target, node: int, value: int) -> bool:
    """Whether P(value | parents) is 1 for all parents' values that a target allows."""
    layout, fixed = tables.layout, dict(target)
    index = tuple(fixed.get(p, slice(None)) for p in layout.parents[node])
    return bool(np.all(tables.node(node)[(*index, value)] == 1))


def _unique(exclusion: str, positivity: str, region: Region | None) -> bool | None:
    if exclusion != "broken" and positivity != "not":
        return True
    return None if region is None else not region.directions


# The mixture that respects exclusion and has the same distribution


def _line_to_vertex(mixture: Mixture, region: Region) -> TwinLine | None:
    """To a vertex that respects exclusion, though lifting does not find it because of zeros."""
    layout = mixture.network.tables.layout
    for vertex in region.vertices or ():
        found = {t: weight for t, weight in zip(region.targets, vertex, strict=True) if weight}
        if not any(exhausted_per_prefix(layout, list(found))):
            return _line(mixture, found)
    return None


def _line(mixture: Mixture, found: Mapping[Target, Fraction]) -> TwinLine:
    here = _weights(mixture)
    twin = Mixture(mixture.network, {_named(mixture.network, t): w for t, w in found.items()})
    ends = [(here.get(t, Fraction(0)), found.get(t, Fraction(0))) for t in {*here, *found}]
    low = max(a / (b - a) * -1 for a, b in ends if b > a)
    high = min(a / (a - b) for a, b in ends if a > b)
    return TwinLine(mixture, twin, (low, high))


def _labelled(net: Network, region: Region, allowed: Rules) -> Explanations:
    names = [_named(net, target) for target in region.targets]
    vertices = region.vertices
    return Explanations(
        free=tuple(net.variables[i] for i in allowed.open if i not in allowed.kept),
        kept=MappingProxyType(net.space.assignment(allowed.kept.items())),
        targets=tuple(names),
        intervals=MappingProxyType(
            dict(zip(names, zip(region.low, region.high, strict=True), strict=True))
        ),
        directions=tuple(
            MappingProxyType({names[c]: change for c, change in direction.items()})
            for direction in region.directions
        ),
        vertices=None
        if vertices is None
        else tuple(
            Mixture(net, {t: w for t, w in zip(names, vertex, strict=True) if w})
            for vertex in vertices
        ),
    )
