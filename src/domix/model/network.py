"""A discrete causal Bayesian network: validated, immutable, queried in labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domix.core.notation import EvidenceLike, InterventionLike, read_evidence
from domix.core.soft.targets import is_exact
from domix.core.space import Label, Space
from domix.core.tables import Tables
from domix.data import frame as frames
from domix.data.frame import RowsLike
from domix.data.marks import MissingValues
from domix.data.missing import Extra, Missing, MissingSummed, RowOptions
from domix.errors import NetworkError
from domix.formats import adapters
from domix.model import learn, validate
from domix.model.content import NetworkContent
from domix.model.graphs import GraphLike, has_order, read_graph
from domix.model.incomplete import count_rows
from domix.model.table import Table, conditional
from domix.query.probability import exact_prob, log_prob
from domix.query.sampling import sample
from domix.util.arrays import Codes, Objects
from domix.util.checks import Rng, float_type, generator, whole_number

if TYPE_CHECKING:
    import networkx
    import pgmpy.models
    import pyagrum


class Network(NetworkContent):
    """A causal DAG over discrete variables with a conditional probability table for each.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        Each variable's parents, in the order of its table's axes. The key order is the order of
        ``variables``.
    states : mapping of str to sequence
        Each variable's labels (strings, numbers or booleans), 1 to 256 of them.
    cpts : mapping of str to array_like
        Tables of shape ``(*parent cards, card)``; rows sum to 1. If every entry of every table is
        an ``int``, ``Fraction`` or sympy ``Rational``, the network is exact.

    Raises
    ------
    NetworkError
        The keys differ, a parent is unknown, the graph has a cycle, a table has a wrong shape, an
        entry is negative or NaN, or a row sum is off by more than 1e-5 (in exact networks: at all).

    Warns
    -----
    DomixWarning
        Row sums were off by more than 1e-12 and were renormalised.

    See Also
    --------
    Network.fit : Learn the tables from rows.
    read_network : Read a network from a file.

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
        cpts: Mapping[str, npt.ArrayLike | Sequence[Any]],
    ) -> None:
        validate.check_same_keys("states", states, parents)
        validate.check_same_keys("cpts", cpts, parents)
        self._space = Space({name: states[name] for name in parents})
        layout = validate.resolve_parents(self._space, parents)
        tables = validate.numeric_tables(cpts)
        self._tables = validate.build_tables(self._space, layout, tables, None)
        self._counts = None
        self._pseudocount = None
        self._open_edges = ()

    @classmethod
    def fit(
        cls,
        graph: GraphLike,
        data: RowsLike,
        states: Mapping[str, Sequence[Label]] | None = None,
        pseudocount: float = 1.0,
        *,
        missing: MissingSummed = "error",
        extra: Extra = "error",
        missing_values: MissingValues = None,
        intervened: Iterable[Iterable[str]] | None = None,
    ) -> Network:
        """Learn the tables of a known graph from rows whose interventions, if any, are known.

        Parameters
        ----------
        graph : mapping, networkx.DiGraph, data frame, iterable of pairs, path or Network
            The parents of each variable, edges from cause to effect, or a file of them, as
            :func:`read_graph` takes them. Where callers point to callees, turn the edges round:
            ``read_graph(graph, reverse_edges=True)``.
        data : data frame or array_like of int, shape (rows, variables)
            A data frame of labels; or codes, in the key order of a mapping or that of a network.
        states : mapping of str to sequence, optional
            Labels of each variable. By default the levels that a column declares, in their order,
            with or without rows (a categorical of pandas, the Enum of polars, an ordered dictionary
            of Arrow); else those that occur, sorted as numbers or bins, or else as text. For codes,
            0 to the largest; for a network, its states.
        pseudocount : float, default 1.0
            Added to the count of every table entry: the parameter of a symmetric Dirichlet prior.
            At 0, a row of a table that no row of ``data`` reads becomes uniform.
        missing, extra : str
            As in :meth:`encode`. ``missing="marginalize"`` sums entries that are missing out of the
            likelihood: the counts are those that EM expects, at posterior-mean tables.
        missing_values : iterable of label, optional
            As in :meth:`encode`. By default, labels such as ``"?"`` that other programs write for a
            missing value are refused if nothing says whether they are states.
        intervened : iterable of iterable of str, optional
            The variables intervened on in each row of ``data``, such as an ``Intervention``. The
            row does not count in their tables. By default there were no interventions.

        Returns
        -------
        Network
            Its ``counts`` are those of the rows, so :func:`disentangle` takes the tables as learnt.

        Raises
        ------
        DataError
            The rows do not fit the variables, or ``intervened`` does not fit the rows.
        FormatError
            The file of the graph cannot be read.
        NetworkError
            The graph, the states or the pseudocount is invalid.

        Examples
        --------
        >>> net = Network.fit({"A": []}, [[0], [1], [1]], {"A": ["low", "high"]}, pseudocount=0)
        >>> net.cpt("A").round(3).tolist()
        [0.333, 0.667]
        >>> net = Network.fit({"A": [], "B": ["A"]}, [[0, 1], [1, 1]], intervened=[{}, {"A"}])
        >>> net.counts["A"].tolist(), net.counts["B"].tolist()
        ([1.0, 0.0], [[0.0, 1.0], [0.0, 1.0]])
        """
        if not (isinstance(pseudocount, Real) and 0 <= pseudocount < np.inf):
            raise NetworkError(
                f"must be a number of at least 0, not {pseudocount!r}", argument="pseudocount"
            )
        if not (has_order(graph) or frames.is_frame(data)):
            raise NetworkError(
                "edges do not say in which order the columns of codes are; give a data frame"
            )
        parents = read_graph(graph)
        if states is None and isinstance(graph, NetworkContent):
            states = graph.states
        if states is None:
            states = frames.observed_states(list(parents), data, missing_values=missing_values)
        validate.check_same_keys("states", states, parents)
        space = Space({name: states[name] for name in parents})
        layout = validate.resolve_parents(space, parents)
        form = RowOptions(missing=missing, extra=extra, missing_values=missing_values)
        rows = frames.encode(space, data, summed=True, **form)
        sets = None if intervened is None else learn.read_intervened(space, rows, intervened)
        counts = count_rows(layout, rows, float(pseudocount), sets)
        values = learn.posterior_mean_tables(layout, counts, float(pseudocount))
        return cls._assemble(space, Tables(layout, values), counts, float(pseudocount))

    # Rows

    def encode(
        self,
        data: RowsLike,
        missing: Missing = "error",
        extra: Extra = "error",
        missing_values: MissingValues = None,
    ) -> Codes:
        """Translate labels to codes.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            A data frame with a column of labels per variable, or codes in the order of
            ``variables``, which are checked; those that an array of NumPy masks are missing.
        missing : {"error", "drop"}, default "error"
            ``"drop"`` leaves out the rows with a missing value; a warning gives their number.
        extra : {"error", "ignore"}, default "error"
            ``"ignore"`` passes over columns that are not variables of the network.
        missing_values : iterable of label, optional
            Marks of missing values besides nulls and, in text, ``""``, NA, NaN, nan, null and N/A.
            They match as labels match states, and are missing even where a variable has such a
            state; the others are states there.

        Returns
        -------
        ndarray of uint8, shape (rows, variables)
            The index of each value among the variable's states.

        Raises
        ------
        DataError
            A label is not a state, a value or column is missing, there is an extra column, or a
            code is out of range; the message names row, column and label.

        Warns
        -----
        DomixWarning
            Rows were dropped.
        """
        return frames.encode(
            self._space, data, missing=missing, extra=extra, missing_values=missing_values
        ).codes

    def decode(self, codes: npt.ArrayLike, backend: str | None = None) -> Any:
        """Translate codes to a data frame of labels; the inverse of :meth:`encode`.

        Parameters
        ----------
        codes : array_like of int, shape (rows, variables)
            In the order of ``variables``.
        backend : {"polars", "pandas", "pyarrow"}, optional
            By default the first that is installed.

        Returns
        -------
        data frame
            A column of labels per variable.
        """
        return frames.decode(self._space, self.encode(codes), backend)

    # Probabilities

    def log_prob(
        self,
        data: RowsLike,
        do: InterventionLike | None = None,
        threads: int | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> npt.NDArray[Any]:
        """Compute log P(row | do), the natural logarithm.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            As in :meth:`encode`. An array of uint8 is not copied, whatever its memory order.
        do : mapping of str to value, or str, optional
            The intervention, hard or soft, or its text. By default nothing is set.
        threads : int, optional
            By default one per available core; the result does not depend on it.
        dtype : data-type, default numpy.float64
            The type of the result, this or numpy.float32; the computation is in double precision.

        Returns
        -------
        ndarray of ``dtype``, shape (rows,)
            -inf where a row is impossible.
        """
        target, kind = self.any_target(do), float_type(dtype)
        logs, _, _ = frames.apply_to_codes(
            lambda codes: log_prob(self._tables, codes, target, threads, kind), self._space, data
        )
        return logs

    def prob(
        self, data: RowsLike, do: InterventionLike | None = None, threads: int | None = None
    ) -> Objects:
        """Compute P(row | do).

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            As in :meth:`encode`.
        do : mapping of str to value, or str, optional
            The intervention, hard or soft, or its text. By default nothing is set.
        threads : int, optional
            By default one per available core; the result does not depend on it.

        Returns
        -------
        ndarray of float64, or of object with ``Fraction`` elements, shape (rows,)
            Fractions if the network and the intervention are exact.

        Examples
        --------
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> net.prob([[0], [1]], do={"A": "high"}).tolist()
        [0.0, 1.0]
        >>> net.prob([[0], [1]], do={"A": {"low": 0.5, "high": 0.5}}).tolist()
        [0.5, 0.5]
        """
        target = self.any_target(do)
        if self.is_exact and is_exact(target):
            return exact_prob(self._tables, self.encode(data), target)
        logs = self.log_prob(data, do, threads)
        np.exp(logs, out=logs)
        return logs

    def marginal(
        self,
        names: Sequence[str],
        do: InterventionLike | None = None,
        given: EvidenceLike | None = None,
    ) -> Table:
        """Compute P(names | do, given).

        Parameters
        ----------
        names : sequence of str
            Any variables; one that is set or observed has probability 1 at that state.
        do : mapping of str to value, or str, optional
            The intervention, hard or soft, or its text such as ``"PKC=high"``.
        given : mapping of str to label, or str, optional
            The evidence: states observed after the intervention, or their text.

        Returns
        -------
        Table
            Its axes are in the order of ``names``.

        Raises
        ------
        DataError
            A name is unknown or a duplicate, the evidence is not a mapping or text or has
            probability zero, or the table is too large.
        InterventionError
            ``do`` is not an intervention on the network.

        Examples
        --------
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> net.marginal(["A"], given="A=high").values.tolist()
        [0.0, 1.0]
        """
        evidence = read_evidence(given)
        return conditional(self._space, self._tables, names, self.any_target(do), evidence)

    def sample(
        self,
        n: int,
        do: InterventionLike | None = None,
        rng: Rng = None,
        as_frame: bool = False,
        threads: int | None = None,
    ) -> Any:
        """Draw rows from P(. | do).

        Parameters
        ----------
        n : int
            The number of rows.
        do : mapping of str to value, or str, optional
            The intervention, hard or soft, or its text such as ``"PKC=high"``.
        rng : int or numpy.random.Generator, optional
            A seed or a generator. By default fresh entropy.
        as_frame : bool, default False
            Return a data frame of labels instead of codes.
        threads : int, optional
            By default one per available core; the rows do not depend on it.

        Returns
        -------
        ndarray of uint8, shape (n, variables), or data frame
            The rows.
        """
        target = self.any_target(do)
        codes = sample(self._tables, whole_number(n, "n"), target, generator(rng), threads)
        return frames.decode(self._space, codes) if as_frame else codes

    # Other libraries

    def to_networkx(self) -> networkx.DiGraph:
        """Return a ``networkx.DiGraph`` with ``states``, ``parents`` and ``cpt`` on each node."""
        return adapters.to_networkx(self.to_record())

    def to_pgmpy(self) -> pgmpy.models.DiscreteBayesianNetwork:
        """Return a pgmpy network, in double precision."""
        return adapters.to_pgmpy(self.to_record())

    def to_pyagrum(self) -> pyagrum.BayesNet:
        """Return a pyagrum network, in double precision; labels become text, with a warning."""
        return adapters.to_pyagrum(self.to_record())
