"""Moves and proposals: what a family of moves hands to the local search."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Target
from domix.em.mixture import Fit
from domix.util.arrays import Floats

Allowed = Callable[[Target], bool]
"""Whether a move may bring a target in."""


@dataclass(frozen=True, eq=False)
class Move:
    """Weight that goes from a component to a target outside the support.

    Attributes
    ----------
    gain : float
        Predicted increase of the log-likelihood in nats, before any refit; of a replacement, of the
        score.
    donor : int
        Index of the component.
    target : Target
    share : float
        Of the component's weight.
    log_theta : ndarray of float64, shape (CPT entries,), or None
        Tables to start the refit from; None for those of the fit.
    replaces : bool
        Whether the target takes the component's place.
    """

    gain: float
    donor: int
    target: Target
    share: float
    log_theta: Floats | None = None
    replaces: bool = False


@dataclass(frozen=True, eq=False)
class Proposal:
    """A support to refit, where the fit starts, and a key by which it is tried only once.

    ``explored`` proposals differ from the support in so much that its drop costs do not hold, and
    that the score may improve only after further moves. ``least_gain`` is the gain of the score, in
    nats, that a proposal needs where so many are screened that the best gains by chance.
    """

    key: Hashable
    targets: Sequence[Target]
    weights: Floats
    log_theta: Floats
    explored: bool = False
    least_gain: float = 0.0


def best_per_target(moves: Iterable[Move]) -> list[Move]:
    """Return the first move to each target, from ranked moves."""
    best: dict[Target, Move] = {}
    for move in moves:
        best.setdefault(move.target, move)
    return list(best.values())


def regroup(
    key: Hashable,
    fit: Fit,
    removed: Sequence[Target],
    added: Iterable[tuple[Target, float]],
    log_theta: Floats,
) -> Proposal:
    """Propose the support without some targets, their weight shared out among others."""
    weights = dict(zip(fit.support, fit.weights.tolist(), strict=True))
    freed = sum(weights.pop(target) for target in removed)
    for target, share in added:
        weights[target] = weights.get(target, 0.0) + freed * share
    return Proposal(key, list(weights), np.array(list(weights.values())), log_theta)
