"""Whether a mixture is identifiable, and which other mixtures have the same distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from domix.core.codes import parent_values
from domix.core.exclusion import exhausted, exhausted_per_prefix
from domix.core.guarantees import Equality, Exclusion, Positivity
from domix.core.intervention import Intervention
from domix.core.soft.targets import decode
from domix.core.space import Label
from domix.core.tables import Tables, Target
from domix.core.targets import with_value, without
from domix.errors import DataError, DomixError, ExclusionError, NotAMixtureError, PositivityError
from domix.identifiability.candidates import Constraints, always_possible, derive_constraints
from domix.identifiability.diagnosis import (
    Diagnosis,
    ExhaustedVariable,
    Explanations,
    TwinLine,
    ZeroRow,
)
from domix.identifiability.equivalent import lift_equivalent, reach
from domix.identifiability.explanations import Region, explain
from domix.identifiability.relaxation import check_size, relax_exclusion
from domix.identifiability.simplex import TooLargeError
from domix.identifiability.soft import exact_target, report_soft
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.population.algorithm1 import disentangle_population, guarantees, lift_distribution
from domix.population.readers import (
    Distribution,
    exact_joint,
    float_as_printed,
    network_difference,
    read_distribution,
)
from domix.results.result import Disentanglement


def diagnose(
    net: Network,
    p_mix_or_result: Distribution | Disentanglement | None = None,
    *,
    free: Iterable[str] = (),
) -> Diagnosis:
    """Check the assumptions of identification, and list what they leave undecided.

    Everything is computed in fractions. Floats are read as the decimals that they print as.

    Parameters
    ----------
    net : Network
        The causal network.
    p_mix_or_result : Mixture, Table, array_like, mapping, callable or Disentanglement, optional
        A mixture over ``net``; or its distribution in one of the other forms that
        :func:`disentangle_population` takes: then the mixture which that function finds is
        diagnosed; or a result of one of the functions that disentangle: then its network is used,
        whose tables may have been estimated again. By default only the network is diagnosed.
    free : iterable of str, optional
        Variables on which exclusion is given up, besides those of which the targets use every
        state: explanations may use any state of these variables.

    Returns
    -------
    Diagnosis
        Whether exclusion and positivity hold, and where they fail. For a mixture also all of its
        explanations: targets and weights with the same distribution that keep exclusion on the
        variables that are not free. If there are too many to be listed, ``limit`` states the limit.
        Soft components count as the hard targets that they are mixtures of; ``soft`` says what is
        determined of the values that they draw.
        A distribution that :func:`disentangle_population` refuses is explained as well, with
        exclusion given up on as few variables as possible (if several choices are possible, on all
        of their variables); ``refusal`` gives the reason.

    Raises
    ------
    InterventionError
        A component has a misread variable whose children are not set.
    DataError
        The mixture or result belongs to another network, ``free`` names an unknown variable, or
        the argument is not a distribution.
    ExclusionError, PositivityError, NotAMixtureError
        :func:`disentangle_population` refuses the distribution, and the network has more than 100
        targets, too many to search for explanations without exclusion.

    See Also
    --------
    disentangle_population : Recover the interventions behind a distribution.

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
            constant=_constant_variables(exact),
            positivity=Positivity.NOT_EVERYWHERE if zeros else Positivity.EVERYWHERE,
            converted=exact is not net,
        )
    if isinstance(given, Mixture):
        _check_network(net, given.network)
        return _diagnose_mixture(given, names)
    if isinstance(given, Disentanglement):
        _check_network(net, given.network, tables=False)
        return _diagnose_result(given, names)
    try:
        return _diagnose_result(disentangle_population(net, given), names)
    except (ExclusionError, PositivityError, NotAMixtureError) as refusal:
        return _diagnose_refused(net, given, names, refusal)


def _diagnose_result(result: Disentanglement, free: set[int]) -> Diagnosis:
    diagnosis = _diagnose_mixture(result.mixture, free)
    return replace(diagnosis, equality=result.facts.get("equality"))


def _diagnose_refused(
    net: Network, p_mix: Distribution, free: set[int], refusal: DomixError
) -> Diagnosis:
    """Diagnose an explanation that gives exclusion up; raise the refusal if there are too many."""
    exact = net.to_exact()
    try:
        check_size(exact.tables)
        joint, converted = exact_joint(net, p_mix)
        weights, opened = relax_exclusion(exact.tables, joint, free)
    except TooLargeError:
        raise refusal from None
    return replace(
        _diagnose_mixture(_labelled_mixture(exact, weights), opened),
        converted=converted or exact is not net,
        equality=Equality.EVERYWHERE,
        refusal=str(refusal),
    )


def _check_network(net: Network, other: Network, tables: bool = True) -> None:
    difference = network_difference(net, other, is_exact=False)
    if difference is not None and (tables or difference != "tables"):
        raise DataError(f"the mixture is over another network: its {difference} differ")


def _to_exact(mixture: Mixture) -> Mixture:
    """Convert a mixture to fractions, without targets of weight 0."""
    weights = [float_as_printed(w) for w in mixture.weights.tolist()]
    total = sum(weights)
    space = mixture.network.space
    parts = zip(map(exact_target, mixture.any_targets), weights, strict=True)
    return Mixture(
        mixture.network.to_exact(), [(decode(space, t), w / total) for t, w in parts if w]
    )


def _diagnose_mixture(given: Mixture, free: set[int]) -> Diagnosis:
    mixture = _to_exact(given)
    soft = report_soft(mixture)
    mixture = mixture if soft is None else mixture.expand()
    net = mixture.network
    tables, layout = net.tables, net.tables.layout
    targets = list(mixture.targets)
    everywhere = dict(exhausted(layout, targets))
    per_prefix = list(exhausted_per_prefix(layout, targets))
    constraints = derive_constraints(tables, targets, free | set(everywhere))
    zeros = _zero_rows(net)
    exclusion = Exclusion.GLOBAL
    if everywhere:
        exclusion = Exclusion.BROKEN if per_prefix else Exclusion.PER_PREFIX
    positivity = _positivity(mixture, exclusion, bool(zeros), constraints)
    region, line, limit = None, None, None
    try:
        region = explain(tables, _weights(mixture), constraints)
    except TooLargeError as reason:
        limit = f"explanations: {reason}"
    try:
        if exclusion is Exclusion.BROKEN or positivity is Positivity.VIOLATED:
            lifted = lift_equivalent(tables, _weights(mixture), constraints)
            line = None if lifted is None else _line(mixture, lifted)
    except TooLargeError as reason:
        limit = limit or f"the equivalent mixture: {reason}"
    if exclusion is Exclusion.BROKEN and line is None and region is not None:
        line = _line_to_vertex(mixture, region)
    failing = dict(per_prefix)
    used_up = [*per_prefix, *((i, users) for i, users in everywhere.items() if i not in failing)]
    return Diagnosis(
        network=net,
        zeros=zeros,
        constant=_constant_variables(net),
        positivity=positivity,
        converted=not given.is_exact,
        mixture=mixture,
        exclusion=exclusion,
        used_up=tuple(
            ExhaustedVariable(net.variables[i], tuple(_labelled(net, t) for t in users))
            for i, users in used_up
        ),
        unused=MappingProxyType(_unused_states(net, targets)),
        unique=_unique(exclusion, positivity, region),
        lookalikes=tuple(
            (_labelled(net, one), _labelled(net, other))
            for one, other in _lookalikes(net.tables, targets)
        ),
        explanations=None if region is None else _explanations(net, region, constraints),
        line=line,
        limit=limit,
        soft=soft,
    )


def _labelled(net: Network, target: Target) -> Intervention:
    return Intervention(net.space.assignment(target))


def _labelled_mixture(net: Network, weights: Mapping[Target, Fraction]) -> Mixture:
    return Mixture(net, {_labelled(net, target): weight for target, weight in weights.items()})


def _weights(mixture: Mixture) -> dict[Target, Fraction]:
    return dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))


# Where exclusion and positivity fail


def _unused_states(net: Network, targets: Sequence[Target]) -> dict[str, tuple[Label, ...]]:
    used = {pair for target in targets for pair in target}
    return {
        name: tuple(state for v, state in enumerate(net.states[name]) if (i, v) not in used)
        for i, name in enumerate(net.variables)
    }


def _constant_variables(net: Network) -> tuple[str, ...]:
    return tuple(name for name, states in net.states.items() if len(states) == 1)


def _zero_rows(net: Network) -> tuple[ZeroRow, ...]:
    layout, zeros = net.tables.layout, []
    for i, name in enumerate(net.variables):
        rows = net.tables.node(i).reshape(-1, int(layout.cards[i]))
        for r in np.flatnonzero((rows == 0).any(axis=1)).tolist():
            states = tuple(net.states[name][v] for v in np.flatnonzero(rows[r] == 0).tolist())
            given = net.space.assignment(parent_values(layout, i, r).items())
            zeros.append(ZeroRow(name, given, states))
    return tuple(zeros)


def _positivity(
    mixture: Mixture, exclusion: Exclusion, zeros: bool, constraints: Constraints
) -> Positivity:
    net = mixture.network
    if not zeros:
        return Positivity.EVERYWHERE
    if exclusion is not Exclusion.BROKEN:
        try:
            lifting = lift_distribution(net, read_distribution(net, mixture))
        except PositivityError:
            return Positivity.VIOLATED
        return guarantees(net, lifting).positivity
    used = {pair for target in mixture.targets for pair in target}
    possible = all(
        always_possible(net.tables, mixture.targets, i, value)
        for i in constraints.kept
        for value in range(int(net.tables.layout.cards[i]))
        if (i, value) not in used
    )
    return Positivity.WHERE_NEEDED if possible else Positivity.WEAK


def _lookalikes(tables: Tables, targets: Sequence[Target]) -> Iterator[tuple[Target, Target]]:
    """Yield targets with others that set, or do not set, a value which is certain under them."""
    found = set()
    for target in targets:
        for i, card in enumerate(tables.layout.cards.tolist()):
            smaller = without(target, i)
            for value in range(card if card > 1 else 0):
                larger = with_value(smaller, i, value)
                if target in (smaller, larger) and _is_certain(tables, smaller, i, value):
                    other = larger if target == smaller else smaller
                    if (other, target) not in found:
                        found.add((target, other))
                        yield target, other


def _is_certain(tables: Tables, target: Target, node: int, value: int) -> bool:
    """Tell whether P(value | parents) is 1 for all parents' values that a target allows."""
    layout, fixed = tables.layout, dict(target)
    index = tuple(fixed.get(p, slice(None)) for p in layout.parents[node])
    return bool(np.all(tables.node(node)[(*index, value)] == 1))


def _unique(exclusion: Exclusion, positivity: Positivity, region: Region | None) -> bool | None:
    if exclusion is not Exclusion.BROKEN and positivity is not Positivity.VIOLATED:
        return True
    return None if region is None else not region.directions


# The equivalent mixture that respects exclusion, and all explanations


def _line_to_vertex(mixture: Mixture, region: Region) -> TwinLine | None:
    """Find a vertex that respects exclusion, though lifting does not find it because of zeros."""
    layout = mixture.network.tables.layout
    for vertex in region.vertices or ():
        weights = {t: weight for t, weight in zip(region.targets, vertex, strict=True) if weight}
        if not any(exhausted_per_prefix(layout, list(weights))):
            return _line(mixture, weights)
    return None


def _line(mixture: Mixture, equivalent: Mapping[Target, Fraction]) -> TwinLine:
    weights, zero = _weights(mixture), Fraction(0)
    changes = {t: equivalent.get(t, zero) - weights.get(t, zero) for t in {*weights, *equivalent}}
    other = _labelled_mixture(mixture.network, equivalent)
    return TwinLine(mixture, other, reach(weights, changes))


def _explanations(net: Network, region: Region, constraints: Constraints) -> Explanations:
    names = [_labelled(net, target) for target in region.targets]
    intervals = zip(region.low, region.high, strict=True)
    vertices = region.vertices
    return Explanations(
        free=tuple(net.variables[i] for i in constraints.open if i not in constraints.kept),
        kept=MappingProxyType(net.space.assignment(constraints.kept.items())),
        targets=tuple(names),
        intervals=MappingProxyType(dict(zip(names, intervals, strict=True))),
        directions=tuple(
            MappingProxyType({names[c]: change for c, change in direction.items()})
            for direction in region.directions
        ),
        vertices=None
        if vertices is None
        else tuple(
            _labelled_mixture(net, {t: w for t, w in zip(region.targets, v, strict=True) if w})
            for v in vertices
        ),
    )
