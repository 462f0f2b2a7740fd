"""A mixture of interventions on one network."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention, do
from domix.core.joint import is_probability
from domix.core.space import Label
from domix.core.tables import Target
from domix.data import frame as frames
from domix.errors import DomixWarning, InterventionError
from domix.model.codes import float_kind, of_codes
from domix.model.network import Network
from domix.model.table import Table, mixed
from domix.query.probability import exact_prob, mixture_log_prob, posterior
from domix.query.sampling import sample
from domix.util.arguments import Rng, generator, row_count
from domix.util.rational import brief

__all__ = ["Mixture"]

WEIGHT_SUM = 1e-9


class Mixture:
    """P_mix(V) = sum of weights times P(V | do(target)), over distinct targets.

    Parameters
    ----------
    network
    components
        Intervention to weight, or pairs of them; any mapping from variables to states serves as an
        intervention. Weights are at least 0 and sum to 1 (floats: within 1e-9; fractions: exactly).

    Raises
    ------
    InterventionError
        An unknown variable or state, two targets that are the same, a weight that is negative or
        no number, a sum that is not 1, or no component at all.

    Source
    ------
    Kumar and Sinha (UAI 2021), Definition 3.1.

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
        components: Mapping[Intervention, Any] | Iterable[tuple[Mapping[str, Label], Any]],
    ) -> None:
        pairs = components.items() if isinstance(components, Mapping) else components
        if not isinstance(pairs, Iterable):
            raise InterventionError(
                f"a mixture maps interventions to weights; {components!r} does not"
            )
        self._network = network
        targets: list[Target] = []
        weights = []
        for assignment, weight in pairs:
            target = network.target(assignment)
            if target in targets:
                raise InterventionError(f"the target {do(assignment)} is there twice")
            targets.append(target)
            weights.append(_checked_weight(assignment, weight))
        exact = network.is_exact and all(isinstance(w, Rational) for w in weights)
        self._targets = tuple(targets)
        self._weights = np.array(
            [Fraction(w) if exact else float(w) for w in weights],
            dtype=object if exact else np.float64,
        )
        total = self._weights.sum() if exact else math.fsum(self._weights)
        if not targets or (total != 1 if exact else abs(total - 1) > WEIGHT_SUM):
            raise InterventionError(f"the weights sum to {brief(total)}, not 1")
        self._weights.flags.writeable = False

    @property
    def network(self) -> Network:
        return self._network

    @property
    def interventions(self) -> tuple[Intervention, ...]:
        """The targets in the order given, with the network's own labels."""
        space = self._network.space
        return tuple(Intervention(space.assignment(t)) for t in self._targets)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets in codes, in the order given."""
        return self._targets

    @property
    def weights(self) -> npt.NDArray[Any]:
        """Shape (components,), in the order given: float64, or fractions if all is exact."""
        return self._weights

    @property
    def is_exact(self) -> bool:
        """Whether the weights and the network are fractions."""
        return self._weights.dtype == object

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{t}: {brief(w)}" for t, w in zip(self.interventions, self._weights, strict=True)
        )
        return f"Mixture({{{parts}}})"

    def log_prob(
        self, data: Any, threads: int | None = None, dtype: npt.DTypeLike = np.float64
    ) -> npt.NDArray[Any]:
        """Natural logarithm of P_mix(row), shape (rows,); -inf where impossible.

        ``threads`` and ``dtype`` as in :meth:`Network.log_prob`.
        """
        kind, tables = float_kind(dtype), self._network.tables

        def density(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
            return mixture_log_prob(tables, codes, self._targets, self._weights, threads, kind)

        return of_codes(self._network.space, data, density)

    def prob(self, data: Any, threads: int | None = None) -> npt.NDArray[Any]:
        """P_mix(row), shape (rows,): float64, or fractions in an object array if exact.

        ``threads`` as in :meth:`Network.log_prob`.
        """
        if not self.is_exact:
            logs = self.log_prob(data, threads)
            np.exp(logs, out=logs)
            return logs
        return np.asarray(self._exact_joint(data).sum(axis=1))

    def posterior(self, data: Any, threads: int | None = None) -> npt.NDArray[Any]:
        """P(component | row), shape (rows, components), columns in the order of ``interventions``.

        float64, or fractions in an object array if exact. ``threads`` as in
        :meth:`Network.log_prob`.

        Warns
        -----
        DomixWarning
            Rows that no component can produce have no posterior: theirs is NaN, and the warning
            says how many there are and names the first.
        """
        if self.is_exact:
            joint = self._exact_joint(data)
            density = joint.sum(axis=1)
            impossible = density == 0
            given = np.full(joint.shape, np.nan, dtype=object)
            given[~impossible] = joint[~impossible] / density[~impossible, None]
        else:
            tables = self._network.tables

            def shares(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
                return posterior(tables, codes, self._targets, self._weights, threads)

            given = of_codes(self._network.space, data, shares)
            impossible = np.isnan(given[:, 0])
        if impossible.any():
            warnings.warn(
                f"{int(impossible.sum())} rows are impossible under every component and have no "
                f"posterior; the first is row {int(np.argmax(impossible))} (counting from 0)",
                DomixWarning,
                stacklevel=2,
            )
        return given

    def _exact_joint(self, data: Any) -> npt.NDArray[Any]:
        """Shape (rows, components): the weight of each times P(row | component), as fractions."""
        codes = self._network.encode(data)
        out = np.empty((len(codes), len(self._targets)), dtype=object)
        for c, (target, weight) in enumerate(zip(self._targets, self._weights, strict=True)):
            out[:, c] = weight * exact_prob(self._network.tables, codes, target)
        return out

    def marginal(self, names: Sequence[str]) -> Table:
        """P_mix(names) as a :class:`Table`."""
        net = self._network
        return mixed(net.space, net.tables, names, self._targets, self._weights.tolist())

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
        n
            How many.
        rng
            None (fresh entropy), a seed, or a generator.
        as_frame
            Return a data frame of labels instead of codes.
        return_components
            Return ``(rows, components)`` where ``components`` (n,) int64 says which component, as
            an index of ``interventions``, each row came from.
        threads
            As in :meth:`Network.sample`.
        """
        n, rng = row_count(n), generator(rng)
        weights = self._weights.astype(np.float64)
        origin = rng.choice(len(weights), size=n, p=weights / weights.sum())
        tables = self._network.tables
        codes = np.empty((n, tables.layout.n), dtype=np.uint8)
        for c, target in enumerate(self._targets):
            where = np.flatnonzero(origin == c)
            codes[where] = sample(tables, len(where), target, rng, threads)
        rows = frames.decode(self._network.space, codes) if as_frame else codes
        return (rows, origin) if return_components else rows


def _checked_weight(assignment: Mapping[str, Label], weight: Any) -> Any:
    if isinstance(weight, bool) or not isinstance(weight, Real):
        raise InterventionError(f"the weight of {do(assignment)} is no number: {weight!r}")
    if isinstance(weight, Rational):
        weight = Fraction(int(weight.numerator), int(weight.denominator))
    if not is_probability(weight):
        raise InterventionError(
            f"the weight of {do(assignment)} is {brief(weight)}; a weight is between 0 and 1"
        )
    return weight
