"""The result of every way of disentangling."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from domix.core.intervention import Intervention
from domix.core.soft.values import states_of
from domix.core.space import Label
from domix.data.frame import RowsLike
from domix.data.missing import RowOptions
from domix.errors import DomixError, DomixWarning, FormatError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.results.assignment import LabelsLike, assign_rows, set_known, tabulate_rows
from domix.results.checks.check import ModelCheck
from domix.results.component import Component
from domix.results.contrast import ContrastReport
from domix.results.goodness import GoodnessOfFit, goodness_of_fit
from domix.results.graph import GraphReport
from domix.results.record import INTERRUPTED, SOURCE, ResultRecord, read_result, write_result
from domix.results.showing.shown import Shown
from domix.results.soft import SoftReport
from domix.util.arrays import Floats, Objects

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False, repr=False)
class Disentanglement(Shown):
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
        What the answer relies on, by name: whether the ``"tables"`` were known or learnt; the
        ``"background knowledge"`` that was given; which targets are ``"in doubt"``, and of which
        tables there are ``"few control rows"``; that the
        ``"model"`` could not be checked; of which ``"samples"`` graphs were judged, and to which
        ``"soft"`` components were fitted; where ``"intervals"`` come from if not from the
        curvature; what became of ``"missing"`` values; how many ``"labels"`` were known; where it
        is outside of what ``"alpha"`` was measured for; the largest share that could have gone
        ``"unseen"`` beside the only target; during which stage Ctrl-C ``"interrupted"`` the
        estimation, and what was left out for it. From a distribution, the guarantees that
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
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the estimation, so that this is what was found until then."""
        return INTERRUPTED in self.facts

    @property
    def contradicted(self) -> bool:
        """Whether control rows contradict the model, or leave targets in doubt: none is exact."""
        is_rejected = self.check is not None and bool(self.check.rejected)
        return is_rejected or (self.contrast is not None and self.contrast.misfit)

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
        self, data: RowsLike, labels: LabelsLike | None = None, **options: Unpack[RowOptions]
    ) -> Floats | Objects:
        """Compute P(component | row) by Bayes' rule.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            Rows, as labels or as codes.
        labels : iterable, optional
            Known interventions of the rows, as in :func:`disentangle`: the component of a labelled
            row is certain.
        **options
            How rows are read: ``missing``, ``extra`` and ``missing_values``, as in
            :func:`disentangle`.

        Returns
        -------
        ndarray of float64 or object, shape (rows, components)
            A row for each row of ``data``, dropped or not; columns in the order of ``components``;
            fractions if network and weights are exact. NaN in rows that no component can produce,
            and in rows that were dropped.

        Raises
        ------
        DataError
            The rows or labels do not fit the network, or a label is not a component.

        Warns
        -----
        DomixWarning
            No component can produce some rows.
        """
        posterior = self.mixture.posterior(data, **options)
        if labels is not None:
            set_known(posterior, self.mixture, data, labels, options)
        return posterior

    def assign(
        self,
        data: RowsLike,
        labels: LabelsLike | None = None,
        *,
        as_frame: bool = False,
        **options: Unpack[RowOptions],
    ) -> Any:
        """Find the most probable component of each row.

        Of components that are equally probable, but for rounding, it is the first. A label is the
        best guess for its row and no more: counts of labels are not estimates of the weights, which
        :meth:`expected_counts` respects.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            Rows, as labels or as codes.
        labels : iterable, optional
            Known interventions of the rows, as in :meth:`posterior`.
        as_frame : bool, default False
            Whether to return a data frame of the kind of ``data``, with the index that pandas gives
            them; for codes, of the first of polars, pandas and pyarrow that is installed.
        **options
            As in :meth:`posterior`.

        Returns
        -------
        Assignment or data frame
            ``(interventions, probabilities)``, both of shape (rows,): None and NaN where no
            component can produce the row, or it was dropped. The frame has one row for each of
            ``data``, with null in such rows, and the columns

            - ``intervention``: the text of the most probable component,
            - ``probability``: its posterior probability,
            - ``entropy``: that of the posterior over the components, in nats: 0 if the component
              is certain,
            - ``set_A``, for each variable ``A``: the posterior probability that the row comes from
              an intervention that sets ``A``, to any value.

        Raises
        ------
        DataError
            As in :meth:`posterior`.
        MissingExtraError
            A frame is wanted for codes, and none of the three packages is installed.

        Examples
        --------
        >>> import pandas
        >>> from domix import Component, Disentanglement, Network, do
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> result = Disentanglement(
        ...     net, (Component(do(), 0.5), Component(do(A="low"), 0.5)), "likelihood"
        ... )
        >>> rows = pandas.DataFrame({"A": ["low", "high"]}, index=["x1", "x2"])
        >>> result.assign(rows, as_frame=True).round(2)
           intervention  probability  entropy  set_A
        x1    do(A=low)          0.8      0.5    0.8
        x2         do()          1.0      0.0    0.0
        """
        with warnings.catch_warnings():
            # An impossible or dropped row is visible in the answer: None and NaN.
            warnings.simplefilter("ignore", DomixWarning)
            posterior = self.posterior(data, labels, **options).astype(np.float64)
        interventions = [c.intervention for c in self.components]
        if as_frame:
            return tabulate_rows(data, self.network.variables, interventions, posterior)
        return assign_rows(interventions, posterior)

    def expected_counts(
        self, data: RowsLike, labels: LabelsLike | None = None, **options: Unpack[RowOptions]
    ) -> dict[Intervention, float]:
        """Compute how many of the rows are expected to come from each component.

        These are the sums of the columns of :meth:`posterior`. Counts of the labels of
        :meth:`assign` differ from them, because every row counts for its best guess alone.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            Rows, as labels or as codes.
        labels : iterable, optional
            Known interventions of the rows, as in :meth:`posterior`.
        **options
            As in :meth:`posterior`.

        Returns
        -------
        dict of Intervention to float
            In the order of ``components``. Rows that no component can produce, or that were
            dropped, are not counted, with a warning.
        """
        sums = np.nansum(self.posterior(data, labels, **options).astype(np.float64), axis=0)
        return {c.intervention: float(n) for c, n in zip(self.components, sums, strict=True)}

    def goodness_of_fit(
        self,
        data: RowsLike,
        counts: ArrayLike | None = None,
        observational: RowsLike | Network | None = None,
        **options: Unpack[RowOptions],
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
        **options
            As in :meth:`posterior`, but for ``missing="marginalize"``.

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
        return goodness_of_fit(self.mixture, data, counts, observational, self.alpha, **options)

    def to_json(self) -> str:
        """Return a versioned JSON document that :meth:`from_json` reads back."""
        return write_result(self._to_record())

    def _to_record(self) -> ResultRecord:
        return ResultRecord(**vars(self) | {"network": self.network.to_record()})

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
        return cls.from_record(read_result(text))

    @classmethod
    def from_record(cls, record: ResultRecord) -> Disentanglement:
        """Return the result of a record.

        Parameters
        ----------
        record : ResultRecord
            What a document holds.

        Returns
        -------
        Disentanglement
            The result.

        Raises
        ------
        FormatError
            The network lacks what a component sets.
        """
        network = Network.from_record(record.network, source=f"{SOURCE}: network")
        result = cls(**vars(record) | {"network": network})
        try:
            result.mixture  # noqa: B018 - the network must have what the components set
        except DomixError as error:
            raise FormatError(f"components: {error}", source=SOURCE) from None
        return result
