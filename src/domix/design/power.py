"""The power of :func:`domix.disentangle` for one target, before rows are collected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domix.core.notation import InterventionLike
from domix.design.analysis import PowerAnalysis, analyse
from domix.design.contrasts import Contrasts
from domix.design.question import read_controls, read_question
from domix.design.solve import Design, solve
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.selection.criterion import SelectionCriterion
from domix.util.checks import probability, whole_number

TRIED_WEIGHT = 0.05
"""Share of the free weight that stands for the weight where this is asked for."""


def power(
    net: Network | Mixture,
    target: InterventionLike,
    weight: float | None = None,
    *,
    beside: Mapping[Any, float] | None = None,
    rows: int | None = None,
    controls: int | str | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
    groups: int = 1,
) -> PowerAnalysis:
    r"""Compute how many rows and control rows show a target, or how probably given ones do.

    What is left out is computed: without ``rows``, the fewest that reach ``power``; with ``rows``
    and ``weight``, the power that they have; without ``weight``, the smallest that ``rows`` show.
    Nothing is simulated: the test of :func:`disentangle` is applied to the expected rows.

    Parameters
    ----------
    net : Network or Mixture
        A network, whose tables are taken for the true ones; or a mixture with the target. Those of
        a result hold no counts: give ``controls`` if its tables were learnt.
    target : Intervention, mapping of str to state, or str
        What is to be found; it sets each of its variables to one state.
    weight : float, optional
        The share of the rows that come from the target. By default that in the mixture, or what is
        asked for.
    beside : mapping of Intervention or str to float, optional
        Other targets of the mixture, with weights. do() has the rest.
    rows : int, optional
        Rows of the mixture.
    controls : int or "needed", optional
        Rows without interventions, from which the tables are learnt. ``"needed"`` asks for the
        fewest: with ``rows``, for these, else with the smallest total of both. By default those
        behind the counts of the network, the fewest of the variables that targets set; without
        counts, the tables are taken as known, and the summary says so.
    power : float, default 0.8
        Probability of reporting the target that is asked for.
    alpha : float, default 0.05
        Level of the test, as in :func:`disentangle`.
    groups : int, default 1
        Mixtures that are disentangled together, which share ``alpha``.

    Returns
    -------
    PowerAnalysis
        Rows, control rows, weight and power, and what limits them. ``obstacle`` says why no number
        of rows is enough.

    Raises
    ------
    NetworkError
        The first argument is neither a network nor a mixture.
    InterventionError
        A target is not one of the network, draws values, is a duplicate, or sets nothing.
    DataError
        A number is out of range, the weights sum to more than 1, or too much is asked for at once.

    See Also
    --------
    disentangle : Its results say what could have gone unseen in the rows that there are.

    Notes
    -----
    The formula, its derivation and how well it predicts simulations are in docs/how-to/power.md.

    Examples
    --------
    >>> from domix import Network
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     dict.fromkeys("AB", ["low", "high"]),
    ...     {"A": [0.5, 0.5], "B": [[0.8, 0.2], [0.3, 0.7]]},
    ... )
    >>> known = power(net, "B=high", 0.1)
    >>> learnt = power(net, "B=high", 0.1, controls="needed")
    >>> known.rows < learnt.rows, known.controls, learnt.controls > 0
    (True, None, True)
    >>> power(net, "B=high", rows=2 * known.rows).weight < 0.1
    True
    """
    question = read_question(net, target, weight, beside)
    goal, alpha = probability(power, "power"), probability(alpha, "alpha")
    rows = None if rows is None else whole_number(rows, "rows", least=1)
    is_needed = isinstance(controls, str)
    number = read_controls(question, controls)
    if question.weight is None and (rows is None or is_needed):
        raise DataError(
            "give the weight of the target, or rows (and a number of control rows, where tables "
            "are learnt) for the smallest weight that they show",
            argument="weight",
        )
    tables = question.network.to_float().tables
    criterion = SelectionCriterion(
        tables.layout.cards, alpha, families=whole_number(groups, "groups", least=1)
    )
    tried = TRIED_WEIGHT * question.free if question.weight is None else question.weight
    contrasts = Contrasts(
        tables,
        ((), question.target, *question.others),
        (max(question.free - tried, 0.0), tried, *question.others.values()),
        question.target,
        is_needed or number is not None,
        criterion,
    )
    design = solve(Design(contrasts, rows, number), question.weight is None, is_needed, goal)
    is_given = question.weight is not None and rows is not None and not is_needed
    return analyse(question.network, design, alpha, None if is_given else goal)
