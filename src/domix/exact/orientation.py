r"""What a mixture says of an edge between two variables that have no other parents.

Let a -> b be such an edge, and let a target t set one of the two, x, and not the other, y. With

.. math:: p_j = P(y_j \mid do(t)), \qquad q_j = P'(y_j \mid do(t))

under a -> b, and under b -> a with the same distribution of rows without interventions,

.. math:: P_t = w_0 P'_t + \sum_j w_j P'_{t \cup \{y = j\}}, \qquad
    w_0 = \min_j p_j / q_j, \qquad w_j = p_j - w_0 q_j \ge 0.

The weights sum to 1, and :math:`w_j` is 0 where the ratio is least. So the two graphs explain every
mixture equally well, and exclusion does not tell them apart either: what differs is the number of
targets. (With other parents, p and q depend on them, and the distributions differ.)
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from domix.core.intervention import Intervention, do
from domix.core.notation import InterventionLike
from domix.core.space import listing
from domix.errors import CertificateError, InterventionError, NetworkError, PositivityError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.arrays import Objects


def reverse_edge(net: Network, cause: str, effect: str, intervention: InterventionLike) -> Mixture:
    r"""Explain an intervention with one edge of the graph reversed.

    Likelihood does not orient an edge between two variables without other parents: what one
    intervention does under the given direction, a mixture of a few does under the other.

    Parameters
    ----------
    net : Network
        An exact network.
    cause, effect : str
        An edge. The cause has no parents, the effect no others.
    intervention : mapping of str to label, or str
        It sets one of the two, and anything else.

    Returns
    -------
    Mixture
        With the distribution :math:`P(V \mid do(t))` of the intervention. Its ``network`` has the
        edge effect -> cause, and the distribution of ``net``. Its targets are the intervention, and
        those that set the other variable as well.

    Raises
    ------
    NetworkError
        The network is in floating point, lacks the edge, or one of the two has other parents.
    InterventionError
        The intervention names something unknown, or sets both variables or neither.
    PositivityError
        A state of the effect is impossible, so that tables of the reversed edge are undefined.
    CertificateError
        The distributions differ, which would be a bug.

    See Also
    --------
    prove_orientation : The same for all positive tables, symbolically.

    Notes
    -----
    With p the distribution of the other variable under the intervention, and q the same under the
    reversed edge, the weight of the intervention is :math:`w_0 = \min_j p_j / q_j`, and that of
    the target that sets the other variable to j is :math:`p_j - w_0 q_j`; see
    docs/how-to/graphs.md.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "high"], "B": ["low", "high"]},
    ...     {"A": [F(1, 2), F(1, 2)], "B": [[F(3, 4), F(1, 4)], [F(1, 4), F(3, 4)]]},
    ... )
    >>> mixture = reverse_edge(net, "A", "B", do(A="high"))
    >>> mixture
    Mixture({do(A=high): 1/2, do(A=high, B=high): 1/2})
    >>> dict(mixture.network.parents)
    {'A': ('B',), 'B': ()}
    """
    if not net.is_exact:
        raise NetworkError("an exact network is needed: use net.to_exact()", argument="net")
    _check_edge(net, cause, effect)
    target = Intervention(net.space.assignment(net.target(intervention)))
    if (cause in target) == (effect in target):
        count = "both" if cause in target else "neither"
        raise InterventionError(
            f"{target} sets {count} of {cause!r} and {effect!r}: it has the same "
            "distribution under both directions; set one of the two",
            argument="intervention",
        )
    reversed_net = _reverse(net, cause, effect)
    other = effect if cause in target else cause
    p, q = (n.marginal([other], do=target).values.tolist() for n in (net, reversed_net))
    least = min((j for j in range(len(p)) if q[j]), key=lambda j: p[j] / q[j])
    kept, added = sibling_weights(p, q, least)
    components = {target: kept} | {
        do({**target, other: state}): weight
        for state, weight in zip(net.states[other], added, strict=True)
    }
    mixture = Mixture(reversed_net, {t: weight for t, weight in components.items() if weight})
    _check_equal(net, target, mixture, [cause, effect])
    return mixture


def sibling_weights(p: Sequence[Any], q: Sequence[Any], least: int) -> tuple[Any, list[Any]]:
    """Return w_0 = p_m / q_m and w_j = p_j - w_0 q_j, where m is the index of the least ratio."""
    kept = p[least] / q[least]
    return kept, [p_j - kept * q_j for p_j, q_j in zip(p, q, strict=True)]


def reversed_tables(
    cause: Sequence[Any], effect: Sequence[Sequence[Any]]
) -> tuple[list[Any], list[list[Any]]]:
    """Return P(b), and P(a | b) with a row for each b, from P(a) and P(b | a): Bayes' rule."""
    joint = [[p * entry for entry in row] for p, row in zip(cause, effect, strict=True)]
    columns = [list(column) for column in zip(*joint, strict=True)]
    sums = [sum(column[1:], column[0]) for column in columns]
    return sums, [[x / s for x in column] for column, s in zip(columns, sums, strict=True)]


def _check_edge(net: Network, cause: str, effect: str) -> None:
    for name, argument in ((cause, "cause"), (effect, "effect")):
        if name not in net.parents:
            raise NetworkError(
                f"unknown variable {name!r}; the network has {listing(net.variables)}",
                argument=argument,
            )
    if cause not in net.parents[effect]:
        raise NetworkError(f"the network has no edge {cause!r} -> {effect!r}")
    causes, others = net.parents[cause], [p for p in net.parents[effect] if p != cause]
    if causes and set(causes) == set(others):
        raise NetworkError(
            f"{cause!r} and {effect!r} have the common parents {listing(others)}: what a target "
            "does to one of the two depends on them, so the likelihood tells the directions apart"
        )
    if causes or others:
        raise NetworkError(
            f"the edge {cause!r} -> {effect!r} is not covered: {listing([*causes, *others])} "
            "lead to one of the two only, so the reversed graph is not equivalent"
        )


def _reverse(net: Network, cause: str, effect: str) -> Network:
    """Return the network with the edge reversed and the same distribution."""
    tables = {name: net.cpt(name) for name in net.variables}
    if not all((tables[cause] @ tables[effect]).tolist()):
        raise PositivityError(
            f"a state of {effect!r} is impossible, so {cause!r} given that state is undefined"
        )
    b, a_given_b = reversed_tables(tables[cause].tolist(), tables[effect].tolist())
    tables |= {cause: _table(a_given_b), effect: _table(b)}
    return Network({**net.parents, cause: [effect], effect: []}, net.states, tables)


def _table(entries: Sequence[Fraction] | Sequence[Sequence[Fraction]]) -> Objects:
    return np.array(entries, dtype=object)


def _check_equal(net: Network, target: Intervention, mixture: Mixture, pair: list[str]) -> None:
    """Compare all probabilities of the pair: the tables of other variables are the same."""
    if (net.marginal(pair, do=target).values != mixture.marginal(pair).values).any():
        raise CertificateError(f"{mixture} does not have the distribution of {target}")
