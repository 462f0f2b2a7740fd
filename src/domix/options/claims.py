"""The numbers behind what a result says of its own limits."""

from __future__ import annotations

from dataclasses import dataclass

from domix.options.search import EmLimits


@dataclass(frozen=True)
class ClaimOptions:
    """The choices of what is reported of undetected targets; each says its unit and its reason."""

    flagged_gain: float = 4.0
    """Nats that a target beside a reported one must gain for the reported one to be flagged: below,
    most are chance."""

    hull_gain: float = 2.0
    """Nats that it must gain for its fit to widen a hull: about the 95 % limit of one weight."""

    screened_gain: float = 0.4
    """Nats of predicted gain from which on it is fitted. Predictions are too low, since they keep
    the tables and the other weights."""

    most_line_searches: int = 12
    """Exact line searches for each component in that prediction."""

    most_fits: int = 4
    """Targets that are fitted for each component, those of the largest predicted gains first. Each
    takes about as long as one drop test of the search."""

    idle_fits: int = 4
    """Fits in a row that fall short of ``hull_gain`` before no other is tried."""

    fit: EmLimits = EmLimits(0.01, 150)
    """Fit with one more target. It stops once ``hull_gain`` is out of reach."""

    bound_drop: float = 1.3527
    """Nats: half the 95 % quantile of the boundary distribution, where P(chi2_1 > 2c)/2 = .05. A
    larger share of an undetected target costs more."""

    least_unseen_rows: float = 20.0
    """Expected rows from which on a row of a CPT that control rows hardly show is named."""

    unseen_ratio: float = 0.1
    """Control rows that it has, at most, for each of these: the mixture alone decides then."""

    least_rows: int = 256
    """Rows from which on alpha was measured."""

    least_rows_per_target: int = 40
    """Rows for each reported target from which on it was."""

    least_controls: int = 256
    """Control rows from which on it was, where tables are learnt. With 100, look-alikes passed the
    test twice as often as with as many as rows."""
