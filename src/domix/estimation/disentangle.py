"""The default estimator: likelihood lifting, from rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from domix.core.space import Label
from domix.data.frame import encode
from domix.data.rows import check_counts
from domix.errors import DataError, NetworkError
from domix.estimation.bootstrap import checked_replicates
from domix.estimation.groups import find_all
from domix.estimation.inputs import (
    Groups,
    NamedByGroup,
    of_group,
    read_groups,
    read_knowledge,
)
from domix.estimation.mixed import Mixed
from domix.estimation.selection.criterion import SelectionCriterion
from domix.model.learn import count_entries, posterior_mean_tables
from domix.model.network import Network
from domix.model.row_labels import InterventionLike, read_labels
from domix.results.result import Disentanglement
from domix.util.arguments import Rng, generator
from domix.util.progress import reporting

__all__ = ["disentangle"]

PSEUDOCOUNT = 1.0


@overload
def disentangle(
    net: Network,
    data: Any,
    observational: Any = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    bootstrap: int = 0,
    include: Iterable[InterventionLike] = (),
    suspected: Iterable[InterventionLike] = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: Iterable[InterventionLike | None] | None = None,
    groups: None = None,
) -> Disentanglement: ...


@overload
def disentangle(
    net: Network,
    data: Any,
    observational: Any = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    bootstrap: int = 0,
    include: NamedByGroup = (),
    suspected: NamedByGroup = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: Iterable[InterventionLike | None] | None = None,
    groups: Iterable[Label],
) -> dict[Label, Disentanglement]: ...


def disentangle(
    net: Network,
    data: Any,
    observational: Any = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    rng: Rng = None,
    progress: bool = False,
    *,
    bootstrap: int = 0,
    include: NamedByGroup = (),
    suspected: NamedByGroup = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: Iterable[InterventionLike | None] | None = None,
    groups: Iterable[Label] | None = None,
) -> Disentanglement | dict[Label, Disentanglement]:
    """Recover the interventions behind rows of a mixture.

    Prefixes of targets are lifted along ``net.order`` on the likelihood of all rows, tested, and
    backfitted on whole rows until no move of the search pays.

    Parameters
    ----------
    net
        The causal network. Its tables are known, and stay as they are, unless ``net.counts`` or
        ``observational`` is there; then they are learnt, and profiled in every fit.
    data
        Rows of the mixture: a data frame of labels or an integer array of codes, shape
        (rows, variables).
    observational
        Rows without interventions, in the same form. They replace the tables of a network without
        counts, and add to counts already there.
    counts
        How often each row of ``data`` occurred, shape (rows,); None is once.
    alpha
        Family-wise chance of reporting any false target.
    rng
        Draws the topological orders that are tried beside ``net.order``; None is seed 0.
    progress
        Show a progress bar on stderr (needs the extra ``app``).
    bootstrap
        How often the weights are refitted to resampled rows (and control counts, where tables are
        learnt), given the support, for standard errors and intervals; 200 is a usual number. 0
        takes both from the observed information.
    include
        Known interventions: reported, marked ``known``, whatever their p-values. An intervention is
        a ``do(...)``, a mapping, or a text such as ``"PKC=high,Raf=low"``.
    suspected
        Interventions to try before others. They are reported only if they pass the test, which is
        easier for them: they compete with each other, not with all targets there could be.
    never_intervened
        Variables that no target sets.
    max_target_size
        Most variables that a target sets.
    excluded_values
        Variable to the state, or states, that no target uses.
    labels
        What was done to each row of ``data``, where that is known; None elsewhere. Such a row
        counts for its target, which is included, and for the tables of what that leaves alone. It
        counts in the weights too, so the labelled rows must belong to the mixture: rows that were
        set apart, such as controls, go to ``observational``.
    groups
        Each row's group, such as its guide, window or campaign. Every group is a mixture with
        targets and weights (and excluded values) of its own; the tables are shared, and learnt from
        all. What is known holds in every group, unless ``include`` or ``suspected`` is a mapping
        from groups to interventions. ``alpha`` is for all groups together.

    Returns
    -------
    Disentanglement
        Components with weights, standard errors, intervals and adjusted p-values; the network with
        its re-estimated tables; log-likelihood, in which a labelled row counts with its target; the
        gain of the best move not taken. With ``groups``, a dict: each group, in the order in which
        they first occur, to its own.

    Raises
    ------
    DataError
        Rows that do not fit the network, no rows at all, bad counts, alpha outside (0, 1), or a
        bootstrap of 1 or less than 0; labels or groups that are not one for each row; a row that
        cannot come from its label.
    InterventionError
        What is known names what the network does not have, or contradicts itself.
    ExclusionError
        An included or suspected intervention uses an excluded value, or the included ones leave a
        variable without a value that no target uses.

    Source
    ------
    Lifting: Kumar and Sinha (UAI 2021), Section 4. The likelihood in place of their single cells,
    the profiled tables and the test are domix's own; see docs/method.md.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "mid", "high"], "B": ["low", "high"]},
    ...     {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]]},
    ... )
    >>> mix = Mixture(net, {do(): 0.6, do(A="high", B="low"): 0.4})
    >>> result = disentangle(net, mix.sample(5000, rng=1))
    >>> [(str(c.intervention), round(c.weight, 1)) for c in result.components]
    [('do()', 0.6), ('do(A=high, B=low)', 0.4)]

    A weak target, known to be there:

    >>> rows = net.sample(500, rng=2)
    >>> result = disentangle(net, rows, include=["B=high"])
    >>> [(str(c.intervention), c.known) for c in result.components]
    [('do()', False), ('do(B=high)', True)]

    Two plates of one screen:

    >>> plates = disentangle(net, mix.sample(900, rng=3), groups=["one", "two", "two"] * 300)
    >>> {plate: len(result.components) for plate, result in plates.items()}
    {'one': 2, 'two': 2}
    """
    if not isinstance(net, Network):
        raise NetworkError(f"the first argument must be a Network, not {type(net).__name__}")
    alpha, bootstrap = _checked_alpha(alpha), checked_replicates(bootstrap)
    codes = net.encode(data)
    weights = np.ones(len(codes)) if counts is None else check_counts(counts, len(codes))
    observed = _observed_counts(net, observational)
    told = read_labels(net, codes, labels, learnt=observed is not None)
    if not len(codes):
        raise DataError("there are no rows to disentangle")
    members = None if groups is None else read_groups(groups, len(codes))
    whole: Groups = {"": slice(None)}
    parts = []
    for label, rows in (whole if members is None else members).items():
        if not weights[rows].any():
            raise DataError(
                f"every row of {label!r} counts zero; leave the group out", argument="groups"
            )
        mine = told.select(rows)
        knowledge = read_knowledge(
            net,
            include=of_group(include, label, members, "include"),
            suspected=of_group(suspected, label, members, "suspected"),
            never_intervened=never_intervened,
            max_target_size=max_target_size,
            excluded_values=excluded_values,
            labels=mine,
        )
        knowledge = replace(knowledge, labelled=mine.totals(weights[rows]))
        own_counts = None if counts is None else weights[rows]
        parts.append(Mixed(codes[rows], own_counts, mine, knowledge))
    pseudocount = PSEUDOCOUNT if net.pseudocount is None else net.pseudocount
    tables = net.to_float().tables
    criteria = [SelectionCriterion(net.space.cards, alpha, p.knowledge, len(parts)) for p in parts]
    labelled = [part.labelled_cells(tables) for part in parts]
    with reporting(progress) as report:
        found = find_all(
            [part.problem(tables, observed, pseudocount) for part in parts],
            criteria,
            labelled,
            generator(0 if rng is None else rng),
            report,
            bootstrap,
        )
    network, origin = net.to_float(), "known"
    if observed is not None:
        seen = observed + np.sum([*labelled, *(each.kept for each in found)], axis=0)
        network = network.with_values(posterior_mean_tables(tables.layout, seen, pseudocount))
        controls = float(observed[tables.layout.entries_of(0)].sum())
        origin = f"learnt from {controls:,.0f} control rows and these"
    facts = {"tables": origin}
    if bootstrap:
        facts["intervals"] = f"percentiles of {bootstrap} bootstraps, given the support"
    results = [
        part.answer(network, criterion, each, facts)
        for part, criterion, each in zip(parts, criteria, found, strict=True)
    ]
    return results[0] if members is None else dict(zip(members, results, strict=True))


def _checked_alpha(alpha: float) -> float:
    try:
        number = float(alpha)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < 1:
        raise DataError(f"alpha must be a number between 0 and 1, not {alpha!r}")
    return number


def _observed_counts(net: Network, observational: Any) -> npt.NDArray[np.float64] | None:
    """Rows without interventions by table cell; None if the tables are known."""
    if observational is None:
        return net.flat_counts
    codes = encode(net.space, observational, what="observational").codes
    if not len(codes):
        raise DataError("there are no rows", argument="observational")
    seen = count_entries(net.tables.layout, codes)
    return seen if net.flat_counts is None else net.flat_counts + seen
