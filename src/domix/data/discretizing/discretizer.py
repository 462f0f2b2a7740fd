"""Continuous measurements to states, by cut points that control rows show."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from domix.core.space import listing
from domix.data.discretizing.baseline import (
    Baseline,
    apply_baselines,
    fit_baselines,
    read_batches,
)
from domix.data.discretizing.columns import replace_columns
from domix.data.discretizing.cuts import STRATEGIES, Cuts, find_cuts
from domix.data.discretizing.measurements import (
    is_discrete,
    is_numeric,
    read_numbers,
    refuse_infinities,
)
from domix.data.discretizing.record import Fitted, read_document, write_document
from domix.data.frame import is_frame
from domix.data.states import declares_levels
from domix.errors import DataError
from domix.util.arrays import Floats
from domix.util.checks import whole_number

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

AUTO, KEEP = "auto", "keep"
CHOICES = (AUTO, *STRATEGIES, KEEP)

COUNTS, TAILS = "counts", "tails"

LEAST_ZEROS = 0.05
"""Share of zeros, among values of which none is negative, from which they are counts by default."""

Strategy = str | Mapping[str, str]


class Discretizer:
    """Cuts continuous measurements into states; the cut points are those of control rows.

    What interventions do lies outside what control rows show: a gene that is knocked down is far
    below its usual range, and its effects are larger than those of any usual value. So each column
    gets outer states, ``off`` and ``over``, beside the states within its range.

    Columns that are discrete stay as they are: text, booleans, columns that declare their levels,
    and those with at most 10 different numbers (2 if a strategy is named for all columns).

    Parameters
    ----------
    strategy : str or mapping of str to str, default "auto"
        How columns of numbers are cut, all or by name (the others as by ``"auto"``):

        - ``"tails"``: bins of equal width in normal scores, and ``off`` and ``over`` beyond the
          .5 % and the 99.5 % quantile;
        - ``"counts"``: ``none``, bins of equal probability of what is more than 0, and ``over``;
        - ``"metrics"``: ``usual``, and ``off`` and ``over`` beyond all that control rows show and
          beyond 6 robust standard deviations of the median;
        - ``"quantile"``, ``"uniform"``, ``"kmeans"``: those of scikit-learn's ``KBinsDiscretizer``,
          without outer states (needs the extra ``sklearn``);
        - ``"keep"``: not at all;
        - ``"auto"``: ``"counts"`` where no value is negative and 5 % are 0, ``"tails"`` elsewhere.
    bins : int, optional
        The number of states without the outer ones. By default 5 for ``"tails"``, 2 for
        ``"counts"``, 1 for ``"metrics"``, and 3 for those of scikit-learn.
    depth : str, optional
        The column with the number of counts of each row, such as all reads of a cell; columns cut
        by ``"counts"`` are scaled to the control rows' median of it.

    Attributes
    ----------
    edges : mapping of str to tuple of float
        The cut points of each column that is cut; a value that equals one belongs to the state
        above it. With ``by`` they are those of a typical batch, with ``depth`` of a typical row.
    states : mapping of str to tuple of str
        The states of each such column, from the lowest up.

    See Also
    --------
    Network.fit : Learn tables from the rows.

    Notes
    -----
    See docs/discretizing.md for what was measured.

    Examples
    --------
    >>> import numpy as np
    >>> import polars
    >>> control = polars.DataFrame({"TP53": np.random.default_rng(0).normal(5, 1, 2000)})
    >>> discretizer = Discretizer().fit(control)
    >>> discretizer.states["TP53"]
    ('off', 'very low', 'low', 'mid', 'high', 'very high', 'over')
    >>> discretizer.transform(polars.DataFrame({"TP53": [0.5, 5.0, None]}))["TP53"].to_list()
    ['off', 'mid', None]
    >>> Discretizer(strategy="tail")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: strategy: must be one of 'auto', 'tails', 'counts', 'metrics', \
'quantile', 'uniform', 'kmeans', 'keep', not 'tail'
    """

    def __init__(
        self, strategy: Strategy = AUTO, bins: int | None = None, depth: str | None = None
    ) -> None:
        chosen = strategy.values() if isinstance(strategy, Mapping) else [strategy]
        for choice in chosen:
            if choice not in CHOICES:
                raise DataError(
                    f"must be one of {listing(CHOICES)}, not {choice!r}", argument="strategy"
                )
        if bins is not None:
            whole_number(bins, "bins", least=1)
        self.strategy, self.bins, self.depth = strategy, bins, depth
        self._fitted: Fitted | None = None

    def fit(self, control: IntoFrame, by: str | None = None) -> Discretizer:
        """Learn the cut points.

        Parameters
        ----------
        control : data frame
            Rows without interventions (pandas, polars, pyarrow or another that narwhals reads; a
            lazy one is collected). Some hundreds at least: .5 % of them lie in an outer state.
        by : str, optional
            The column that names each row's batch, such as its run, plate or day. Values are scaled
            to a typical batch: by the median and the interquartile range of its control rows, and
            counts by their mean.

        Returns
        -------
        Discretizer
            This one.

        Raises
        ------
        DataError
            There are no rows; a column is missing, without values, or does not suit its strategy; a
            row has an infinite value or no batch.
        MissingExtraError
            scikit-learn is not installed.
        """
        frame = _collect(control, "control")
        columns = list(frame.columns)
        asked = list(self.strategy) if isinstance(self.strategy, Mapping) else []
        _check_columns(columns, asked, "strategy")
        _check_columns(columns, [name for name in (by,) if name], "by")
        _check_columns(columns, [name for name in (self.depth,) if name], "depth")
        if not len(frame):
            raise DataError("there are no rows", argument="control")
        batches = None if by is None else read_batches(frame[by], by, "control")
        depth, typical_depth = None, 1.0
        if self.depth is not None:
            depth = _read_depth(frame, self.depth, "control")
            typical_depth = float(np.nanmedian(depth))
        cuts: dict[str, Cuts] = {}
        baselines: dict[str, dict[str, Baseline]] = {}
        for name in columns:
            if name in (by, self.depth):
                continue
            values, strategy = self._choose(frame[name], name)
            if strategy == KEEP:
                continue
            refuse_infinities(values, name, "control")
            if np.isnan(values).all():
                raise DataError(
                    f"column {name!r} has no value in any control row; leave the column out",
                    argument="control",
                )
            if strategy == COUNTS and depth is not None:
                values = values * typical_depth / depth
            if batches is not None:
                baselines[name] = fit_baselines(values, batches, counts=strategy == COUNTS)
                values = apply_baselines(values, batches, baselines[name], str(by), "control")
            cuts[name] = find_cuts(values[~np.isnan(values)], strategy, self.bins, name)
        if not cuts:
            raise DataError(
                "no column holds measurements; the rows need no discretizing, or name a strategy "
                "for a column",
                argument="control",
            )
        self._fitted = Fitted(cuts, by, baselines, self.depth, typical_depth)
        return self

    def transform(self, frame: IntoFrame) -> Any:
        """Write the states of rows in place of their measurements.

        Parameters
        ----------
        frame : data frame
            With the columns of the control rows; others stay as they are.

        Returns
        -------
        data frame
            Of the caller's kind, with its index: ordered categoricals of pandas, the Enum of polars
            or ordered dictionaries of Arrow, each with all states. Missing values stay missing;
            infinite ones belong to the outermost states. The columns of the batch and the depth
            are left out.

        Raises
        ------
        DataError
            A column is missing, a value is not a number, or control rows have no such batch.
        """
        fitted = self._require()
        rows = _collect(frame, "frame")
        used = [name for name in (fitted.by, fitted.depth) if name is not None]
        absent = [name for name in (*fitted.cuts, *used) if name not in rows.columns]
        if absent:
            raise DataError(
                f"no column for {listing(absent)}, which the control rows have; the columns are "
                f"{listing(rows.columns)}",
                argument="frame",
            )
        batches = None if fitted.by is None else read_batches(rows[fitted.by], fitted.by, "frame")
        depth = None if fitted.depth is None else _read_depth(rows, fitted.depth, "frame")
        written = {}
        for name, cuts in fitted.cuts.items():
            values = read_numbers(rows[name], name, "frame")
            if depth is not None and cuts.strategy == COUNTS:
                values = values * fitted.typical_depth / depth
            if batches is not None:
                own = fitted.baselines[name]
                values = apply_baselines(values, batches, own, str(fitted.by), "frame")
            written[name] = cuts.encode(values), cuts.states
        return replace_columns(rows, written, used)

    @property
    def edges(self) -> Mapping[str, tuple[float, ...]]:
        """The cut points of each column that is cut, rising."""
        return MappingProxyType({name: cuts.edges for name, cuts in self._require().cuts.items()})

    @property
    def states(self) -> Mapping[str, tuple[str, ...]]:
        """The states of each column that is cut, from the lowest up."""
        return MappingProxyType({name: cuts.states for name, cuts in self._require().cuts.items()})

    def to_json(self) -> str:
        """Write what was learnt as JSON; :meth:`from_json` reads it.

        Examples
        --------
        >>> import polars
        >>> discretizer = Discretizer(bins=2).fit(polars.DataFrame({"x": range(1000)}))
        >>> Discretizer.from_json(discretizer.to_json()).edges == discretizer.edges
        True
        """
        return write_document(self.strategy, self.bins, self._require())

    @classmethod
    def from_json(cls, text: str, source: str = "the discretizer") -> Discretizer:
        """Read what :meth:`to_json` has written.

        Raises
        ------
        FormatError
            The text is not such a document; the place is named.
        """
        strategy, bins, fitted = read_document(text, source)
        discretizer = cls(strategy, bins, fitted.depth)
        discretizer._fitted = fitted
        return discretizer

    def __repr__(self) -> str:
        given = {"strategy": self.strategy, "bins": self.bins, "depth": self.depth}
        usual = {"strategy": AUTO, "bins": None, "depth": None}
        shown = ", ".join(f"{k}={v!r}" for k, v in given.items() if v != usual[k])
        call = f"Discretizer({shown})"
        if self._fitted is None:
            return f"{call}, not fitted"
        batches = "" if self._fitted.by is None else f", a baseline for each {self._fitted.by!r}"
        lines = [f"{call}, fitted to {len(self._fitted.cuts)} columns{batches}"]
        lines += [f"  {name}: {_describe(cuts)}" for name, cuts in self._fitted.cuts.items()]
        return "\n".join(lines)

    def _choose(self, column: Any, name: str) -> tuple[Floats, str]:
        """Return the numbers of a column, and the strategy by which they are cut."""
        by_name = self.strategy if isinstance(self.strategy, Mapping) else {}
        choice = self.strategy if isinstance(self.strategy, str) else by_name.get(name, AUTO)
        if choice == KEEP:
            return np.empty(0), KEEP
        if declares_levels(column) or not is_numeric(column):
            if name in by_name and choice != AUTO:
                raise DataError(
                    f"column {name!r} does not hold numbers and cannot be cut; leave it out of the "
                    "strategy",
                    argument="strategy",
                )
            return np.empty(0), KEEP
        values = read_numbers(column, name, "control")
        if choice == AUTO:
            if is_discrete(values):
                return values, KEEP
            return values, COUNTS if _are_counts(values) else TAILS
        if name not in by_name and is_discrete(values, most=2):
            return values, KEEP
        return values, choice

    def _require(self) -> Fitted:
        if self._fitted is None:
            raise DataError("not fitted yet; call fit with control rows first")
        return self._fitted


def _are_counts(values: Floats) -> bool:
    """Whether values are none too often for quantiles: zeros, of which some are more than 0."""
    present = values[~np.isnan(values)]
    if not len(present) or present.min() < 0 or present.max() == 0:
        return False
    return bool((present == 0).mean() >= LEAST_ZEROS)


def _describe(cuts: Cuts) -> str:
    """Return states and cut points in turn, such as ``off | 2.4 | usual``."""
    parts = [cuts.states[0]]
    for edge, state in zip(cuts.edges, cuts.states[1:], strict=True):
        parts += [f"{edge:.4g}", state]
    return " | ".join(parts)


def _read_depth(frame: Any, name: str, argument: str) -> Floats:
    depth = read_numbers(frame[name], name, argument)
    if not (depth > 0).all():
        row = int(np.argmin(depth > 0))
        raise DataError(
            f"row {row} (counting from 0), column {name!r}: the depth is {depth[row]:g}; it must "
            "be positive; leave such rows out",
            argument=argument,
        )
    return depth


def _check_columns(columns: list[str], names: list[str], argument: str) -> None:
    absent = [name for name in names if name not in columns]
    if absent:
        raise DataError(
            f"there is no column {listing(absent)}; the columns are {listing(columns)}",
            argument=argument,
        )


def _collect(data: Any, argument: str) -> Any:
    """Return a frame that narwhals reads, in memory."""
    import narwhals as nw

    if not is_frame(data):
        raise DataError(
            "must be a data frame (pandas, polars, pyarrow, ...), whose columns have names, not "
            f"{type(data).__name__}",
            argument=argument,
        )
    frame: Any = nw.from_native(data)
    return frame.collect() if isinstance(frame, nw.LazyFrame) else frame
