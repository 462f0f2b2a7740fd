"""The numbers that tune the sets of alternatives of reported targets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from domix.options.search import EmLimits


@dataclass(frozen=True)
class AlternativesOptions:
    """The choices of the search for alternatives; each says its unit and its reason."""

    coverage: float = 0.95
    """Share of all weight that the alternatives of a target hold: a 95 % credible set."""

    score_loss: float = 8.0
    """Nats of score below the best support at which a fit ends: a share below 1 in 3,000."""

    score_loss_beyond_alpha: float = 5.0
    """Nats by which this is more than -log(alpha) at least, so that what exact targets may be
    instead has a share below alpha / 150. It counts for alpha below .05."""

    expansion_loss: float = 3.0
    """Nats of score below the best support up to which an alternative's own neighbours are tried:
    a share of 1 in 20."""

    most_expansions: int = 12
    """Alternatives of one target whose neighbours are tried, the best first."""

    prediction_loss: float = 4.0
    """Nats by which a prediction may be too low, as the other weights adapt in a fit alone. Of 320
    alternatives within ``score_loss``, one was too low by more in known tables (5.6)."""

    learnt_prediction_loss: float = 20.0
    """The same where tables are learnt, and adapt too. With 12, an alternative with a share of .2
    was lost by one of 1,800 targets that are known to be there; with 20, none, for 5 % more time.
    """

    least_information: float = 0.05
    """Share of the information on a distribution that is left at least where rows do not show which
    component they come from: .12 or more in 90 distributions. Modes that this makes certain need no
    standard error."""

    most_exact: int = 64
    """Exact look-alikes of one target, of which there can be exponentially many."""

    fit: EmLimits = EmLimits(1e-3, 500)
    """Fits of supports whose scores are compared."""

    reduced_fit: EmLimits = EmLimits(1e-2, 100)
    """Fit without a target, from which alternatives are predicted."""

    def for_alpha(self, alpha: float) -> AlternativesOptions:
        """Return the options under which targets can be exact at ``alpha``.

        Examples
        --------
        >>> options = AlternativesOptions()
        >>> options.for_alpha(0.05).score_loss, round(options.for_alpha(1e-4).score_loss, 1)
        (8.0, 14.2)
        """
        least = self.score_loss_beyond_alpha - math.log(alpha)
        return replace(self, score_loss=max(self.score_loss, least))
