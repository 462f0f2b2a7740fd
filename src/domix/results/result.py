"""The result of every way of disentangling."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from domix.core.intervention import Intervention
from domix.core.notation import InterventionLike
from domix.core.soft.values import states_of
from domix.core.space import Label
from domix.data.frame import RowsLike, from_columns
from domix.errors import DataError, DomixError, DomixWarning, FormatError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.row_labels import read_labels
from domix.results.assignment import Assignment, assign_rows
from domix.results.checks.check import ModelCheck
from domix.results.component import Component, tabulate, tabulate_text
from domix.results.contrast import ContrastReport
from domix.results.goodness import GoodnessOfFit, goodness_of_fit
from domix.results.graph import GraphReport
from domix.results.record import SOURCE, ResultRecord, read_result, write_result
from domix.results.soft import SoftReport
from domix.util.arrays import Floats, Objects
from domix.util.text_tables import aligned, html_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

IMPOSSIBLE_SHOWN = 10
"""Impossible rows that a summary names."""


@dataclass(frozen=True, eq=False)
class Disentanglement:
    """Recovered interventions and weights, and how they were obtained.

    Attributes
    ----------
    network : Network
        The network, with its tables re-estimated if they were learnt. It has no counts: to
        disentangle other rows with tables that are still learnt, use the network you started with.
    components : tuple of Component
        The recovered interventions, by falling weight.
    method : str
        ``"likelihood"``, ``"population"`` or ``"plugin"``.
    rows : float or None
        Number of rows (the sum of their counts); None from a distribution.
    alpha : float or None
        Family-wise error of the tests of the targets: of all that were not named in advance, and
        of those that were suspected.
    log_likelihood : float or None
        Natural log-likelihood of the rows under ``mixture``, without the rows in ``unexplained``.
    best_move_gain : float or None
        Estimated gain in log-likelihood, in nats, of the best change of one variable that the
        search did not make; the gain after a refit where such a target passes the test.
    best_move_significant : bool or None
        Whether that gain passes the test that every reported target passed. True means that the
        search stopped too early, which is not expected.
    excluded : mapping of str to tuple
        Each variable's states that no target uses: none sets it, and none draws it.
    unexplained : tuple of int
        Rows (counting from 0) that no component can produce.
    facts : mapping of str to str
        What the answer relies on: whether the tables were known or learnt (``"tables"``); where it
        is outside of what alpha was measured for (``"alpha"``); the largest share that could have
        gone unseen beside the only target (``"unseen"``). From a distribution, the guarantees that
        :func:`disentangle_population` describes.
    converged : bool or None
        Whether the estimation converged before its iteration limits; None if the method does not
        iterate.
    graph : GraphReport or None
        The edges of a repaired or learnt graph; None if the graph was given.
    check : ModelCheck or None
        Whether the control rows fit the graph of the result; None without control rows, or where
        there are too many variables and rows to check it by the way (see :func:`check_model`).
    contrast : ContrastReport or None
        How the rows were compared with control rows; None if they were not.
    soft : SoftReport or None
        Why components draw values, or misread them; None if every target is hard.

    See Also
    --------
    disentangle : From rows.
    disentangle_population : From a distribution.

    Examples
    --------
    >>> from domix import Mixture, Network, disentangle, do
    >>> net = Network({"A": []}, {"A": ["low", "mid", "high"]}, {"A": [0.25, 0.5, 0.25]})
    >>> rows = Mixture(net, {do(): 0.4, do(A="low"): 0.6}).sample(2000, rng=0)
    >>> result = disentangle(net, rows)
    >>> [str(c.intervention) for c in result.components]
    ['do(A=low)', 'do()']
    >>> result.excluded["A"]
    ('mid', 'high')
    """

    network: Network
    components: tuple[Component, ...]
    method: str
    rows: float | None = None
    alpha: float | None = None
    log_likelihood: float | None = None
    best_move_gain: float | None = None
    best_move_significant: bool | None = None
    unexplained: tuple[int, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    converged: bool | None = None
    graph: GraphReport | None = None
    check: ModelCheck | None = None
    contrast: ContrastReport | None = None
    soft: SoftReport | None = None

    @property
    def mixture(self) -> Mixture:
        """The components as a mixture over ``network``."""
        return Mixture(self.network, {c.intervention: c.weight for c in self.components})

    @property
    def excluded(self) -> Mapping[str, tuple[Label, ...]]:
        """Each variable's states that no target uses."""
        used = {
            (name, state)
            for c in self.components
            for name, value in c.intervention.items()
            for state in states_of(value)
        }
        return {
            name: tuple(s for s in states if (name, s) not in used)
            for name, states in self.network.states.items()
        }

    def posterior(
        self, data: RowsLike, labels: Iterable[InterventionLike | None] | None = None
    ) -> Floats | Objects:
        """Compute P(component | row) by Bayes' rule.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            Rows, as labels or as codes.
        labels : iterable, optional
            Known interventions of the rows, as in :func:`disentangle`: the component of a labelled
            row is certain.

        Returns
        -------
        ndarray of float64 or object, shape (rows, components)
            Columns in the order of ``components``; fractions if network and weights are exact. NaN
            in rows that no component can produce.

        Raises
        ------
        DataError
            The rows or labels do not fit the network, or a label is not a component.

        Warns
        -----
        DomixWarning
            No component can produce some rows.
        """
        posterior = self.mixture.posterior(data)
        if labels is None:
            return posterior
        known = read_labels(self.network, self.network.encode(data), labels, learnt=True)
        columns = {
            self.network.any_target(c.intervention): a for a, c in enumerate(self.components)
        }
        for target, rows in known.by_target():
            if target not in columns:
                intervention = Intervention(self.network.space.assignment(target))
                raise DataError(
                    f"row {rows[0]} (counting from 0): {intervention} is not a component of this "
                    "result",
                    argument="labels",
                )
            posterior[rows] = 0.0
            posterior[rows, columns[target]] = 1.0
        return posterior

    def assign(
        self, data: RowsLike, labels: Iterable[InterventionLike | None] | None = None
    ) -> Assignment:
        """Find the most probable component of each row.

        Of components that are equally probable, but for rounding, it is the first.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            Rows, as labels or as codes.
        labels : iterable, optional
            Known interventions of the rows, as in :meth:`posterior`.

        Returns
        -------
        Assignment
            ``(interventions, probabilities)``, both of shape (rows,): None and NaN where no
            component can produce the row.

        Raises
        ------
        DataError
            As in :meth:`posterior`.
        """
        with warnings.catch_warnings():
            # An impossible row is visible in the answer: None and NaN.
            warnings.simplefilter("ignore", DomixWarning)
            posterior = self.posterior(data, labels).astype(np.float64)
        return assign_rows([c.intervention for c in self.components], posterior)

    def goodness_of_fit(
        self,
        data: RowsLike,
        counts: ArrayLike | None = None,
        observational: RowsLike | Network | None = None,
    ) -> GoodnessOfFit:
        """Compare the rows with the fit, for each variable in each configuration of its parents.

        Components can explain a wrong graph or table instead of interventions; the comparison shows
        where the model does not fit.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            The rows of the mixture that were disentangled.
        counts : array_like of float, shape (rows,), optional
            How often each row occurred; None is once.
        observational : data frame, array_like of int or Network, optional
            The data from which the tables were learnt: rows without interventions, or the network
            with its counts (if from both, a network with the counts of all those rows). None takes
            the tables as known: learnt tables have adapted to the rows, so hardly any test is
            significant then.

        Returns
        -------
        GoodnessOfFit
            Likelihood-ratio tests with Holm's correction at ``alpha``, and the components whose
            rows are mostly where the model does not fit.

        Raises
        ------
        DataError
            Rows that do not fit the network, or none; a network without counts.

        Warns
        -----
        DomixWarning
            An iteration limit ended the fit of a table's row before it converged.

        Examples
        --------
        >>> import domix
        >>> from domix import do
        >>> parents, states = {"A": [], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}
        >>> true = domix.Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.4, 0.6]]})
        >>> wrong = domix.Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.1, 0.9]]})
        >>> rows = domix.Mixture(true, {do(): 0.8, do(A=0): 0.2}).sample(2000, rng=0)
        >>> result = domix.disentangle(wrong, rows)
        >>> [str(c.intervention) for c in result.components]  # do(B=0) is a false target
        ['do()', 'do(B=0)', 'do(A=0)']
        >>> fit = result.goodness_of_fit(rows, observational=true.sample(2000, rng=1))
        >>> [(row.variable, row.given_text) for row in fit.flagged]
        [('B', 'A=1')]
        >>> [str(c.intervention) for c in fit.doubtful]
        ['do(B=0)']
        """
        return goodness_of_fit(self.mixture, data, counts, observational, self.alpha)

    def to_frame(self, backend: str | None = None) -> Any:
        """Return a data frame, one row per component.

        Its columns are intervention, weight, std_error, low, high, p_value, known, relation,
        reproduced, drop_cost, log_count and critical_value (of the test), undetected, hull_low,
        hull_high, exact and alternatives.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            The package of the frame; None takes the first that is installed.

        Returns
        -------
        DataFrame or Table
            Of that package.

        Raises
        ------
        MissingExtraError
            The package, or any of the three, is not installed.
        """
        return from_columns(tabulate(self.components), backend)

    def summary(self) -> str:
        """Return a readable table with notes on the fit."""
        head, body = tabulate_text(self.components)
        table = aligned(head, body, ">" * (len(head) - 1) + "<")
        rule = table.splitlines()[1]
        return "\n".join([table, rule, *self._notes()])

    def _notes(self) -> list[str]:
        """Lines below the table."""
        many = "" if len(self.components) == 1 else "s"
        notes = [f"{len(self.components)} target{many}, method: {self.method}"]
        if any(c.exact is not None for c in self.components):
            exact = sum(bool(c.exact) for c in self.components)
            notes[0] = f"{len(self.components)} target{many}, {exact} exact, method: {self.method}"
        if self.rows is not None:
            notes[0] += f", {self.rows:,.0f} row{'' if self.rows == 1 else 's'}"
        if self.log_likelihood is not None:
            notes.append(f"log-likelihood {self.log_likelihood:,.2f}")
        if self.best_move_gain is not None:
            verdict = "SIGNIFICANT" if self.best_move_significant else "not significant"
            notes.append(
                f"best change not taken would gain {self.best_move_gain:.2f} nats ({verdict})"
            )
        if self.converged is False:
            notes.append("an iteration limit ended the estimation before it converged")
        if self.graph is not None:
            notes.append(f"graph: {self.graph.changes_text()}")
        if self.check is not None and self.check.rejected:
            notes.append(self.check.verdict)
        if self.contrast is not None and self.contrast.misfit:
            notes.append(f"controls: {self.contrast}")
        if self.soft is not None:
            notes.append(f"soft targets: {self.soft}")
        if self.unexplained:
            shown = ", ".join(map(str, self.unexplained[:IMPOSSIBLE_SHOWN]))
            more = ", ..." if len(self.unexplained) > IMPOSSIBLE_SHOWN else ""
            notes.append(
                f"{len(self.unexplained)} rows are impossible under every target "
                f"(counting from 0: {shown}{more})"
            )
        notes.extend(f"{key}: {value}" for key, value in self.facts.items())
        return notes

    def __repr__(self) -> str:
        return f"<Disentanglement: {len(self.components)} targets, method {self.method!r}>"

    def _repr_html_(self) -> str:
        notes = "<br>".join(html.escape(note) for note in self._notes())
        return f"{html_table(*tabulate_text(self.components))}<p>{notes}</p>"

    def to_json(self) -> str:
        """Return a versioned JSON document that :meth:`from_json` reads back."""
        return write_result(ResultRecord(**vars(self) | {"network": self.network.to_record()}))

    @classmethod
    def from_json(cls, text: str) -> Disentanglement:
        """Read a document that :meth:`to_json` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        Disentanglement
            The same result.

        Raises
        ------
        FormatError
            The text is not such a document; the message names the place.
        """
        record = read_result(text)
        network = Network.from_record(record.network, source=f"{SOURCE}: network")
        result = cls(**vars(record) | {"network": network})
        try:
            result.mixture  # noqa: B018 - the network must have what the components set
        except DomixError as error:
            raise FormatError(f"components: {error}", source=SOURCE) from None
        return result
