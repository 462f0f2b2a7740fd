"""The estimators that are held side by side; each gets the network and the rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.data.rows import distinct
from domix.estimation.disentangle import disentangle
from domix.model.mixture import Mixture
from domix.population.algorithm2 import disentangle_plugin
from domix.query.probability import log_prob_targets
from domix.results.result import Disentanglement
from domix.study.cells import Cell
from domix.study.instances.draw import Sample
from domix.study.scoring.oracle import oracle_mixture

__all__ = ["METHODS", "Estimate", "applies"]

Floats = npt.NDArray[np.float64]
Estimate = Mixture | Disentanglement

ALPHA = 0.05
EPSILON = 1e-3
"""Weights up to it are dropped by the methods that have no test: the paper's own threshold."""

MOST_CONFIGURATIONS = 3**5
"""Up to here all targets are listed, once for each choice of excluded values."""

SCREENING, POLISHING = 50, 2000
"""Steps of EM for every choice of excluded values, and for the most promising."""
PROMISING = 5


def all_targets(sample: Sample) -> Mixture:
    """EM over every target that respects exclusion, for every choice of excluded values.

    Tables are taken as they are. The likeliest choice is kept, without weights up to ``EPSILON``.
    """
    net = sample.net.to_float()
    cards = net.space.cards.tolist()
    rows = distinct(sample.rows, cards)
    # -1 is for silent, so that a choice of excluded values selects among all.
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
        (_em(likelihoods[:, chosen], rows.counts, SCREENING)[0], chosen) for chosen in choices
    ]
    screened.sort(key=lambda pair: -pair[0])
    fits = [
        (*_em(likelihoods[:, chosen], rows.counts, POLISHING), chosen)
        for _, chosen in screened[:PROMISING]
    ]
    _, weights, chosen = max(fits, key=lambda fit: fit[0])
    kept = weights > EPSILON
    shares = weights[kept] / weights[kept].sum()
    found = [net.space.assignment(targets[t]) for t in chosen[kept].tolist()]
    return Mixture(net, list(zip(found, shares.tolist(), strict=True)))


def _em(likelihoods: Floats, counts: Floats, steps: int) -> tuple[float, Floats]:
    """(log-likelihood, weights) after so many steps from equal weights."""
    weights = np.full(likelihoods.shape[1], 1 / likelihoods.shape[1])
    total = counts.sum()
    for _ in range(steps):
        density = likelihoods @ weights
        # Rows that no target can produce under these excluded values have no say in the weights.
        shares = np.divide(counts, density, out=np.zeros_like(density), where=density > 0)
        weights = weights * (shares @ likelihoods) / total
        weights /= weights.sum()
    with np.errstate(divide="ignore"):
        return float(counts @ np.log(likelihoods @ weights)), weights


METHODS: Mapping[str, Callable[[Sample], Estimate]] = {
    "domix": lambda sample: disentangle(sample.net, sample.rows, alpha=ALPHA, rng=0),
    "plug-in": lambda sample: disentangle_plugin(sample.net, sample.rows, EPSILON),
    "all-targets": all_targets,
    "oracle": lambda sample: oracle_mixture(sample.net, sample.rows, sample.truth.targets),
}


def applies(method: str, cell: Cell) -> bool:
    """Whether a method can be run on a cell at all: listing all targets is for small networks."""
    return method != "all-targets" or cell.cards[1] ** cell.n <= MOST_CONFIGURATIONS
