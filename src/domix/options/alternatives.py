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

    prediction_loss: float = 4.0
    """Nats by which a prediction may be too low, as the other weights adapt in a fit alone. Of 320
    alternatives within ``score_loss``, one was too low by more in known tables (5.6)."""

    learnt_prediction_loss: float = 12.0
    """The same where tables are learnt, and adapt too (9.3 at most, of 191)."""

    most_exact: int = 64
    """Exact look-alikes of one target, of which there can be exponentially many."""

    fit: EmLimits = EmLimits(1e-3, 500)
    """Fits of supports whose scores are compared."""

    reduced_fit: EmLimits = EmLimits(1e-2, 100)
    """Fit without a target, from which alternatives are predicted."""
