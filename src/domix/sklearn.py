"""The default estimator by the conventions of scikit-learn: pipelines, cross-validation, grids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

import numpy as np

from domix.core.intervention import Intervention
from domix.data.frame import RowsLike, is_frame
from domix.data.missing import RowOptions
from domix.errors import DataError, MissingExtraError
from domix.estimation.disentangle import disentangle
from domix.model.graphs import GraphLike
from domix.model.network import Network
from domix.results.result import Disentanglement
from domix.util.arrays import Floats, Ints, Objects
from domix.work.interrupt import stopping_at_once

try:
    from sklearn.base import BaseEstimator, DensityMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data
except ImportError:
    raise MissingExtraError("domix.sklearn", "scikit-learn", "sklearn") from None

__all__ = ["Disentangler"]

IMPOSSIBLE = -1
"""Label of a row that no component can produce."""

OWN = {
    "net": "network",
    "data": "X",
    "observational": "observational",
    "alpha": "alpha",
    "max_target_size": "max_target_size",
    "rng": "random_state",
}
"""Arguments of ``disentangle`` that are not options, to what gives them here."""


class Disentangler(DensityMixin, BaseEstimator):  # type: ignore[misc]
    """Finds hidden interventions, as an estimator of scikit-learn.

    It is a density estimator for discrete variables, as mixture models are: it fits
    :func:`domix.disentangle`, labels rows with the components, and scores by log-likelihood.

    Rows are data frames of labels, or arrays of whole numbers: codes in the order of the network's
    variables, such as those of ``OrdinalEncoder``. Measurements must be discretized before. A
    discretizer whose cut points come from control rows is one step of a pipeline, as
    ``FunctionTransformer(discretizer.transform)``.

    Parameters
    ----------
    network : Network, mapping of str to sequence of str, or iterable of str, optional
        What :func:`domix.disentangle` takes: a network, or with ``observational`` its graph. None
        takes all variables as independent, with the frequencies that they have in ``X``: a first
        look, which finds values that occur together too often.
    observational : data frame or array_like of int, shape (controls, variables), optional
        Rows without interventions, from which the tables are learnt.
    alpha : float, default 0.05
        Family-wise error of the tests of the targets.
    max_target_size : int, optional
        Largest number of variables that a target sets.
    options : mapping of str to object, optional
        More keyword arguments of :func:`domix.disentangle`, such as ``{"soft": False}``. Those that
        say how rows are read, such as ``{"missing": "marginalize"}``, hold in every method.
    random_state : int or numpy.random.RandomState, optional
        The seed; None is seed 0, as in :func:`domix.disentangle`.

    Attributes
    ----------
    result_ : Disentanglement
        The result.
    interventions_ : tuple of Intervention
        Its interventions, by falling weight.
    n_features_in_ : int
        Number of variables.
    feature_names_in_ : ndarray of str, shape (n_features,)
        Names of the columns of ``X``, if it was a data frame.

    See Also
    --------
    domix.disentangle : The estimator.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from domix import Mixture, Network, do
    >>> net = Network(
    ...     {"A": [], "B": ["A"]},
    ...     {"A": [0, 1, 2], "B": [0, 1]},
    ...     {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]},
    ... )
    >>> X = Mixture(net, {do(): 0.7, do(A=0, B=1): 0.3}).sample(1000, rng=0)
    >>> search = GridSearchCV(Disentangler(net), {"max_target_size": [0, 2]}, cv=3).fit(X)
    >>> search.best_params_
    {'max_target_size': 2}
    >>> search.best_estimator_.interventions_
    (do(), do(A=0, B=1))
    """

    def __init__(
        self,
        network: Network | GraphLike | None = None,
        *,
        observational: RowsLike | None = None,
        alpha: float = 0.05,
        max_target_size: int | None = None,
        options: Mapping[str, Any] | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.network = network
        self.observational = observational
        self.alpha = alpha
        self.max_target_size = max_target_size
        self.options = options
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Return the tags: values are categories, as numbers of at least 0 where X is an array."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        return tags

    def fit(self, X: RowsLike, y: object = None) -> Self:
        """Find the interventions behind rows.

        Parameters
        ----------
        X : data frame or array_like of int, shape (rows, variables)
            Rows of the mixture.
        y : None
            Ignored.

        Returns
        -------
        Disentangler
            This estimator.

        Raises
        ------
        DataError
            The rows do not fit the network, or are measurements; there are control rows and no
            network; or ``options`` name groups, or what this estimator takes itself.
        """
        _check_options(self.options or {})
        rows = self._read(X, reset=True)
        random = self.random_state
        if isinstance(random, np.random.RandomState):
            random = check_random_state(random).randint(np.iinfo(np.int32).max)
        with stopping_at_once():
            self.result_: Disentanglement = disentangle(
                self._find_network(rows),
                rows,
                observational=self.observational,
                alpha=self.alpha,
                rng=random,
                max_target_size=self.max_target_size,
                **dict(self.options or {}),
            )
        self.interventions_: tuple[Intervention, ...] = self.result_.mixture.interventions
        return self

    def predict(self, X: RowsLike) -> Ints:
        """Find the most probable component of each row.

        Parameters
        ----------
        X : data frame or array_like of int, shape (rows, variables)
            Rows.

        Returns
        -------
        ndarray of int64, shape (rows,)
            Indices in ``interventions_``; -1 where no component can produce the row, or it was
            dropped.
        """
        best = self._fitted().assign(self._read(X), **self._row_options()).interventions
        numbers = {t: number for number, t in enumerate(self.interventions_)}
        return np.array([numbers.get(t, IMPOSSIBLE) for t in best], dtype=np.int64)

    def predict_proba(self, X: RowsLike) -> Floats:
        """Compute the posterior probability of each component.

        Parameters
        ----------
        X : data frame or array_like of int, shape (rows, variables)
            Rows.

        Returns
        -------
        ndarray of float64, shape (rows, components)
            Columns in the order of ``interventions_``; NaN where no component can produce the row.

        Warns
        -----
        DomixWarning
            No component can produce some rows.
        """
        return self._fitted().posterior(self._read(X), **self._row_options()).astype(np.float64)

    def score_samples(self, X: RowsLike) -> Floats:
        """Compute the log-likelihood of each row.

        Parameters
        ----------
        X : data frame or array_like of int, shape (rows, variables)
            Rows.

        Returns
        -------
        ndarray of float64, shape (rows,)
            Natural logarithms; -inf where no component can produce the row, NaN where it was
            dropped.
        """
        return self._fitted().mixture.log_prob(self._read(X), **self._row_options())

    def score(self, X: RowsLike, y: object = None) -> float:
        """Compute the mean log-likelihood of rows, by which cross-validation compares models.

        Parameters
        ----------
        X : data frame or array_like of int, shape (rows, variables)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        float
            In nats, without rows that were dropped; -inf if no component can produce some row.
        """
        return float(np.nanmean(self.score_samples(X)))

    def get_feature_names_out(self, input_features: object = None) -> Objects:
        """Return the texts of the interventions: names of the columns of :meth:`predict_proba`.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of object, shape (components,)
            One text for each of ``interventions_``.
        """
        self._fitted()
        return np.array([str(t) for t in self.interventions_], dtype=object)

    def _fitted(self) -> Disentanglement:
        check_is_fitted(self)
        return self.result_

    def _row_options(self) -> RowOptions:
        """Return the options that say how rows are read, of those for :func:`domix.disentangle`."""
        given: Any = self.options or {}
        read: Any = {name: given[name] for name in RowOptions.__annotations__ if name in given}
        return cast("RowOptions", read)

    def _read(self, X: RowsLike, *, reset: bool = False) -> Any:
        """Check rows as scikit-learn does; return a frame as it is, and an array as codes."""
        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        array = validate_data(self, X, reset=reset)
        check_non_negative(array, "Disentangler")
        codes = array.astype(np.int64)
        if not np.array_equal(codes, array):
            row, column = np.argwhere(codes != array)[0].tolist()
            raise DataError(
                f"row {row} (counting from 0), column {column}: {array[row, column]} is not a "
                "whole number; discretize measurements first, and put labels in a data frame",
                argument="X",
            )
        return codes

    def _find_network(self, rows: Any) -> Network | GraphLike:
        """Return the network; without one, that of independent variables."""
        if self.network is not None:
            return self.network
        if self.observational is not None:
            raise DataError(
                "control rows need the graph of the variables, or a network; pass network=...",
                argument="observational",
            )
        names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(self.n_features_in_)])
        fitted = Network.fit({str(name): [] for name in names}, rows, **self._row_options())
        cpts = {name: fitted.cpt(name) for name in fitted.variables}
        return Network(fitted.parents, fitted.states, cpts)


def _check_options(options: Mapping[str, Any]) -> None:
    """Refuse arguments of ``disentangle`` that cannot be options."""
    for name in options:
        if name in OWN:
            raise DataError(
                f"{name!r} is not an option here; give it as {OWN[name]}=...", argument="options"
            )
        if name == "groups":
            raise DataError(
                "'groups' would give several results; fit one estimator to the rows of each group, "
                "or call domix.disentangle",
                argument="options",
            )
