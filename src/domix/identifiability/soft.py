"""Drawn values: what a distribution determines of them, and the convention where it does not.

Let a component of weight w draw V ~ q, and let w_0 be the weight of the target that leaves V unset
and is the same otherwise. Let theta be the row of the table of V, where all rows that the smaller
target reads are the same: V has no parents, they are set, or they have no effect there. Then the
two components give V the distribution

    (w q + w_0 theta) / (w + w_0),

whatever else they do, so that weight can move: w m to the smaller target, for m at most
min_v q_v / theta_v, with (q - m theta) / (1 - m) in the place of q. *Soft exclusion* is the
convention that moves as much as possible: then q has a zero where theta has none. Where the rows
of the table differ, no weight can move (docs/explanation/identifiability.md has the proof).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from domix.core.intervention import Intervention
from domix.core.soft.targets import (
    AnyTarget,
    Draw,
    decode,
    draws_of,
    join,
    pairs_of,
    resolve,
)
from domix.core.tables import Tables
from domix.model.mixture import Mixture
from domix.population.readers import float_as_printed
from domix.query.marginal import marginal
from domix.util.arrays import Objects
from domix.util.rational import brief


@dataclass(frozen=True)
class DrawnVariable:
    """What a distribution determines of one value that a component draws.

    Attributes
    ----------
    intervention : Intervention
        The component.
    variable : str
    smaller : Intervention
        The target that leaves the variable unset, and is the same otherwise.
    varies : bool
        Whether the rows of the variable's table that ``smaller`` reads differ: then no weight can
        move between the component and ``smaller``.
    movable : Fraction
        The largest share of the component's weight that can move to ``smaller``; 0 if ``varies``,
        and under soft exclusion.
    beside : tuple of Intervention
        Components that differ in the value of this variable alone: only the sum of their
        distributions, by weight, is determined.
    """

    intervention: Intervention
    variable: str
    smaller: Intervention
    varies: bool
    movable: Fraction
    beside: tuple[Intervention, ...]

    def __str__(self) -> str:
        if self.varies:
            text = (
                f"no weight can move to {self.smaller} alone: the table of {self.variable} varies"
            )
        elif self.movable:
            text = (
                f"up to {brief(self.movable)} of its weight can move to {self.smaller}, which "
                f"reads one row of the table of {self.variable}"
            )
        else:
            text = f"soft exclusion holds: a state of {self.variable} is never drawn"
        if self.beside:
            text += f"; not told apart from {', '.join(map(str, self.beside))}"
        return f"{self.intervention}: {text}"


@dataclass(frozen=True, eq=False)
class SoftReport:
    """What is determined of the soft components of a mixture.

    Attributes
    ----------
    mixture : Mixture
        The mixture, exact.
    draws : tuple of DrawnVariable
        One for each value that a component draws.
    form : Mixture
        The same distribution by soft exclusion.
    """

    mixture: Mixture
    draws: tuple[DrawnVariable, ...]
    form: Mixture

    def lists(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the lists of a summary.

        Yields
        ------
        tuple of str and list of str
            A title and its lines.
        """
        yield "Drawn values", [str(draw) for draw in self.draws]
        if set(self.form.any_targets) != set(self.mixture.any_targets):
            parts = zip(self.form.weights, self.form.interventions, strict=True)
            text = " + ".join(f"{brief(weight)} {target}" for weight, target in parts)
            yield "The same distribution, by soft exclusion", [text]


def report_soft(mixture: Mixture) -> SoftReport | None:
    """Report on the soft components of an exact mixture; None if there are none."""
    if not mixture.is_soft:
        return None
    return SoftReport(mixture, tuple(describe_draws(mixture)), soft_exclusion(mixture))


def exact_target(target: AnyTarget) -> AnyTarget:
    """Return a target whose probabilities are fractions; floats are read as they print."""
    draws = []
    for draw in draws_of(target):
        row = [float_as_printed(p) for p in draw.probabilities]
        total = sum(row)
        draws.append(replace(draw, probabilities=tuple(p / total for p in row)))
    return join(pairs_of(target), draws)


def describe_draws(mixture: Mixture) -> Iterator[DrawnVariable]:
    """Yield what is determined of each value that a component of an exact mixture draws.

    A misread variable with children that are not set is skipped.
    """
    tables, space = mixture.network.tables, mixture.network.space
    targets = [_simplify(tables, target) for target in mixture.any_targets]
    for target, intervention in zip(targets, mixture.interventions, strict=True):
        for draw in draws_of(target):
            if draw.followed is not None:
                continue
            smaller = _without(target, draw.variable)
            row = _common_row(tables, smaller, draw.variable)
            yield DrawnVariable(
                intervention,
                space.names[draw.variable],
                Intervention(decode(space, smaller)),
                row is None,
                Fraction(0) if row is None else Fraction(_largest_share(draw, row)),
                tuple(
                    Intervention(decode(space, other))
                    for other in targets
                    if other != target and _differ_in_value(target, other, draw.variable)
                ),
            )


def soft_exclusion(mixture: Mixture) -> Mixture:
    """Return the same distribution with as much weight as possible on the smaller targets.

    A component that draws a value is joined with those that differ in this value alone; then
    weight moves to the target that leaves the variable unset, as far as the distribution allows.
    Larger targets come first and, of their variables, the last one in the network's order: the
    answer depends on that where a component draws several variables.

    Parameters
    ----------
    mixture : Mixture
        Hard components change only where a soft one is joined with them.

    Returns
    -------
    Mixture
        Its components have positive weights.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Network, do
    >>> net = Network({"A": []}, {"A": ["x", "y", "z"]}, {"A": [F(1, 2), F(1, 4), F(1, 4)]})
    >>> drawn = do(A={"x": F(1, 4), "y": F(1, 2), "z": F(1, 4)})
    >>> soft_exclusion(Mixture(net, {drawn: 1}))
    Mixture({do(): 1/2, do(A~{y: 3/4, z: 1/4}): 1/2})
    """
    tables, weights = mixture.network.tables, dict[AnyTarget, Any]()
    for given, weight in zip(mixture.any_targets, mixture.weights.tolist(), strict=True):
        if weight > 0:
            _add(weights, _simplify(tables, given), weight)
    while True:
        before = dict(weights)
        for target in sorted(before, key=_size, reverse=True):
            for draw in reversed(_drawn(tables, target)):
                if target in weights:
                    _join_values(weights, target, draw.variable)
        for target in sorted(weights, key=_size, reverse=True):
            if target in weights:
                _move_weight(tables, weights, target)
        if weights == before:
            break
    space = mixture.network.space
    return Mixture(mixture.network, [(decode(space, t), w) for t, w in weights.items()])


def _size(target: AnyTarget) -> int:
    return len(pairs_of(target)) + len(draws_of(target))


def _add(weights: dict[AnyTarget, Any], target: AnyTarget, weight: Any) -> None:
    weights[target] = weights.get(target, 0) + weight


def _simplify(tables: Tables, target: AnyTarget) -> AnyTarget:
    """Take misread variables for drawn ones if the target decides all of their children."""
    pairs, draws = pairs_of(target), draws_of(target)
    inside = {i for i, _ in pairs} | {draw.variable for draw in draws}
    followed = {
        p
        for child, parents in enumerate(tables.layout.parents)
        if child not in inside
        for p in parents
    }
    return join(pairs, [d if d.variable in followed else replace(d, followed=None) for d in draws])


def _drawn(tables: Tables, target: AnyTarget) -> list[Draw]:
    """List the draws that children follow, in the network's order."""
    place = tables.layout.order.index
    draws = [draw for draw in draws_of(target) if draw.followed is None]
    return sorted(draws, key=lambda draw: place(draw.variable))


def _without(target: AnyTarget, variable: int) -> AnyTarget:
    return join(
        tuple(pair for pair in pairs_of(target) if pair[0] != variable),
        [draw for draw in draws_of(target) if draw.variable != variable],
    )


def _common_row(tables: Tables, smaller: AnyTarget, node: int) -> Objects | None:
    """Return the row of a node's table that a target reads; None if it reads different ones."""
    layout = tables.layout
    changed, pairs = resolve(tables, smaller)
    reached = marginal(changed, layout.parents[node], dict(pairs), {}).ravel() > 0
    rows = changed.node(node).reshape(-1, int(layout.cards[node]))[reached]
    return rows[0] if (rows == rows[0]).all() else None


def _largest_share(draw: Draw, row: Objects) -> Any:
    return min(q / p for q, p in zip(draw.probabilities, row.tolist(), strict=True) if p > 0)


def _differ_in_value(one: AnyTarget, other: AnyTarget, variable: int) -> bool:
    """Tell whether two targets set or draw a variable, and are the same otherwise."""
    row = _distribution(other, variable, 1)
    return row is not None and _without(one, variable) == _without(other, variable)


def _distribution(target: AnyTarget, variable: int, card: int) -> list[Any] | None:
    """Return the distribution of a variable's value; None if it is unset or misread."""
    for draw in draws_of(target):
        if draw.variable == variable:
            return list(draw.probabilities) if draw.followed is None else None
    for i, value in pairs_of(target):
        if i == variable:
            return [int(v == value) for v in range(max(card, value + 1))]
    return None


def _join_values(weights: dict[AnyTarget, Any], target: AnyTarget, variable: int) -> None:
    """Replace targets that differ in the value of a variable alone by one that draws it."""
    same = [t for t in weights if t == target or _differ_in_value(target, t, variable)]
    if len(same) == 1:
        return
    [card] = (len(d.probabilities) for d in draws_of(target) if d.variable == variable)
    total = sum(weights[t] for t in same)
    sums = [0] * card
    for t in same:
        row = _distribution(t, variable, card)
        assert row is not None
        weight = weights.pop(t)
        sums = [s + weight * q for s, q in zip(sums, row, strict=True)]
    rest = _without(target, variable)
    drawn = Draw(variable, tuple(s / total for s in sums))
    _add(weights, join(pairs_of(rest), [*draws_of(rest), drawn]), total)


def _move_weight(tables: Tables, weights: dict[AnyTarget, Any], target: AnyTarget) -> None:
    """Move as much weight as possible from a target to smaller ones."""
    for draw in reversed(_drawn(tables, target)):
        smaller = _without(target, draw.variable)
        row = _common_row(tables, smaller, draw.variable)
        if row is None:
            continue
        share = min(_largest_share(draw, row), 1)
        if share == 0:
            continue
        weight = weights.pop(target)
        _add(weights, smaller, weight * share)
        left = [q - share * p for q, p in zip(draw.probabilities, row.tolist(), strict=True)]
        # With floats, what is left of the value that limits the share may be a rounding error.
        least = min(
            (v for v, p in enumerate(row.tolist()) if p > 0),
            key=lambda v: draw.probabilities[v] / row[v],
        )
        left = [0 * q if v == least else max(q, 0 * q) for v, q in enumerate(left)]
        total = sum(left)
        if share == 1 or total == 0:
            return
        drawn = Draw(draw.variable, tuple(q / total for q in left))
        target = join(pairs_of(smaller), [*draws_of(smaller), drawn])
        _add(weights, target, weight * (1 - share))
