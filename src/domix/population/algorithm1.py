"""Algorithm 1 of the paper: from a distribution to its targets and weights, lift by lift."""

from __future__ import annotations

from collections.abc import Sequence

from domix.core.exclusion import exhausted
from domix.core.guarantees import Exclusion, Guarantees, Positivity
from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.errors import DomixError, ExclusionError, NotAMixtureError, PositivityError
from domix.model.network import Network
from domix.population.backjumping import MAX_ATTEMPTS, Lifting, UnexplainedError, lift_all
from domix.population.comparison import ComparedSource
from domix.population.readers import Distribution, Reading, read_distribution
from domix.population.sources import FunctionSource
from domix.results.component import Component, by_weight
from domix.results.result import Disentanglement
from domix.util.checks import Rng, whole_number

DIAGNOSE = (
    "domix.diagnose(net, p_mix) lists the mixtures that explain it with exclusion given up on as "
    "few variables as possible, if the network is small"
)
"""What errors say of a distribution that no mixture that respects exclusion explains."""


def disentangle_population(
    net: Network, p_mix: Distribution, *, compare: int = 0, rng: Rng = None
) -> Disentanglement:
    r"""Recover the interventions behind a distribution.

    The answer is exact, in fractions, if the network and ``p_mix`` are. Otherwise it is computed in
    double precision, and weights up to 1e-10 count as 0.

    Parameters
    ----------
    net : Network
        The causal network.
    p_mix : Mixture, Table, array_like, mapping or callable
        The distribution of the mixture, in one of these forms: a :class:`Mixture` over this
        network; an array of joint probabilities, axes in the order of ``net.variables`` (or a
        :class:`Table` over them); a mapping from tuples of labels in that order to probabilities,
        where absent means 0; a function that takes ``{variable: state}`` for the first variables of
        ``net.order`` (from none to all) and returns the probability of that assignment.
    compare : int, default 0
        The number of configurations, drawn from the mixture found, at which a function is compared
        with it. If d is their total variation distance, a difference is detected with probability
        at least :math:`1 - (1 - d)^{compare}`; if zeros in the tables leave a choice, the search
        then goes on. Other forms are always compared everywhere.
    rng : None, int or numpy.random.Generator, default None
        For the draws: fresh entropy, a seed, or a generator.

    Returns
    -------
    Disentanglement
        Targets and weights, without standard errors. ``facts`` states on what they rest:

        - ``exclusion``: ``"global"`` if every variable has a state that no target uses, else
          ``"per prefix"``.
        - ``positivity``: ``"everywhere"`` if no table entry of the network is 0; ``"where needed"``
          if the answer is unique although some are; ``"weak"`` if it is unique only among the
          mixtures whose unused states are possible.
        - ``equality``: how far the answer was compared with ``p_mix``: ``"everywhere"`` (the
          probability of every configuration), ``"structural"`` (targets and weights), or, for a
          function, ``"on the cells read"``: the answer is right if ``p_mix`` is a mixture that
          respects exclusion. ``compare`` adds, for example, ``"and at 1000 configurations drawn"``.

    Raises
    ------
    DataError
        ``p_mix`` has none of these forms: it has a wrong shape, an unknown label, a negative
        probability, or a sum that is not 1.
    ExclusionError
        The targets of a given mixture use every state of a variable; or no weights of the lifts of
        some variable explain the given distribution.
    PositivityError
        An entry of the network's tables that lifting would divide by is 0. The entry is named.
    NotAMixtureError
        The only candidate differs from ``p_mix``, so ``p_mix`` is not a mixture that respects
        exclusion. A configuration at which they differ is named.

    See Also
    --------
    diagnose : Check exclusion and positivity, and list all other explanations.
    disentangle : Recover interventions from rows.
    domix.exact.certify : The same with a proof.

    Notes
    -----
    Exclusion is required per prefix: among the targets that agree on the first variables of
    ``net.order``, some state of the next variable is not used. The paper requires for every
    variable a state that no target at all uses. A mixture that breaks exclusion may have the same
    distribution as one that respects it; then the latter is found.

    References
    ----------
    Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021, Algorithm 1
    and Theorem 1.

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
    draws, reading = whole_number(compare, "compare"), read_distribution(net, p_mix)
    if draws and isinstance(reading.source, FunctionSource):
        source = ComparedSource(net, reading.source, reading.source.function, draws, rng)
        reading = reading._replace(source=source)
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
        facts=guarantees(net, lifting).facts,
    )


def lift_distribution(net: Network, reading: Reading) -> Lifting:
    """Compute targets and weights, with all lifts that lead to them.

    Raises
    ------
    ExclusionError, PositivityError, NotAMixtureError
        As :func:`disentangle_population` does.
    """
    try:
        return lift_all(reading.rows, reading.source, reading.tolerance)
    except UnexplainedError as failure:
        raise _describe_failure(net, failure) from None


def guarantees(net: Network, lifting: Lifting) -> Guarantees:
    """State on what the mixture that lifting found rests."""
    if (net.tables.values > 0).all():
        positivity = Positivity.EVERYWHERE
    elif any(lift.impossible for lift in lifting.lifts):
        positivity = Positivity.WEAK
    else:
        positivity = Positivity.WHERE_NEEDED
    some_exhausted = any(exhausted(net.tables.layout, list(lifting.weights)))
    return Guarantees(
        Exclusion.PER_PREFIX if some_exhausted else Exclusion.GLOBAL,
        positivity,
        lifting.equality,
        lifting.comparisons,
    )


def _describe_failure(net: Network, failure: UnexplainedError) -> DomixError:
    """Return the error for a distribution that lifting cannot explain."""
    if failure.weak is not None:
        lift = failure.weak
        entry = describe_entry(net, lift.variable, lift.impossible[0], lift.configuration)
        tried = "no other choice" if failure.exhausted else f"none of {MAX_ATTEMPTS} choices"
        return PositivityError(
            f"{entry} is 0, and lifting would have to divide by it: {tried} of unused states "
            "explains p_mix. Only mixtures in which every variable has an unused state with a "
            "positive probability can be identified"
        )
    if failure.infeasible is not None:
        lift = failure.infeasible
        value = min(range(len(lift.r)), key=lambda v: lift.r[v])
        name = net.variables[lift.variable]
        state = net.space.states[lift.variable][value]
        prefix = Intervention(net.space.assignment(lift.prefix))
        return ExclusionError(
            f"no targets that leave a state of {name!r} unused explain p_mix: those that begin "
            f"with {prefix} would have the weight {float(lift.r[value]):.6g} left for {name!r} = "
            f"{state!r} at {_states(net, lift.configuration)}. The targets use every state of it "
            "or of a variable before it, or p_mix is not a mixture of interventions on this "
            f"network. {DIAGNOSE}"
        )
    assert failure.difference is not None
    place = net.space.assignment(failure.difference)
    return NotAMixtureError(
        "p_mix is not a mixture of interventions that leave a state of each variable unused "
        f"({DIAGNOSE}): the only one with the probabilities that lifting reads differs at {place}"
    )


def describe_entry(net: Network, variable: int, value: int, configuration: Sequence[int]) -> str:
    """Return the name of a CPT entry, with the parents' states that a configuration gives."""
    name = net.variables[variable]
    states = _states(net, configuration)
    given = ", ".join(f"{parent}={states[parent]}" for parent in net.parents[name])
    entry = f"{name}={net.states[name][value]}"
    return f"P({entry} | {given})" if given else f"P({entry})"


def _states(net: Network, configuration: Sequence[int]) -> dict[str, Label]:
    return net.space.assignment(zip(net.tables.layout.order, configuration, strict=False))
