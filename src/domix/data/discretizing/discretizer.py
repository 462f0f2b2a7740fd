"""Continuous measurements to states, by cut points that control rows show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from warnings import warn

from domix.core.space import MAX_CARD, listing
from domix.data.discretizing.columns import replace_columns
from domix.data.discretizing.cuts import COUNTS, STRATEGIES, Cuts, edge_texts
from domix.data.discretizing.fitted import Fitted
from domix.data.discretizing.heterogeneity import (
    HasParents,
    HeterogeneousState,
    find_heterogeneous_states,
)
from domix.data.discretizing.learning import AUTO, KEEP, Strategy, learn_cuts
from domix.data.discretizing.measurements import label_codes
from domix.data.discretizing.record import read_document, write_document
from domix.data.frame import is_frame
from domix.data.marks import MissingMarks, MissingValues
from domix.errors import DataError, DomixWarning
from domix.util.checks import whole_number
from domix.util.progress import reporting

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

CHOICES = (AUTO, *STRATEGIES, KEEP)

MOST_BINS = MAX_CARD - 2
"""Most states between the outer ones."""


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

        - ``"tails"``: bins of equal width in normal scores, and ``off`` and ``over``, in which are
          five control rows each, or .5 % if that is fewer;
        - ``"counts"``: ``none``, bins of equal probability of what is more than 0, and ``over``;
        - ``"metrics"``: ``usual``, and ``off`` and ``over`` for less than half the least and more
          than twice the largest value of control rows (where values can be negative: twice as far
          from the median);
        - ``"quantile"``, ``"uniform"``, ``"kmeans"``: those of scikit-learn's ``KBinsDiscretizer``,
          without outer states (needs the extra ``sklearn``);
        - ``"keep"``: not at all;
        - ``"auto"``: ``"counts"`` where no value is negative and 5 % are 0, ``"tails"`` elsewhere.
    bins : int, optional
        The number of states without the outer ones. By default 6 for ``"tails"`` (7 from about
        3,000 control rows, 8 from 13,000), 2 for ``"counts"``, 1 for ``"metrics"``, and 3 for those
        of scikit-learn.
    depth : str, optional
        The column with the number of counts of each row, such as all reads of a cell; columns cut
        by ``"counts"`` are scaled to the control rows' median of it. With it, ``"auto"`` cuts all
        columns of whole numbers of at least 0 by ``"counts"``, but those with 2 different ones.

    Attributes
    ----------
    edges : mapping of str to tuple of float
        The cut points of each column that is cut; a value that equals one belongs to the state
        above it. With ``by`` they are those of a typical batch, with ``depth`` of a typical row.
    states : mapping of str to tuple of str
        The states of each such column, from the lowest up.
    by : str or None
        The column that names each row's batch, if values are scaled to a typical one.

    See Also
    --------
    Network.fit : Learn tables from the rows.

    Notes
    -----
    See docs/how-to/discretizing.md for what was measured.

    Examples
    --------
    >>> import numpy as np
    >>> import polars
    >>> control = polars.DataFrame({"TP53": np.random.default_rng(0).normal(5, 1, 2000)})
    >>> discretizer = Discretizer().fit(control)
    >>> discretizer.states["TP53"]
    ('off', 'lowest', 'very low', 'low', 'high', 'very high', 'highest', 'over')
    >>> discretizer.transform(polars.DataFrame({"TP53": [0.5, 5.1, None]}))["TP53"].to_list()
    ['off', 'high', None]
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
        if bins is not None and whole_number(bins, "bins", least=1) > MOST_BINS:
            raise DataError(f"must be at most {MOST_BINS}, not {bins}", argument="bins")
        self.strategy, self.bins, self.depth = strategy, bins, depth
        self._fitted: Fitted | None = None

    def fit(
        self,
        control: IntoFrame,
        by: str | None = None,
        *,
        missing_values: MissingValues = None,
    ) -> Discretizer:
        """Learn the cut points.

        Parameters
        ----------
        control : data frame
            Rows without interventions (pandas, polars, pyarrow or another that narwhals reads; a
            lazy one is collected). Some hundreds at least, as outer states begin where few are.
        by : str, optional
            The column that names each row's batch, such as its run, plate or day. Values are scaled
            to a typical batch: by the median and the interquartile range of its control rows, and
            counts and metrics, which are ratios, by their mean.
        missing_values : iterable of label, optional
            Marks of missing values, as in :meth:`Network.fit`.

        Returns
        -------
        Discretizer
            This one.

        Raises
        ------
        DataError
            There are no rows; a column is missing, without values, or does not suit its strategy; a
            row has an infinite value or no batch, or a text among numbers; with ``depth``, no
            column is cut by ``"counts"``.
        MissingExtraError
            scikit-learn is not installed.

        Warns
        -----
        DomixWarning
            A batch has values of a column in fewer than 20 control rows.
        """
        frame = _collect(control, "control")
        marks = MissingMarks(missing_values)
        with reporting():
            self._fitted = learn_cuts(frame, self.strategy, self.bins, by, self.depth, marks)
        return self

    def transform(self, frame: IntoFrame, *, missing_values: MissingValues = None) -> Any:
        """Write the states of rows in place of their measurements.

        Parameters
        ----------
        frame : data frame
            With the columns of the control rows; others stay as they are.
        missing_values : iterable of label, optional
            As in :meth:`fit`.

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
        measured = fitted.measure(rows, MissingMarks(missing_values), "frame")
        written = {
            name: (cuts.encode(measured[name]), cuts.states) for name, cuts in fitted.cuts.items()
        }
        return replace_columns(rows, written, fitted.used)

    def check(
        self,
        graph: HasParents | Mapping[str, Sequence[str]],
        control: IntoFrame,
        *,
        missing_values: MissingValues = None,
    ) -> tuple[HeterogeneousState, ...]:
        """Find states that hold too much: within them, children depend on the value.

        The outermost states are tested, where rows under an intervention fall, if more than 5 % of
        the control rows are there: split at the median, do both halves have the same table of each
        child, given its other parents?

        Parameters
        ----------
        graph : Network or mapping of str to sequence of str
            The parents of each variable; :func:`read_graph` returns them from pairs and files.
        control : data frame
            Rows without interventions, before they are transformed.
        missing_values : iterable of label, optional
            As in :meth:`fit`.

        Returns
        -------
        tuple of HeterogeneousState
            By falling loss; G tests with Holm's correction at 5 %, of which those with a loss of
            less than .01 nats a row are left out.

        Raises
        ------
        DataError
            The graph is of another kind, such as pairs; a variable of it has no column; or there
            are no rows.

        Warns
        -----
        DomixWarning
            There is such a state.

        Examples
        --------
        >>> import warnings
        >>> import numpy as np
        >>> import polars
        >>> gene = np.random.default_rng(0).normal(size=2000)
        >>> noise = np.random.default_rng(1).normal(size=2000)
        >>> control = polars.DataFrame({"A": gene, "B": gene + noise})
        >>> graph = {"A": [], "B": ["A"]}
        >>> Discretizer().fit(control).check(graph, control)
        ()
        >>> halves = Discretizer("quantile", bins=2).fit(control)
        >>> with warnings.catch_warnings(action="ignore"):
        ...     [(found.variable, found.state) for found in halves.check(graph, control)]
        [('A', 'high'), ('A', 'low')]
        """
        fitted = self._require()
        parents = graph if isinstance(graph, Mapping) else getattr(graph, "parents", None)
        if not isinstance(parents, Mapping):
            raise DataError(
                "must be a network or a mapping from each variable to its parents; for pairs, a "
                "DiGraph or a file, give domix.read_graph(graph)",
                argument="graph",
            )
        rows, marks = _collect(control, "control"), MissingMarks(missing_values)
        absent = [name for name in parents if name not in rows.columns]
        if absent:
            raise DataError(
                f"no column for {listing(absent)}, of the graph; the columns are "
                f"{listing(rows.columns)}",
                argument="control",
            )
        if not len(rows):
            raise DataError("there are no rows", argument="control")
        measured = fitted.measure(rows, marks, "control")
        codes = {
            name: fitted.cuts[name].encode(measured[name])
            if name in fitted.cuts
            else label_codes(rows[name], marks)
            for name in parents
        }
        found = find_heterogeneous_states(parents, codes, measured, self.states)
        if found:
            warn(_describe_heterogeneity(found), DomixWarning, stacklevel=2)
        return found

    @property
    def by(self) -> str | None:
        """The column that names each row's batch, if values are scaled to a typical one."""
        return self._require().by

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

        Parameters
        ----------
        text : str
        source : str, default "the discretizer"
            The document, as messages name it.

        Returns
        -------
        Discretizer
            Fitted as the one that was written.

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
        counts = [name for name, cuts in self._fitted.cuts.items() if cuts.strategy == COUNTS]
        scaled = "" if self.depth is None else f", scaled by {self.depth!r}: {', '.join(counts)}"
        lines = [f"{call}, fitted to {len(self._fitted.cuts)} columns{batches}{scaled}"]
        lines += [f"  {name}: {_describe(cuts)}" for name, cuts in self._fitted.cuts.items()]
        return "\n".join(lines)

    def _require(self) -> Fitted:
        if self._fitted is None:
            raise DataError("not fitted yet; call fit with control rows first")
        return self._fitted


def _describe(cuts: Cuts) -> str:
    """Return states and cut points in turn, such as ``off | 2.4 | usual``."""
    parts = [cuts.states[0]]
    for edge, state in zip(edge_texts(cuts.edges), cuts.states[1:], strict=True):
        parts += [edge, state]
    return " | ".join(parts)


def _describe_heterogeneity(found: Sequence[HeterogeneousState]) -> str:
    worst = found[0]
    others = len({(f.variable, f.state) for f in found}) - 1
    more = f"; so do {others} other states" if others else ""
    return (
        f"{worst.share:.0%} of the control rows are in the state {worst.state!r} of "
        f"{worst.variable!r}, and within it {worst.child!r} depends on the value "
        f"(p = {worst.p_value:.1g}){more}: what interventions do far below or above it can show as "
        'targets among children; cut with outer states, as by strategy="tails", or with more bins'
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
