"""A mixture of interventions on one network."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention, do
from domix.core.notation import InterventionLike
from domix.core.soft.targets import AnyTarget, SoftTarget, decode, is_exact
from domix.core.tables import Target
from domix.data import frame as frames
from domix.data.completions import complete_rows
from domix.data.frame import RowsLike
from domix.data.missing import Encoded, RowOptions
from domix.errors import DomixWarning, InterventionError
from domix.model.components import expand_components, read_components, read_weights
from domix.model.network import Network
from domix.model.table import Table, mixture_marginal
from domix.query.probability import exact_prob, mixture_log_prob, posterior
from domix.query.sampling import sample_mixture
from domix.util.arrays import Codes, Floats, Ints, Objects
from domix.util.checks import Rng, float_type, generator, whole_number
from domix.util.rational import brief, short
from domix.util.text_tables import html_table, shorten_rows


class Mixture:
    r"""A mixture of interventions on one network.

    .. math:: P_{mix}(V) = \sum_t \pi_t P(V \mid do(t)),

    over distinct targets :math:`t` with weights :math:`\pi_t` [1]_.

    Parameters
    ----------
    network : Network
        The network.
    components : mapping of Intervention or str to number, or iterable of pairs
        Interventions, hard or soft, or their texts, and their weights; in pairs, any mapping from
        variables to values is an intervention. Weights are at least 0 and sum to 1 (floats: within
        1e-9; fractions: exactly).

    Raises
    ------
    InterventionError
        A variable or state is unknown, a target is a duplicate, a weight is negative or not a
        number, the sum is not 1, or there is no component.

    References
    ----------
    .. [1] Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021,
       Definition 3.1.

    Examples
    --------
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    >>> mix = Mixture(net, {do(): 0.5, do(A="low"): 0.5})
    >>> mix.marginal(["A"]).values.tolist()
    [0.625, 0.375]
    >>> Mixture(net, {do(): 0.5, do(A="low"): 0.4})
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: the weights sum to 0.9, not 1
    """

    __slots__ = ("_network", "_targets", "_weights")

    def __init__(
        self,
        network: Network,
        components: Mapping[Intervention, Any]
        | Mapping[str, Any]
        | Iterable[tuple[InterventionLike, Any]],
    ) -> None:
        self._network = network
        targets: list[AnyTarget] = []
        given = list(read_components(components))
        for intervention, _ in given:
            target = network.any_target(intervention)
            if target in targets:
                raise InterventionError(f"duplicate target {do(intervention)}")
            targets.append(target)
        self._targets = tuple(targets)
        self._weights = read_weights(given, network.is_exact and all(map(is_exact, targets)))

    @property
    def network(self) -> Network:
        """The network."""
        return self._network

    @property
    def interventions(self) -> tuple[Intervention, ...]:
        """The targets in the order given, with the network's own labels."""
        space = self._network.space
        return tuple(Intervention(decode(space, t)) for t in self._targets)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets in codes, in the order given.

        Raises
        ------
        InterventionError
            One draws values, so that it has no codes of this kind; see :attr:`any_targets`.
        """
        return tuple(
            self._network.target(decode(self._network.space, t)) if isinstance(t, SoftTarget) else t
            for t in self._targets
        )

    @property
    def any_targets(self) -> tuple[AnyTarget, ...]:
        """The targets in codes, hard or soft, in the order given."""
        return self._targets

    @property
    def is_soft(self) -> bool:
        """Whether a component draws values."""
        return any(isinstance(target, SoftTarget) for target in self._targets)

    @property
    def weights(self) -> Objects:
        """The weights in the order given, shape (components,): float64, or fractions if exact."""
        return self._weights

    @property
    def is_exact(self) -> bool:
        """Whether the weights, the network and the probabilities of its targets are fractions."""
        return self._weights.dtype == object

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{t}: {brief(w)}" for t, w in zip(self.interventions, self._weights, strict=True)
        )
        return f"Mixture({{{parts}}})"

    def _repr_html_(self) -> str:
        pairs = zip(self.interventions, self._weights.tolist(), strict=True)
        body = [[short(weight), str(intervention)] for intervention, weight in pairs]
        return html_table(["weight", "intervention"], shorten_rows(body, most=40), "><")

    def log_prob(
        self,
        data: RowsLike,
        threads: int | None = None,
        dtype: npt.DTypeLike = np.float64,
        **options: Unpack[RowOptions],
    ) -> npt.NDArray[Any]:
        """Compute log P_mix(row), the natural logarithm.

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            As in :meth:`Network.encode`.
        threads : int, optional
            By default one per available core; the result does not depend on it.
        dtype : data-type, default numpy.float64
            The type of the result, this or numpy.float32; the computation is in double precision.
        **options
            ``missing``, ``extra`` and ``missing_values``, as in :meth:`Network.encode`. Of rows
            with ``missing="marginalize"``, entries that are missing are summed out.

        Returns
        -------
        ndarray of ``dtype``, shape (rows,)
            -inf where a row is impossible, NaN where it was dropped.
        """
        kind, tables = float_type(dtype), self._network.tables

        def density(codes: Codes) -> Floats:
            return mixture_log_prob(tables, codes, self._targets, self._weights, threads, kind)

        space = self._network.space
        logs, rows, completions = frames.apply_to_codes(density, space, data, **options)
        if completions is not None:
            logs = completions.sum_logs(logs).astype(kind)
        full: npt.NDArray[Any] = rows.spread(logs)
        return full

    def prob(
        self, data: RowsLike, threads: int | None = None, **options: Unpack[RowOptions]
    ) -> Objects:
        """Compute P_mix(row).

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            As in :meth:`Network.encode`.
        threads : int, optional
            By default one per available core; the result does not depend on it.
        **options
            ``missing``, ``extra`` and ``missing_values``, as in :meth:`Network.encode`. Of rows
            with ``missing="marginalize"``, entries that are missing are summed out.

        Returns
        -------
        ndarray of float64, or of object with ``Fraction`` elements, shape (rows,)
            Fractions if the mixture is exact. NaN where a row was dropped.
        """
        if not self.is_exact:
            logs = self.log_prob(data, threads, **options)
            np.exp(logs, out=logs)
            return logs
        joint, rows = self._exact_joint(data, options)
        return np.asarray(rows.spread(joint.sum(axis=1)))

    def posterior(
        self, data: RowsLike, threads: int | None = None, **options: Unpack[RowOptions]
    ) -> Objects:
        """Compute P(component | row).

        Parameters
        ----------
        data : data frame or array_like of int, shape (rows, variables)
            As in :meth:`Network.encode`.
        threads : int, optional
            By default one per available core; the result does not depend on it.
        **options
            ``missing``, ``extra`` and ``missing_values``, as in :meth:`Network.encode`. Of rows
            with ``missing="marginalize"``, entries that are missing are summed out.

        Returns
        -------
        ndarray of float64, or of object with ``Fraction`` elements, shape (rows, components)
            Columns in the order of ``interventions``; NaN in rows that no component can produce,
            and in rows that were dropped.

        Warns
        -----
        DomixWarning
            No component can produce some rows; the message gives their number and the first.
        """
        if self.is_exact:
            joint, rows = self._exact_joint(data, options)
            density = joint.sum(axis=1)
            impossible = density == 0
            given = np.full(joint.shape, np.nan, dtype=object)
            given[~impossible] = joint[~impossible] / density[~impossible, None]
        else:
            tables = self._network.tables

            def shares(codes: Codes) -> Floats:
                return posterior(tables, codes, self._targets, self._weights, threads)

            space = self._network.space
            given, rows, completions = frames.apply_to_codes(shares, space, data, **options)
            if completions is not None:
                logs = mixture_log_prob(
                    tables, completions.codes, self._targets, self._weights, threads
                )
                given = completions.average(given, logs)
            impossible = np.isnan(given[:, 0])
        if impossible.any():
            first = rows.numbers[np.argmax(impossible)]
            warnings.warn(
                f"{int(impossible.sum())} rows are impossible under every component and have no "
                f"posterior; the first is row {first} (counting from 0)",
                DomixWarning,
                stacklevel=2,
            )
        full: Objects = rows.spread(given)
        return full

    def _exact_joint(self, data: RowsLike, options: RowOptions) -> tuple[Objects, Encoded]:
        """Compute weight times P(row | component) as fractions, shape (rows, components)."""
        space = self._network.space
        rows = frames.encode(space, data, summed=True, stacklevel=4, **options)
        completions = complete_rows(rows, space.cards)
        codes = rows.codes if completions is None else completions.codes
        out = np.empty((len(codes), len(self._targets)), dtype=object)
        for c, (target, weight) in enumerate(zip(self._targets, self._weights, strict=True)):
            out[:, c] = weight * exact_prob(self._network.tables, codes, target)
        if completions is not None:
            out = np.add.reduceat(out, completions.starts, axis=0)
        return out, rows

    def expand(self) -> Mixture:
        """Return the same distribution as a mixture of hard interventions.

        A component that draws values is one component for each value.

        Returns
        -------
        Mixture
            Hard components, distinct, in the order of this mixture's.

        Raises
        ------
        InterventionError
            A component has a misread variable whose children are not set.

        Examples
        --------
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> mix = Mixture(net, {do(): 0.5, do(A={"low": 0.25, "high": 0.75}): 0.5})
        >>> mix.expand()
        Mixture({do(): 0.5, do(A=low): 0.125, do(A=high): 0.375})
        """
        named = zip(self.interventions, self._targets, self._weights, strict=True)
        weights = expand_components(self._network.tables.layout, named, self.is_exact)
        space = self._network.space
        return Mixture(self._network, [(space.assignment(t), w) for t, w in weights.items()])

    def marginal(self, names: Sequence[str]) -> Table:
        """Compute P_mix(names).

        Parameters
        ----------
        names : sequence of str
            Any variables.

        Returns
        -------
        Table
            Its axes are in the order of ``names``.

        Raises
        ------
        DataError
            A name is unknown or a duplicate, or the table is too large.
        """
        net = self._network
        return mixture_marginal(net.space, net.tables, names, self._targets, self._weights.tolist())

    def sample(
        self,
        n: int,
        rng: Rng = None,
        as_frame: bool = False,
        return_components: bool = False,
        threads: int | None = None,
    ) -> Any:
        """Draw rows from the mixture.

        Parameters
        ----------
        n : int
            The number of rows.
        rng : int or numpy.random.Generator, optional
            A seed or a generator. By default fresh entropy.
        as_frame : bool, default False
            Return a data frame of labels instead of codes.
        return_components : bool, default False
            Return ``(rows, components)``, where ``components`` is an ndarray of int64, shape (n,):
            the index in ``interventions`` of each row's component.
        threads : int, optional
            As in :meth:`Network.sample`.

        Returns
        -------
        ndarray of uint8, shape (n, variables), or data frame, or a pair
            The rows, and their components if asked for.
        """
        [(codes, origin)] = self._draw(n, max(whole_number(n, "n"), 1), rng, threads)
        rows = frames.decode(self._network.space, codes) if as_frame else codes
        return (rows, origin) if return_components else rows

    def sample_batches(
        self, n: int, batch: int, rng: Rng = None, threads: int | None = None
    ) -> Iterator[Codes]:
        """Draw rows in batches, for more rows than memory holds.

        Parameters
        ----------
        n : int
            The number of rows.
        batch : int
            The number of rows of each batch but the last.
        rng : int or numpy.random.Generator, optional
            As in :meth:`sample`; the same seed gives the same rows, whatever ``batch`` is.
        threads : int, optional
            As in :meth:`Network.sample`.

        Returns
        -------
        iterator of ndarray of uint8, shape (rows, variables)

        Examples
        --------
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
        >>> mix = Mixture(net, {do(): 0.5, do(A="low"): 0.5})
        >>> [len(codes) for codes in mix.sample_batches(1000, batch=400, rng=1)]
        [400, 400, 200]
        """
        return (codes for codes, _ in self._draw(n, batch, rng, threads))

    def _draw(
        self, n: int, batch: int, rng: Rng, threads: int | None
    ) -> Iterator[tuple[Codes, Ints]]:
        """Draw rows and their components, in batches."""
        n, batch = whole_number(n, "n"), whole_number(batch, "batch", least=1)
        tables, weights = self._network.tables, self._weights.astype(np.float64)
        return sample_mixture(tables, n, self._targets, weights, generator(rng), threads, batch)
