"""The methods that a study compares; each gets the network and the rows."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from domix.core.intervention import Intervention
from domix.core.soft.targets import decode
from domix.core.space import Label
from domix.core.tables import Target
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.errors import DomixWarning
from domix.estimation.disentangle import disentangle
from domix.model.learn import count_entries
from domix.model.mixture import Mixture
from domix.population.algorithm2 import disentangle_plugin
from domix.problems.inputs import Options
from domix.query.probability import log_prob_targets
from domix.results.component import Component, by_weight
from domix.results.result import Disentanglement
from domix.selection.criterion import SelectionCriterion
from domix.soft.estimate import fit_sets
from domix.study.cells import Cell
from domix.study.instances.sample import Sample
from domix.study.scoring.oracle import oracle_mixture
from domix.study.settings import Given
from domix.util.arrays import Floats

Estimate = Mixture | Disentanglement | Mapping[Label, Disentanglement]
"""Of one mixture, or of each of several that are estimated together."""

ALPHA = 0.05
EPSILON = 1e-3
"""Methods without a test drop weights up to this: the threshold of the paper."""

MAX_CONFIGURATIONS = 3**5
"""``all-targets`` is run up to this number of configurations."""

SCREENING_STEPS, FINAL_STEPS = 50, 2000
"""Steps of EM for every choice of excluded values, and for the best ones."""
FINALISTS = 5
"""How many choices of excluded values are fitted with the final number of steps."""


def all_targets(sample: Sample) -> Mixture:
    """Run EM over all targets that respect exclusion, for every choice of excluded values.

    The tables stay fixed. The choice with the largest likelihood is kept, without weights up to
    ``EPSILON``.
    """
    net = sample.net.to_float()
    cards = net.space.cards.tolist()
    rows = distinct(sample.rows, cards)
    # A setting has -1 for a variable that is not set, so that no excluded value equals it.
    settings = list(itertools.product(*(range(-1, k) for k in cards)))
    targets: list[Target] = [
        tuple((i, value) for i, value in enumerate(setting) if value >= 0) for setting in settings
    ]
    likelihoods = np.exp(log_prob_targets(net.tables, rows.codes, targets))
    codes = np.array(settings)
    choices = [
        np.flatnonzero((codes != np.array(excluded)).all(axis=1))
        for excluded in itertools.product(*map(range, cards))
    ]
    screened = [
        (_fit_weights(likelihoods[:, allowed], rows.counts, SCREENING_STEPS)[0], allowed)
        for allowed in choices
    ]
    screened.sort(key=lambda pair: -pair[0])
    fits = [
        (*_fit_weights(likelihoods[:, allowed], rows.counts, FINAL_STEPS), allowed)
        for _, allowed in screened[:FINALISTS]
    ]
    _, weights, allowed = max(fits, key=lambda fit: fit[0])
    kept = weights > EPSILON
    shares = weights[kept] / weights[kept].sum()
    assignments = [net.space.assignment(targets[t]) for t in allowed[kept].tolist()]
    return Mixture(net, list(zip(assignments, shares.tolist(), strict=True)))


def _fit_weights(likelihoods: Floats, counts: Floats, steps: int) -> tuple[float, Floats]:
    """Return (log-likelihood, weights) after this many steps of EM from equal weights.

    ``likelihoods`` has shape (rows, targets): P(row | do(target)).
    """
    weights = np.full(likelihoods.shape[1], 1 / likelihoods.shape[1])
    total = counts.sum()
    for _ in range(steps):
        density = likelihoods @ weights
        # Rows that are impossible under these excluded values do not affect the weights.
        ratios = np.divide(counts, density, out=np.zeros_like(density), where=density > 0)
        weights = weights * (ratios @ likelihoods) / total
        weights /= weights.sum()
    with np.errstate(divide="ignore"):
        return float(counts @ np.log(likelihoods @ weights)), weights


TRUE_GRAPH = "true-graph"
"""The yardstick of total variation and time where the graph may be wrong."""

WITH_CONTROL_ROWS: Mapping[str, Options] = {
    "given": {"graph": "given", "contrast": False, "soft": False},
    "soft": {"graph": "given", "contrast": False},
    "contrast": {"graph": "given", "contrast": True, "soft": False},
    "repair": {"graph": "repair", "contrast": False, "soft": False},
    "defaults": {},
    TRUE_GRAPH: {"graph": "given", "contrast": False, "soft": False},
}
"""Methods that get control rows, with their options of :func:`domix.disentangle`."""

SETS = "true-sets"
"""The yardstick where targets are soft: EM for the true sets of variables."""

LEARNS = ("repair", "defaults")
"""Methods that learn the graph where it is unknown."""

NEEDS_GRAPH = ("given", "soft", "contrast", SETS)
"""Methods that are not run where the graph is unknown."""


def _estimate_with_control_rows(method: str, sample: Sample) -> Disentanglement:
    """Call :func:`domix.disentangle` with control rows and a network without tables."""
    options: Options = {**WITH_CONTROL_ROWS[method]}
    if method in LEARNS and not sample.graph_known:
        options["graph"] = "learn"
    net = (sample.truth.network if method == TRUE_GRAPH else sample.net).without_tables()
    with warnings.catch_warnings():
        # Repairs are scored; they need no warning.
        warnings.simplefilter("ignore", DomixWarning)
        return disentangle(
            net, sample.rows, observational=sample.controls, alpha=ALPHA, rng=0, **options
        )


SUSPECTED = "suspected"
"""How the names of methods that suspect targets begin."""


def _estimate_with_suspects(count: int, sample: Sample) -> Disentanglement:
    """Call :func:`domix.disentangle` with single-variable targets of the last variables suspected.

    Instances are random, so that these are no likelier than others.
    """
    net = sample.net
    suspected = [{name: net.states[name][0]} for name in net.variables[-count:]]
    return disentangle(net, sample.rows, alpha=ALPHA, rng=0, suspected=suspected, soft=False)


def _estimate(sample: Sample) -> Estimate:
    """Call :func:`domix.disentangle`, with all mixtures of the sample as groups.

    Scores are of hard targets; the study ``soft`` measures what soft components change.
    """
    samples = (sample, *sample.others)
    if len(samples) == 1:
        return disentangle(sample.net, sample.rows, alpha=ALPHA, rng=0, soft=False)
    rows = np.concatenate([s.rows for s in samples])
    groups = np.repeat(np.arange(len(samples)), [len(s.rows) for s in samples])
    return disentangle(sample.net, rows, alpha=ALPHA, rng=0, groups=groups.tolist(), soft=False)


def _fit_true_sets(sample: Sample) -> Disentanglement:
    """Fit weights, probabilities and tables for the true sets of variables."""
    net, cards = sample.net, sample.net.space.cards
    assert sample.controls is not None
    problem = Problem(
        net.tables, distinct(sample.rows, cards), count_entries(net.tables.layout, sample.controls)
    )
    criterion, truth = SelectionCriterion(cards, ALPHA), sample.truth
    found = fit_sets(problem, criterion, truth.targets, truth.weights.astype(np.float64))
    pairs = zip(found.targets, found.fit.weights.tolist(), strict=True)
    components = [Component(Intervention(decode(net.space, t)), weight) for t, weight in pairs]
    return Disentanglement(net, by_weight(components), "likelihood")


METHODS: Mapping[str, Callable[[Sample], Estimate]] = {
    "domix": _estimate,
    **{f"{SUSPECTED}-{count}": partial(_estimate_with_suspects, count) for count in (1, 5)},
    "plug-in": lambda sample: disentangle_plugin(sample.net, sample.rows, EPSILON),
    "all-targets": all_targets,
    "oracle": lambda sample: oracle_mixture(sample.net, sample.rows, sample.truth.targets),
    SETS: _fit_true_sets,
    **{method: partial(_estimate_with_control_rows, method) for method in WITH_CONTROL_ROWS},
}


def can_run(method: str, cell: Cell) -> bool:
    """Check whether a method can be run on a cell.

    Methods that get control rows need some, and those that keep the given graph need one. All
    others need true tables. Listing all targets needs a small network.
    """
    if cell.setting is not None:
        unknown = cell.setting.given is Given.UNKNOWN
        runs = method in WITH_CONTROL_ROWS or method == SETS
        return runs and not (unknown and method in NEEDS_GRAPH)
    if method in WITH_CONTROL_ROWS or method == SETS:
        return not cell.known
    return method != "all-targets" or cell.cards[1] ** cell.n <= MAX_CONFIGURATIONS
