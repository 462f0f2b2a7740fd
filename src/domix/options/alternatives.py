"""The numbers that tune the sets of alternatives of reported targets."""

from __future__ import annotations

from dataclasses import dataclass

from domix.options.search import EmLimits


@dataclass(frozen=True)
class AlternativesOptions:
    """The choices of the search for alternatives; each says its unit and its reason."""

    coverage: float = 0.95
    """Share of all weight that the alternatives of a target hold: a 95 % credible set."""

    score_loss: float = 8.0
    """Nats of score below the best support at which a fit ends: a share below 1 in 3,000."""

    expansion_loss: float = 3.0
    """Nats of score below the best support up to which an alternative's own neighbours are tried:
    a share of 1 in 20."""

    most_expansions: int = 12
    """Alternatives of one target whose neighbours are tried, the best first."""

    prediction_loss: float = 8.0
    """Nats by which a prediction may be too low, besides ``prediction_factor``."""

    prediction_factor: float = 1.5
    """What the gain over the support without the target may be, as a multiple of its prediction:
    the other weights adapt in a fit, and not in a prediction."""

    most_exact: int = 64
    """Exact look-alikes of one target, of which there can be exponentially many."""

    fit: EmLimits = EmLimits(1e-3, 500)
    """Fits of supports whose scores are compared."""

    reduced_fit: EmLimits = EmLimits(1e-2, 100)
    """Fit without a target, from which alternatives are predicted."""
