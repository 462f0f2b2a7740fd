"""Disentangling a distribution: Algorithm 1 of the paper, one closed formula per lift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.errors import DomixError, ExclusionError, NotAMixtureError, PositivityError
from domix.model.network import Network
from domix.population.backjumping import ATTEMPTS, Lifting, UnexplainedError, lift_all
from domix.population.comparison import Compared
from domix.population.inputs import Reading, read
from domix.population.oracles import CallableSource
from domix.results.result import Component, Disentanglement, by_weight
from domix.util.arguments import Rng, row_count

__all__ = ["disentangle_population", "entry_in_words", "facts", "lift_distribution"]


def disentangle_population(
    net: Network, p_mix: Any, *, compare: int = 0, rng: Rng = None
) -> Disentanglement:
    """Recover the interventions behind a distribution.

    Exact, in fractions, if the network and ``p_mix`` are; else in double precision, where weights
    up to 1e-10 count as none.

    Parameters
    ----------
    net
        The causal network.
    p_mix
        The mixture's distribution, as one of: a :class:`Mixture` over this network; an array of
        joint probabilities, axes in the order of ``net.variables`` (or a :class:`Table` over them);
        a mapping from tuples of labels in that order to probabilities, absent is 0; a function that
        takes ``{variable: state}`` for the first variables of ``net.order`` (from none to all) and
        returns its probability.
    compare
        At how many configurations, drawn from the mixture found, a function is asked whether it
        agrees. If its total variation distance from that mixture is d, that comes out with a
        probability of at least ``1 - (1 - d) ** compare``; if zeros left a choice, another one is
        tried then. Other forms are compared everywhere.
    rng
        Of the draws: None (fresh entropy), a seed, or a generator.

    Returns
    -------
    Disentanglement
        Targets and weights, without standard errors. ``facts`` says on what they rest:

        - ``exclusion``: ``"global"`` if every variable has a state that no target uses, else
          ``"per prefix"``.
        - ``positivity``: ``"everywhere"`` if no table of the network holds 0; ``"where needed"`` if
          the answer is unique all the same; ``"weak"`` if it is unique only among the mixtures
          whose unused states are possible.
        - ``equality``: ``"everywhere"`` (of distributions) or ``"structural"`` (of targets and
          weights) if the answer was found to be ``p_mix``; ``"on the cells read"`` for a function:
          it is, if ``p_mix`` is a mixture that respects exclusion. ``compare`` adds ``"and at
          1000 configurations drawn"``, or whatever number they were.

    Raises
    ------
    DataError
        ``p_mix`` is of no such form: a wrong shape, an unknown label, a negative probability, or a
        sum that is not 1.
    ExclusionError
        The targets of a given mixture use every state of some variable; or, from a distribution,
        no weights of a variable's lifts explain it.
    PositivityError
        Zeros in the network's tables stand in the way; the row is named.
    NotAMixtureError
        What was found is not ``p_mix``, so no mixture that respects exclusion is; a configuration
        in which they differ is named.

    Notes
    -----
    Exclusion: of the targets that agree on the first variables of ``net.order``, none sets the next
    variable to some state. The paper asks for one such state of each variable for all targets. A
    mixture that breaks exclusion may have the distribution of one that respects it, and then the
    latter is found.

    Source
    ------
    Kumar and Sinha (UAI 2021), Algorithm 1 and Theorem 1.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "high"], "B": ["low", "high"]},
    ...     {"A": [F(1, 4), F(3, 4)], "B": [[F(1, 2), F(1, 2)], [F(1, 3), F(2, 3)]]},
    ... )
    >>> parts = {Intervention(): F(2, 3), Intervention({"A": "low", "B": "high"}): F(1, 3)}
    >>> joint = Mixture(net, parts).marginal(["A", "B"]).values
    >>> result = disentangle_population(net, joint)
    >>> [(str(c.intervention), str(c.weight)) for c in result.components]
    [('do()', '2/3'), ('do(A=low, B=high)', '1/3')]
    >>> result.facts["equality"]
    'everywhere'
    """
    draws, reading = row_count(compare, "compare"), read(net, p_mix)
    if draws and isinstance(reading.source, CallableSource):
        reading = reading._replace(source=Compared(net, reading.source, p_mix, draws, rng))
    lifting = lift_distribution(net, reading)
    total = sum(lifting.weights.values())
    components = [
        Component(Intervention(net.space.assignment(target)), weight / total)
        for target, weight in lifting.weights.items()
    ]
    return Disentanglement(
        network=net,
        components=by_weight(components),
        method="population",
        facts=facts(net, lifting),
    )


def lift_distribution(net: Network, reading: Reading) -> Lifting:
    """What :func:`disentangle_population` finds, with every lift on the way."""
    try:
        return lift_all(reading.rows, reading.source, reading.tolerance)
    except UnexplainedError as failure:
        raise _explained(net, failure) from None


def facts(net: Network, lifting: Lifting) -> dict[str, str]:
    """On what an answer rests, as :func:`disentangle_population` says."""
    used = {pair for target in lifting.weights for pair in target}
    left = net.space.cards - np.bincount([i for i, _ in used], minlength=len(net.space))
    if (net.tables.values > 0).all():
        positivity = "everywhere"
    elif any(lift.barred for lift in lifting.lifts):
        positivity = "weak"
    else:
        positivity = "where needed"
    return {
        "exclusion": "global" if (left > 0).all() else "per prefix",
        "positivity": positivity,
        "equality": lifting.equality,
    }


def _explained(net: Network, failure: UnexplainedError) -> DomixError:
    """The error for a distribution that lifting cannot explain."""
    if failure.weak is not None:
        lift = failure.weak
        entry = entry_in_words(net, lift.variable, lift.barred[0], lift.cell)
        tried = "no other choice" if failure.exhausted else f"none of {ATTEMPTS} choices"
        return PositivityError(
            f"{entry} is 0, and lifting would have to divide by it: {tried} of unused states "
            "explains p_mix. Only mixtures that leave some state of each variable unused, and "
            "possible, can be told apart"
        )
    if failure.negative is not None:
        lift = failure.negative
        value = min(range(len(lift.r)), key=lambda v: lift.r[v])
        name = net.variables[lift.variable]
        state = net.space.states[lift.variable][value]
        prefix = Intervention(net.space.assignment(lift.prefix))
        return ExclusionError(
            f"no targets that leave a state of {name!r} unused explain p_mix: those that begin "
            f"with {prefix} would have the weight {float(lift.r[value]):.6g} left for {name!r} = "
            f"{state!r} at {_states(net, lift.cell)}. The targets use every state of it or of a "
            "variable before it, or p_mix is no mixture of interventions on this network"
        )
    assert failure.configuration is not None
    where = net.space.assignment(failure.configuration)
    return NotAMixtureError(
        "p_mix is no mixture of interventions that leave a state of each variable unused: the only "
        f"one that agrees with it on the cells of lifting differs at {where}"
    )


def entry_in_words(net: Network, variable: int, value: int, cell: Sequence[int]) -> str:
    """A table entry, with its parents' states as a cell has them."""
    name = net.variables[variable]
    at = _states(net, cell)
    given = ", ".join(f"{parent}={at[parent]}" for parent in net.parents[name])
    entry = f"{name}={net.states[name][value]}"
    return f"P({entry} | {given})" if given else f"P({entry})"


def _states(net: Network, cell: Sequence[int]) -> dict[str, Label]:
    return net.space.assignment(zip(net.tables.layout.order, cell, strict=False))
