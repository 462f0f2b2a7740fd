"""Cut points of one column, and the states between them, by each strategy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from domix.errors import DataError, MissingExtraError
from domix.util.arrays import Floats, Ints

COUNTS, METRICS, TAILS = "counts", "metrics", "tails"

TAIL_ROWS = 5
"""Control rows beyond each outer cut point: some, so that severity differs little beyond it, and
few, because those that are there say how children react to values that are hardly extreme."""

MOST_TAIL = 0.005
"""Largest share of the control rows beyond each outer cut point."""

BIN_WIDTH = 0.9
"""Width of an inner bin in normal scores, by default."""

MOST_IN_TAIL = 0.05
"""Largest share of control rows in an outer state, where equal values cannot be cut apart."""

COUNTS_BINS, METRICS_BINS, PLAIN_BINS = 2, 1, 3
"""Inner states of the other strategies, by default."""

FAR = 2.0
"""How many times as far as those of control rows the values in outer states of metrics are."""

OFF, OVER, NONE = "off", "over", "none"
INNER_NAMES = {
    1: ("usual",),
    2: ("low", "high"),
    3: ("low", "mid", "high"),
    4: ("very low", "low", "high", "very high"),
    5: ("very low", "low", "mid", "high", "very high"),
    6: ("lowest", "very low", "low", "high", "very high", "highest"),
    7: ("lowest", "very low", "low", "mid", "high", "very high", "highest"),
}
"""Names of inner states, by their number; of more they are bin 1, bin 2, ..."""


LEAST_DIGITS, SIGNIFICANT = 4, 15
"""Of cut points as text, and of any number."""

ROUNDING = 0.1
"""Largest part of the least distance between cut points by which one is rounded as text."""


def edge_texts(edges: Sequence[float]) -> list[str]:
    """Return cut points as text, with as many digits as the distances between them need.

    Examples
    --------
    >>> edge_texts((999897.1, 999951.4)), edge_texts((0.25, 2.5))
    (['999900', '999950'], ['0.25', '2.5'])
    """
    most = ROUNDING * min(np.diff(edges), default=np.inf)
    for digits in range(LEAST_DIGITS, SIGNIFICANT + 1):
        rounded = [float(f"{edge:.{digits}g}") for edge in edges]
        if all(abs(r - edge) <= most for r, edge in zip(rounded, edges, strict=True)):
            return [f"{r:.{SIGNIFICANT}g}" for r in rounded]
    return list(map(str, edges))


@dataclass(frozen=True)
class Cuts:
    """How one column is cut.

    Attributes
    ----------
    strategy : str
        That the cut points were found by.
    edges : tuple of float
        The cut points, rising; a value that equals one belongs to the state above it.
    states : tuple of str
        The states from the lowest up, one more than edges.
    """

    strategy: str
    edges: tuple[float, ...]
    states: tuple[str, ...]

    def encode(self, values: Floats) -> Ints:
        """Return the code of the state of each value, -1 where it is NaN.

        Examples
        --------
        >>> cuts = Cuts("tails", (0.0, 2.5), ("off", "usual", "over"))
        >>> cuts.encode(np.array([2.5, 0, -1, np.nan]))
        array([ 2,  1,  0, -1])
        """
        codes = np.searchsorted(self.edges, values, side="right")
        return np.where(np.isnan(values), -1, codes)


def find_cuts(values: Floats, strategy: str, bins: int | None, name: str) -> Cuts:
    """Cut a column by one of the :data:`STRATEGIES`.

    Parameters
    ----------
    values : ndarray of float64
        Those of the control rows, finite, without missing ones; one at least.
    strategy : str
    bins : int or None
        The number of inner states; None is the usual one of the strategy.
    name : str
        The column, for messages.
    """
    edges, states = STRATEGIES[strategy](values, bins, name)
    return Cuts(strategy, tuple(float(edge) for edge in edges), tuple(states))


Edges = list[float]
Cut = Callable[[Floats, int | None, str], tuple[Edges, list[str]]]


def _cut_tails(values: Floats, bins: int | None, name: str) -> tuple[Edges, list[str]]:
    """Find inner bins of equal width in normal scores, and outer states beyond what controls show.

    A normal score is the quantile of the standard normal distribution with the same share below.
    """
    del name
    normal = NormalDist()
    least = normal.inv_cdf(_tail_share(values))
    bins = bins or round(-2 * least / BIN_WIDTH)
    shares = [normal.cdf(least * (1 - 2 * i / bins)) for i in range(1, bins)]
    inner = _cut_at_all(values, shares)
    return _frame_inner(inner, _lower_tail(values), _upper_tail(values))


def _cut_counts(values: Floats, bins: int | None, name: str) -> tuple[Edges, list[str]]:
    """Find nothing; bins of equal probability of what is there; and an outer state above."""
    if values.min() < 0:
        raise DataError(
            f"column {name!r} has a negative value, {values.min():g}, and counts have none; choose "
            'another strategy for it, such as "tails"',
            argument="strategy",
        )
    positive = values[values > 0]
    if not len(positive):
        return [float(np.nextafter(0.0, 1.0))], [NONE, OVER]
    inner = _cut_at_all(positive, _equal_shares(bins or COUNTS_BINS))
    none = max(positive.min() / 2, float(np.nextafter(0.0, 1.0)))
    edges, states = _frame_inner(inner, None, _upper_tail(values, above=positive.min()))
    return [none, *edges], [NONE, *states]


def _cut_metrics(values: Floats, bins: int | None, name: str) -> tuple[Edges, list[str]]:
    """Find what is usual, in inner bins, and outer states far beyond all that controls show."""
    del name
    least, median, most = (float(x) for x in np.quantile(values, [0.0, 0.5, 1.0]))
    low: float | None
    if least >= 0:
        low, high = (least / FAR if least else None), most * FAR
    else:
        low, high = median - FAR * (median - least), median + FAR * (most - median)
    inner = _cut_at_all(values, _equal_shares(bins or METRICS_BINS))
    return _frame_inner(inner, low, float(np.nextafter(high, np.inf)))


def _cut_plainly(strategy: str) -> Cut:
    """Return a cut by a strategy of scikit-learn's KBinsDiscretizer."""

    def cut(values: Floats, bins: int | None, name: str) -> tuple[Edges, list[str]]:
        del name
        try:
            from sklearn.preprocessing import KBinsDiscretizer
        except ImportError:
            raise MissingExtraError(
                f"the strategy {strategy!r}", "scikit-learn", "sklearn"
            ) from None
        if bins == 1:
            raise DataError(f"must be at least 2 for the strategy {strategy!r}", argument="bins")
        number = bins or PLAIN_BINS
        if strategy == "kmeans":
            # There are no more clusters than different values, and scikit-learn refuses more.
            number = min(number, max(len(np.unique(values)), 2))
        learner = KBinsDiscretizer(number, encode="ordinal", strategy=strategy, subsample=None)
        learner.fit(values[:, None])
        inner = sorted(set(learner.bin_edges_[0][1:-1].tolist()))
        return inner, list(_name_inner(len(inner) + 1))

    return cut


STRATEGIES: dict[str, Cut] = {
    TAILS: _cut_tails,
    COUNTS: _cut_counts,
    METRICS: _cut_metrics,
    "quantile": _cut_plainly("quantile"),
    "uniform": _cut_plainly("uniform"),
    "kmeans": _cut_plainly("kmeans"),
}


def _frame_inner(
    inner: Sequence[float], low: float | None, high: float | None
) -> tuple[Edges, list[str]]:
    """Return all cut points and states, given the outer cut points that there are."""
    kept = sorted({e for e in inner if (low is None or e > low) and (high is None or e < high)})
    edges = [*([] if low is None else [low]), *kept, *([] if high is None else [high])]
    lowest, highest = [OFF] * (low is not None), [OVER] * (high is not None)
    return edges, [*lowest, *_name_inner(len(kept) + 1), *highest]


def _name_inner(number: int) -> tuple[str, ...]:
    return INNER_NAMES.get(number) or tuple(f"bin {i}" for i in range(1, number + 1))


def _equal_shares(bins: int) -> list[float]:
    return [i / bins for i in range(1, bins)]


def _tail_share(values: Floats) -> float:
    return min(MOST_TAIL, TAIL_ROWS / len(values))


def _gaps(values: Floats) -> tuple[Floats, Floats]:
    """Return the middles between neighbouring distinct values, and the share of rows below each."""
    distinct, counts = np.unique(values, return_counts=True)
    lower, upper = distinct[:-1], distinct[1:]
    middles = lower / 2 + upper / 2
    separate = np.where((lower < middles) & (middles < upper), middles, upper)
    return separate, np.cumsum(counts)[:-1] / len(values)


def _cut_at_all(values: Floats, shares: Sequence[float]) -> Edges:
    """Return the cut points with nearest to the shares of the values below; none if constant."""
    middles, below = _gaps(values)
    if not len(middles):
        return []
    return [float(middles[np.argmin(np.abs(below - share))]) for share in shares]


def _lower_tail(values: Floats) -> float | None:
    """Return the cut point below which few values lie, or none; None if none can lie there."""
    middles, below = _gaps(values)
    if len(middles):
        nearest = int(np.argmin(np.abs(below - _tail_share(values))))
        if below[nearest] <= MOST_IN_TAIL:
            return float(middles[nearest])
    least = float(values.min())
    if least == 0.0:
        return None
    return least - (float(middles[0]) - least if len(middles) else 0.0)


def _upper_tail(values: Floats, above: float = -np.inf) -> float:
    """Return the cut point above which few values lie, or none; it is larger than ``above``."""
    middles, below = _gaps(values)
    beyond = np.flatnonzero(middles > above)
    if len(beyond):
        nearest = beyond[np.argmin(np.abs(1.0 - below[beyond] - _tail_share(values)))]
        if 1.0 - below[nearest] <= MOST_IN_TAIL:
            return float(middles[nearest])
    most = float(values.max())
    step = most - float(middles[-1]) if len(middles) else 0.0
    return max(most + step, float(np.nextafter(most, np.inf)))
