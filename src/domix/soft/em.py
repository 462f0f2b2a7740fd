"""Maximum likelihood for a list of soft components: weights, probabilities, rate and tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from domix._kernels import _soft
from domix._kernels._em_structures import Workspace
from domix.em.squarem import Ended, normalized_logs, squarem
from domix.options.search import EmLimits
from domix.soft.components import Setting, SoftComponent
from domix.soft.slots import SlotData
from domix.util.arrays import Floats, Ints
from domix.util.numerics import TINY, dot

LEAST_COUNT = 1e-9
"""Expected count that every allowed value keeps, so that its logarithm is a number."""


@dataclass(frozen=True, eq=False)
class SoftFit:
    """A list of soft components with weights, tables and objective.

    Attributes
    ----------
    components : tuple of SoftComponent
    weights : ndarray, shape (components,)
    log_theta : ndarray, shape (entries,)
        Logarithms of the tables, 0 where a known table holds 0.
    rate : float
        The rate at which shared settings fail; 0 without any.
    objective : float
        Profile log-likelihood in nats, comparable to that of :class:`domix.em.mixture.Fit`.
    ended : Ended
    """

    components: tuple[SoftComponent, ...]
    weights: Floats
    log_theta: Floats
    rate: float
    objective: float
    ended: Ended = Ended.CONVERGED

    @property
    def converged(self) -> bool:
        """Whether neither a limit of steps nor a bound of the caller ended the fit."""
        return self.ended is Ended.CONVERGED

    @property
    def targets(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The modes of the components."""
        return tuple(component.target for component in self.components)


class SoftEm:
    """The EM map of a list of soft components.

    One vector holds the logarithms of all that is fitted besides weights: table entries (unless
    known), the probabilities of each free setting, the rates of success and failure of shared
    settings, and a 0 for what is set outright. Each is a row that sums to 1, like those of a CPT.

    Attributes
    ----------
    total, table_counts, row_starts
        See :class:`~domix.em.squarem.EmMap`.
    start : ndarray
        That vector, at the arguments.
    expected_counts, labelled_counts : ndarray, shape (components,)
        Of the last step, and of labelled rows.
    row_counts : ndarray
        Expected counts of that vector at the arguments of the last step, prior counts included.
    """

    def __init__(
        self,
        data: SlotData,
        components: Sequence[SoftComponent],
        weights: Floats,
        log_theta: Floats,
        rate: float,
    ) -> None:
        problem, layout = data.problem, data.problem.layout
        self.data, self.problem, self.total = data, problem, problem.total
        self.components = tuple(components)
        size = layout.size
        self._theta_size = size
        row_starts, logs, scale = [], [], []
        self._setting_starts: list[list[int]] = []
        at, shared_weight = size, 0.0
        for component, weight in zip(components, weights.tolist(), strict=True):
            starts = []
            for setting in component.settings:
                starts.append(at if setting.is_free else -1)
                if setting.is_free:
                    row_starts.append(at)
                    q = setting.q[list(setting.allowed)]
                    logs.append(np.log(q))
                    scale.append(problem.total * weight * q)
                    at += len(q)
                elif setting.shared:
                    shared_weight += weight
            self._setting_starts.append(starts)
        self._rate, self._zero = at, at + 2
        row_starts += [at, at + 2]
        rates = np.array([1.0 - rate, rate]) if shared_weight else np.array([1.0, LEAST_COUNT])
        logs += [np.log(rates), np.zeros(1)]
        scale += [problem.total * shared_weight * rates, np.zeros(1)]
        for starts in self._setting_starts:
            starts[:] = [self._zero if start < 0 else start for start in starts]
        self._log_theta = log_theta
        rows = np.array(row_starts, dtype=np.int64)
        self._base = np.full(self._zero + 1, LEAST_COUNT)
        # A row that nothing reads keeps its values.
        self._base[self._rate :] = [*(LEAST_COUNT * rates), 1.0]
        state, counts = np.concatenate(logs), np.concatenate(scale)
        if problem.learn:
            self.start = np.concatenate([log_theta, state])
            self.table_counts = np.concatenate([problem.entry_totals, counts])
            self.row_starts: Ints = np.concatenate([layout.row_starts, rows])
        else:
            self.start, self.table_counts, self.row_starts = state, counts, rows - size
        self._build_pairs()

    def _build_pairs(self) -> None:
        data, problem = self.data, self.problem
        slot_ptr, slots = [0], []
        for component, starts in zip(self.components, self._setting_starts, strict=True):
            slots += list(data.slots(component, starts, self._rate))
            slot_ptr.append(len(slots))
        none = [np.zeros(0, np.int64)]
        self._plus = np.concatenate([s.plus for s in slots] or none)
        self._minus = np.concatenate([s.minus for s in slots] or none)
        self._constant = np.concatenate([s.constant for s in slots] or [np.zeros(0)])
        self._both = np.concatenate([self._plus, self._minus])
        slot_starts = np.cumsum([0, *(len(s.plus) for s in slots)], dtype=np.int64)
        variables = np.array([s.variable for s in slots], dtype=np.int64)
        lists = [data.rows_of(component) for component in self.components]
        rows = np.concatenate(lists)
        ptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)

        def pairs_of(ptr: Ints, rows: npt.NDArray[np.int32]) -> _soft.SlotPairs:
            return _soft.SlotPairs(
                data.places,
                problem.counts,
                ptr,
                rows,
                np.array(slot_ptr, dtype=np.int64),
                variables,
                slot_starts,
            )

        self._reference = self._log_factors(self.start)
        every = pairs_of(ptr, rows)
        ratio = np.empty(len(rows))
        _soft.log_ratios(every, self._reference, ratio)
        best = np.full(len(problem.counts), -np.inf)
        np.maximum.at(best, rows, ratio)
        possible = best > IMPOSSIBLE_ROW
        best = np.where(possible, best, 0.0)
        ratio -= best[rows]
        kept = (ratio > math.log(problem.options.negligible_component)) & possible[rows]
        numbers = np.repeat(np.arange(len(self.components)), np.diff(ptr))[kept]
        self.ptr = np.searchsorted(numbers, np.arange(len(self.components) + 1)).astype(np.int64)
        self.rows = rows[kept]
        self._ratio = np.exp(ratio[kept])
        self.pairs = pairs_of(self.ptr, self.rows)
        self._row_best = best
        self._constant_part = dot(problem.counts, best)
        self.labelled_counts = problem.knowledge.labels_of([c.target for c in self.components])
        self._value = np.empty(len(self.rows))
        self._density = np.empty(len(problem.counts))
        self._read = np.empty(self.pairs.size)
        self.expected_counts = np.empty(len(self.components))
        self.row_counts = np.zeros(0)
        self._workspace = Workspace(self._value, self._density, self.expected_counts, self._read)

    def _logs(self, state: Floats) -> Floats:
        return state if self.problem.learn else np.concatenate([self._log_theta, state])

    def _log_factors(self, state: Floats) -> Floats:
        logs = self._logs(state)
        return np.asarray(logs[self._plus] - logs[self._minus] + self._constant)

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        problem, size = self.problem, self._theta_size
        objective = self._constant_part + _soft.e_step(
            self.pairs,
            self._ratio,
            np.exp(self._log_factors(log_theta) - self._reference),
            weights,
            problem.options.impossible_row_cost,
            self._workspace,
        )
        objective += dot(self.labelled_counts, np.log(np.maximum(weights, TINY)))
        change = np.bincount(
            self._both, np.concatenate([self._read, -self._read]), minlength=self._zero + 1
        )
        counts: Floats = self._base + change
        counts[self._zero] = 1.0
        if problem.learn:
            assert problem.prior is not None
            objective += dot(problem.entry_totals, log_theta[:size])
            counts[:size] = problem.prior + np.maximum(problem.entry_counts + change[:size], 0.0)
        else:
            counts = counts[size:]
        self.row_counts = counts
        expected = self.expected_counts + self.labelled_counts
        logs = normalized_logs(self.row_starts, counts, log_theta)
        total = expected.sum()
        return objective, expected / total if total > 0 else weights, logs

    def place_of(self, component: int, variable: int, value: int) -> int:
        """Return where ``start`` has the probability of a value that a free setting allows."""
        own = self.components[component].settings
        at = next(i for i, setting in enumerate(own) if setting.variable == variable)
        first = self._setting_starts[component][at] + own[at].allowed.index(value)
        return first if self.problem.learn else first - self._theta_size

    def unset_counts(self) -> Floats:
        """Return the expected counts of entries in rows whose variable was not set.

        At the arguments of the last step, where tables are learnt. A misread value counts at the
        entry of the value that children follow.
        """
        prior = self.problem.prior
        assert prior is not None
        return np.asarray(self.row_counts[: self._theta_size] - prior)

    def impossible_count(self) -> float:
        """Return the count of rows that no component can produce, at the last step."""
        return float(self.problem.counts[self._density == 0].sum())

    def expected_pairs(self) -> Floats:
        """Return the expected counts of the pairs, at the arguments of the last step."""
        return np.asarray(self._value * self._density[self.rows])

    def log_ratios(self) -> Floats:
        """Compute log P_c(x)/P(x) of the pairs, at the arguments of the constructor."""
        return np.asarray(np.log(self._ratio) + self._row_best[self.rows])

    def log_density(self) -> Floats:
        """Compute log P_mix(x)/P(x), shape (rows,), at the arguments of the last step."""
        possible = self._density > 0
        logs = np.full(len(possible), -self.problem.options.impossible_row_cost)
        counts = self.problem.counts[possible]
        logs[possible] = np.log(counts / self._density[possible]) + self._row_best[possible]
        return logs

    def components_at(self, log_theta: Floats) -> tuple[tuple[SoftComponent, ...], Floats, float]:
        """Return the components, the logarithms of the tables and the rate at an argument."""
        logs = self._logs(log_theta)
        rate = float(np.exp(logs[self._rate + 1]))
        shared = any(component.is_shared for component in self.components)
        components = []
        for component, starts in zip(self.components, self._setting_starts, strict=True):
            settings = []
            for setting, start in zip(component.settings, starts, strict=True):
                settings.append(
                    _at(setting, np.exp(logs[start : start + len(setting.allowed)]), rate)
                )
            components.append(replace(component, settings=tuple(settings)))
        return tuple(components), logs[: self._theta_size].copy(), rate if shared else 0.0


IMPOSSIBLE_ROW = -345.0
"""Logarithm of the relative likelihood below which no component can produce a row."""


def _at(setting: Setting, probabilities: Floats, rate: float) -> Setting:
    if setting.is_hard:
        return setting
    k = len(setting.q)
    if setting.shared:
        return Setting.failing(setting.variable, setting.mode, k, rate)
    q = np.zeros(k)
    q[list(setting.allowed)] = probabilities
    return Setting.free(setting.variable, q, setting.allowed)


def fit(
    data: SlotData,
    components: Sequence[SoftComponent],
    weights: npt.ArrayLike,
    log_theta: Floats,
    rate: float = 0.0,
    limits: EmLimits | None = None,
    *,
    least: float = -math.inf,
) -> SoftFit:
    """Maximize the likelihood of a list of components.

    Parameters
    ----------
    data : SlotData
    components : sequence of SoftComponent
    weights, log_theta, rate
        Where to start, with the probabilities of the components; weights need not be normalized.
    limits : EmLimits, optional
        ``options.joint_fit`` by default.
    least : float
        Stop as soon as the objective clearly will not reach this.
    """
    options = data.problem.options
    start = np.maximum(np.asarray(weights, dtype=np.float64), options.min_start_weight)
    start = start / start.sum()
    em = SoftEm(data, components, start, log_theta, rate)
    maximum = squarem(
        em,
        start,
        em.start,
        options,
        options.joint_fit if limits is None else limits,
        least=least,
    )
    fitted, logs, rate = em.components_at(maximum.log_theta)
    return SoftFit(fitted, maximum.weights, logs, rate, maximum.objective, maximum.ended)
