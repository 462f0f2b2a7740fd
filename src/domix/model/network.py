"""A discrete causal Bayesian network: validated, immutable, asked in labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space
from domix.core.tables import Tables, Target
from domix.data import frame as frames
from domix.errors import InterventionError, NetworkError
from domix.formats.record import NetworkRecord
from domix.model import learn
from domix.model.codes import float_kind, of_codes
from domix.model.description import Description
from domix.model.table import Table, conditional
from domix.model.validate import (
    build_tables,
    check_counts_tables,
    numeric_tables,
    resolve_parents,
    same_keys,
)
from domix.query.probability import exact_prob, log_prob
from domix.query.sampling import sample
from domix.util.arguments import Rng, generator, row_count

__all__ = ["Network"]


class Network(Description):
    """A causal DAG over discrete variables with a conditional probability table for each.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        Each variable's parents, in the order of its table's axes. The key order is the order of
        ``variables``.
    states : mapping of str to sequence
        Each variable's labels (strings, numbers or booleans), 1 to 256 of them.
    cpts : mapping of str to array_like
        Tables of shape (*parent cards, card); rows sum to 1. If every entry of every table is an
        ``int``, ``Fraction`` or sympy ``Rational``, the network is exact.

    Raises
    ------
    NetworkError
        Names that do not agree, an unknown parent, a cycle, a wrong shape, a negative or NaN entry,
        or a row sum that is off by more than 1e-5 (in exact networks: at all).

    Warns
    -----
    DomixWarning
        Row sums were off by more than 1e-12 and were renormalised.

    Examples
    --------
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": ["low", "high"], "B": ["low", "high"]},
    ...     {"A": [0.75, 0.25], "B": [[0.5, 0.5], [0.25, 0.75]]},
    ... )
    >>> net.marginal(["B"], do={"A": "high"}).values.tolist()
    [0.25, 0.75]
    >>> Network({"A": ["B"], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}, {"A": [], "B": []})
    Traceback (most recent call last):
        ...
    domix.errors.NetworkError: the graph has a cycle: B -> A -> B
    """

    __slots__ = ()

    def __init__(
        self,
        parents: Mapping[str, Sequence[str]],
        states: Mapping[str, Sequence[Label]],
        cpts: Mapping[str, npt.ArrayLike],
    ) -> None:
        same_keys("states", states, parents)
        same_keys("cpts", cpts, parents)
        self._space = Space({name: states[name] for name in parents})
        layout = resolve_parents(self._space, parents)
        self._tables = build_tables(self._space, layout, numeric_tables(cpts), None)
        self._counts = None
        self._pseudocount = None

    @classmethod
    def _assemble(
        cls,
        space: Space,
        tables: Tables,
        counts: npt.NDArray[np.float64] | None = None,
        pseudocount: float | None = None,
    ) -> Network:
        net = object.__new__(cls)
        net._space, net._tables = space, tables
        net._counts, net._pseudocount = counts, pseudocount
        if counts is not None:
            counts.flags.writeable = False
        return net

    @classmethod
    def from_record(
        cls, record: NetworkRecord, *, normalize: bool | None = None, source: str = ""
    ) -> Network:
        """Validate what a reader found.

        Parameters
        ----------
        record
        normalize
            None: rows within 1e-5 of 1 are renormalised with a warning (exact: refused). True: any
            positive row sum is divided out. False: rows off by more than 1e-12 are refused.
        source
            The file's name, for messages.
        """
        space = Space(record.states)
        layout = resolve_parents(space, record.parents)
        tables = build_tables(space, layout, record.tables, normalize, source)
        counts = None
        if record.counts is not None:
            counts = check_counts_tables(space, layout, record.counts, record.pseudocount)
        return cls._assemble(space, tables, counts, record.pseudocount)

    def to_record(self) -> NetworkRecord:
        """What a writer needs; the inverse of :meth:`from_record`."""
        return NetworkRecord(
            dict(zip(self.variables, self._space.states, strict=True)),
            dict(self.parents),
            {name: self.cpt(name) for name in self.variables},
            None if self.counts is None else dict(self.counts),
            self._pseudocount,
        )

    @classmethod
    def fit(
        cls,
        parents: Mapping[str, Sequence[str]],
        data: Any,
        states: Mapping[str, Sequence[Label]] | None = None,
        pseudocount: float = 1.0,
        *,
        missing: Literal["error", "drop"] = "error",
        extra: Literal["error", "ignore"] = "error",
        intervened: Iterable[Iterable[str]] | None = None,
    ) -> Network:
        """Learn the tables of a known graph from rows whose interventions, if any, are known.

        Parameters
        ----------
        parents
            As in :class:`Network`; the columns of a code array are in its key order.
        data
            A data frame of labels, or an integer array of codes of shape (rows, variables).
        states
            Labels of each variable. None takes those that occur, sorted; for codes, 0 to the
            largest.
        pseudocount
            Added to every cell: the parameter of a symmetric Dirichlet prior. At 0, a table row
            that no row of ``data`` reaches becomes uniform.
        missing, extra
            As in :meth:`encode`.
        intervened
            For each row of ``data``, the variables that something was done to; an ``Intervention``
            serves. The row says nothing about their tables, and is left out there. None: nothing
            was done to any row.

        Returns
        -------
        Network
            ``counts`` holds the observational counts, so :func:`disentangle` knows that the tables
            are learnt.

        Examples
        --------
        >>> net = Network.fit({"A": []}, [[0], [1], [1]], {"A": ["low", "high"]}, pseudocount=0)
        >>> net.cpt("A").round(3).tolist()
        [0.333, 0.667]
        >>> seen = Network.fit({"A": [], "B": ["A"]}, [[0, 1], [1, 1]], intervened=[{}, {"A"}])
        >>> seen.counts["A"].tolist(), seen.counts["B"].tolist()
        ([1.0, 0.0], [[0.0, 1.0], [0.0, 1.0]])
        """
        if not (isinstance(pseudocount, Real) and 0 <= pseudocount < np.inf):
            raise NetworkError(f"pseudocount must be a number of at least 0, not {pseudocount!r}")
        if states is None:
            states = learn.observed_states(list(parents), data)
        same_keys("states", states, parents)
        space = Space({name: states[name] for name in parents})
        layout = resolve_parents(space, parents)
        rows = frames.encode(space, data, missing=missing, extra=extra)
        if intervened is None:
            counts = learn.count_entries(layout, rows.codes)
        else:
            counts = learn.count_left_alone(
                layout, rows.codes, learn.acted_on(space, rows, intervened)
            )
        tables = Tables(layout, learn.posterior_mean_tables(layout, counts, float(pseudocount)))
        return cls._assemble(space, tables, counts, float(pseudocount))

    # The other number type

    def to_exact(self) -> Network:
        """The same network over the rationals.

        Every float becomes the shortest decimal that stands for it (0.1 becomes 1/10), and a row of
        those that does not sum to 1 is divided by its sum. To be sure of the decimals of a file,
        read it with ``read_network(path, exact=True)``.

        Examples
        --------
        >>> net = Network({"A": []}, {"A": [0, 1]}, {"A": [0.1, 0.9]})
        >>> net.to_exact().cpt("A").tolist()
        [Fraction(1, 10), Fraction(9, 10)]
        """
        if self.is_exact:
            return self
        values = np.empty(self._tables.values.shape, dtype=object)
        values[:] = [Fraction(repr(x)) for x in self._tables.values.tolist()]
        return self._rebuilt(values)

    def to_float(self) -> Network:
        """The same network in double precision."""
        if not self.is_exact:
            return self
        return self._rebuilt(self._tables.values.astype(np.float64))

    def _rebuilt(self, values: npt.NDArray[Any]) -> Network:
        # Rounding a row to the other number type may leave its sum a last digit off 1.
        tables = build_tables(self._space, self._tables.layout, self._by_variable(values), True)
        return Network._assemble(self._space, tables, self._counts, self._pseudocount)

    def with_values(self, values: npt.NDArray[np.float64]) -> Network:
        """The same graph and states with other table entries, in the layout of ``tables``."""
        return Network._assemble(self._space, Tables(self._tables.layout, values))

    # Rows

    def encode(
        self,
        data: Any,
        missing: Literal["error", "drop"] = "error",
        extra: Literal["error", "ignore"] = "error",
    ) -> npt.NDArray[np.uint8]:
        """Labels to codes.

        Parameters
        ----------
        data
            A data frame with a column of labels per variable, or an integer array of codes in the
            order of ``variables``, shape (rows, variables), which is checked.
        missing
            ``"error"``, or ``"drop"``: rows with a missing value are left out, with a warning that
            says how many.
        extra
            ``"error"``, or ``"ignore"``: columns that are no variable of the network.

        Returns
        -------
        ndarray of uint8, shape (rows, variables)

        Raises
        ------
        DataError
            A label that is no state, a missing value or column, an extra column, a code out of
            range: row, column and label are named.
        """
        return frames.encode(self._space, data, missing=missing, extra=extra).codes

    def decode(self, codes: npt.ArrayLike, backend: str | None = None) -> Any:
        """Codes to a data frame of labels, the inverse of :meth:`encode`.

        ``backend`` is ``"polars"``, ``"pandas"`` or ``"pyarrow"``; None takes the first installed.
        """
        return frames.decode(self._space, self.encode(codes), backend)

    # Questions

    def target(self, intervention: Mapping[str, Label] | None) -> Target:
        """An intervention in codes; raises InterventionError for what the network does not have."""
        if intervention is not None and not isinstance(intervention, Mapping):
            raise InterventionError(
                f"an intervention maps variables to states, as do(A=1); {intervention!r} does not"
            )
        return self._space.target(intervention or {}, InterventionError)

    def log_prob(
        self,
        data: Any,
        do: Mapping[str, Label] | None = None,
        threads: int | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> npt.NDArray[Any]:
        """Natural logarithm of P(row | do), shape (rows,); -inf where impossible.

        An array of uint8 codes is read where it lies, whatever its memory order. ``threads`` None
        uses the cores there are; any number gives the same bits. ``dtype`` numpy.float32 rounds at
        the end what is summed in double precision.
        """
        target, kind = self.target(do), float_kind(dtype)
        return of_codes(
            self._space, data, lambda codes: log_prob(self._tables, codes, target, threads, kind)
        )

    def prob(
        self, data: Any, do: Mapping[str, Label] | None = None, threads: int | None = None
    ) -> npt.NDArray[Any]:
        """P(row | do), shape (rows,): float64, or fractions in an object array if exact.

        ``threads`` as in :meth:`log_prob`.

        Examples
        --------
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> net.prob([[0], [1]], do={"A": "high"}).tolist()
        [0.0, 1.0]
        """
        if self.is_exact:
            return exact_prob(self._tables, self.encode(data), self.target(do))
        logs = self.log_prob(data, do, threads)
        np.exp(logs, out=logs)
        return logs

    def marginal(
        self,
        names: Sequence[str],
        do: Mapping[str, Label] | None = None,
        given: Mapping[str, Label] | None = None,
    ) -> Table:
        """P(names | do, given) as a :class:`Table`, in the order of ``names``.

        Parameters
        ----------
        names
            Any variables, set or observed ones included (they have all their mass at that state).
        do
            What is set.
        given
            What is observed, after the intervention.

        Raises
        ------
        DataError
            An unknown or repeated name, evidence of probability zero, or a table too large.
        """
        return conditional(self._space, self._tables, names, do or {}, given or {})

    def sample(
        self,
        n: int,
        do: Mapping[str, Label] | None = None,
        rng: Rng = None,
        as_frame: bool = False,
        threads: int | None = None,
    ) -> Any:
        """Draw rows from P(. | do).

        Parameters
        ----------
        n
            How many.
        do
            What is set.
        rng
            None (fresh entropy), a seed, or a generator.
        as_frame
            Return a data frame of labels instead of codes.
        threads
            None uses the cores there are. The same seed gives the same rows for any number.

        Returns
        -------
        ndarray of uint8, shape (n, variables), or a data frame
        """
        codes = sample(self._tables, row_count(n), self.target(do), generator(rng), threads)
        return frames.decode(self._space, codes) if as_frame else codes

    # Other libraries

    def to_networkx(self) -> Any:
        """A ``networkx.DiGraph`` with ``states`` and ``cpt`` on each node."""
        from domix.model.io import to_networkx

        return to_networkx(self)

    def to_pgmpy(self) -> Any:
        """A ``pgmpy`` discrete Bayesian network."""
        from domix.model.io import to_pgmpy

        return to_pgmpy(self)

    def to_pyagrum(self) -> Any:
        """A ``pyagrum.BayesNet``."""
        from domix.model.io import to_pyagrum

        return to_pyagrum(self)
