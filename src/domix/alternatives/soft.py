r"""What could stand in the place of the components of a soft answer, with shares.

Shares are those of hard targets (:mod:`domix.alternatives.shares`): each list S' in which a
neighbour stands in the place of a component, all else refitted, has the posterior weight

.. math:: \exp\Bigl(\ell - \text{penalty(modes)} - \sum_v \Bigl(\log\binom{k_v - 1}{m_v - 1} +
    \log \frac{\prod_a (n_a / n)^{n_a} \; \Gamma(n + m_v)}
    {\Gamma(m_v) \prod_a \Gamma(n_a + 1)}\Bigr)\Bigr),

where the sum is over variables with a distribution of their own, on :math:`m_v` out of
:math:`k_v` values with expected counts :math:`n_a` that sum to n, those of the component. So the
prior of the modes is that of hard supports, and a distribution costs the nats by which the fitted
one beats the average over all: without a price, a neighbour that draws one more variable would
always have the larger share. The search charges half log N for each probability instead
(:mod:`domix.soft.trials`), whatever the weight of its component: more than the rows of a light
component say, which is right where a false probability must be kept out, and too much here.

Components are told apart by their modes; of those with the same modes, the one of the largest
weight counts. Where a variable has a distribution q of its own, two values are the mode of one and
the same component, and no score tells which is the more probable. With a a value, m the mode and s
the standard error of q(m) - q(a),

.. math:: \frac{\Phi(-z)}{\Phi(z)}, \quad z = (q(m) - q(a)) / s,

is the posterior probability that a is the mode, over that of m; it takes the place of the ratio of
weights, and the alternative has the two probabilities exchanged.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import NormalDist

from domix.alternatives.shares import Shares, credible_set
from domix.alternatives.soft_neighbours import list_soft_neighbours
from domix.core.soft.targets import AnyTarget
from domix.core.tables import Target
from domix.options.alternatives import AlternativesOptions
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import SoftFit
from domix.soft.estimate import SoftEstimate, to_target
from domix.soft.polish import predicted
from domix.soft.reading import Reading
from domix.soft.trials import Scored, Trials
from domix.soft.uncertainty import ValuePair, difference_errors
from domix.util.arrays import Floats

Candidate = tuple[float, SoftComponent]
"""The logarithm of a posterior weight, fitted or predicted, and the component that is new."""


def find_soft_shares(
    estimate: SoftEstimate,
    criterion: SelectionCriterion,
    options: AlternativesOptions | None = None,
) -> list[Shares[AnyTarget]]:
    """Return the shares of what could stand in the place of each component.

    The members are coded as users' interventions are, with fitted distributions. A component that
    the user included is certain.
    """
    options = (AlternativesOptions() if options is None else options).for_alpha(criterion.alpha)
    trials = Trials(estimate.data, criterion, SoftOptions())
    now, reading = _weigh(trials, estimate.fit), Reading(trials.data, estimate.fit)
    exchanged = _exchange_modes(trials, now, options)
    found = []
    for c, own in enumerate(now.fit.components):
        best = {own.target: (now.score, own)}
        if not trials.stays(own):
            replaced = _replace(trials, now, reading, c, options)
            for score, component in [*exchanged[c], *replaced]:
                target = component.target
                if target not in best or score > best[target][0]:
                    # The component itself is reported as it was fitted.
                    best[target] = score, own if target == own.target else component
        found.append(_name_members(own.target, best, options.coverage))
    return found


def _name_members(own: Target, best: dict[Target, Candidate], coverage: float) -> Shares[AnyTarget]:
    shares = credible_set(own, {target: score for target, (score, _) in best.items()}, coverage)
    members = [(to_target(best[target][1]), share) for target, share in shares.members]
    return Shares(shares.own, tuple(members))


def _weigh(trials: Trials, fitted: SoftFit) -> Scored:
    """Return a fit with the logarithm of its posterior weight."""
    penalty = _penalty(trials, fitted.components, fitted.weights)
    return Scored(fitted, fitted.objective - penalty)


def _penalty(trials: Trials, components: Sequence[SoftComponent], weights: Floats) -> float:
    """Return the penalty of the search with another price of probabilities."""
    total = trials.penalty(components, weights)
    for component, weight in zip(components, weights.tolist(), strict=True):
        count = weight * trials.data.problem.total
        for setting in component.settings:
            if setting.is_free:
                charged = (len(setting.allowed) - 1) * trials.parameter_price(weight)
                total += _distribution_price(setting, count) - charged
    return total


def _distribution_price(setting: Setting, count: float) -> float:
    """Return the nats by which the fitted distribution of a setting beats the average one."""
    m = len(setting.allowed)
    average = math.lgamma(m) - math.lgamma(count + m)
    largest = 0.0
    for q in setting.q[list(setting.allowed)].tolist():
        average += math.lgamma(count * q + 1)
        largest += count * q * math.log(q) if q > 0 else 0.0
    return largest - average


def _exchange_modes(
    trials: Trials, now: Scored, options: AlternativesOptions
) -> list[list[Candidate]]:
    """Return, by component, those with another mode of one distribution."""
    fit = now.fit
    pairs = [
        ValuePair(c, s.variable, s.mode, value)
        for c, (component, weight) in enumerate(zip(fit.components, fit.weights, strict=True))
        for s in component.settings
        if s.is_free
        for value in s.allowed
        if value != s.mode and not _is_clear(trials, s, value, float(weight), options)
    ]
    errors = difference_errors(trials.data, fit, pairs)
    found: list[list[Candidate]] = [[] for _ in fit.components]
    for pair, error in zip(pairs, errors, strict=True):
        own = fit.components[pair.component]
        setting = own.setting_of(pair.variable)
        assert setting is not None
        q = setting.q.copy()
        q[[pair.value, pair.other]] = q[[pair.other, pair.value]]
        changed = own.having(replace(setting, q=q, mode=pair.other))
        # Probabilities that are equal to all reported digits have no mode.
        if to_target(changed) == to_target(own):
            continue
        difference = float(q[pair.other] - q[pair.value])
        tail = NormalDist().cdf(-difference / error) if error > 0 else 0.0
        if tail > 0 and trials.admits(_with(fit.components, pair.component, changed)):
            odds = tail / (1.0 - tail)
            found[pair.component].append((now.score + math.log(odds), changed))
    return found


def _is_clear(
    trials: Trials, setting: Setting, value: int, weight: float, options: AlternativesOptions
) -> bool:
    """Whether a value is not the mode even if little is known of the distribution."""
    count = options.least_information * weight * trials.data.problem.total
    q, mode = float(setting.q[value]), float(setting.q[setting.mode])
    needed = -NormalDist().inv_cdf(math.exp(-options.score_loss))
    return count * (mode - q) ** 2 > needed**2 * (mode + q - (mode - q) ** 2)


def _with(
    components: Sequence[SoftComponent], c: int, changed: SoftComponent
) -> list[SoftComponent]:
    return [*components[:c], changed, *components[c + 1 :]]


def _replace(
    trials: Trials, now: Scored, reading: Reading, c: int, options: AlternativesOptions
) -> Iterator[Candidate]:
    """Yield the neighbours of a component that may have a share.

    Those of what weighs nearly as much are tried too, the best first. Only those are fitted that
    may come near by their prediction.
    """

    def others(fitted: SoftFit) -> list[Target]:
        """Return the other modes: where one changes, two components may exchange their parts."""
        return [target for i, target in enumerate(fitted.targets) if i != c]

    best, fits = now.score, 0
    seen = {_signature(now.fit.components[c])}
    queue = [(-best, fits, now.fit)]
    for _ in range(1 + options.most_expansions):
        if not queue or -queue[0][0] < best - options.expansion_loss:
            break
        base = heapq.heappop(queue)[2]
        if base is not now.fit:
            reading = Reading(trials.data, base)
        for promised, changed in _predict_neighbours(trials, reading, c):
            least = best - options.score_loss
            hopeless = predicted(trials, best - promised) > options.score_loss
            if hopeless or _signature(changed) in seen:
                continue
            seen.add(_signature(changed))
            components = _with(base.components, c, changed)
            needed = least + _penalty(trials, components, base.weights)
            found = trials.begin(
                components, base.weights, base.log_theta, base.rate, options.fit, needed
            )
            score = _weigh(trials, found.fit).score
            if score < least or not trials.stands(found) or others(found.fit) != others(now.fit):
                continue
            best, fits = max(best, score), fits + 1
            heapq.heappush(queue, (-score, fits, found.fit))
            yield score, found.fit.components[c]


def _signature(component: SoftComponent) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    return tuple((s.variable, s.mode, s.allowed) for s in component.settings)


def _predict_neighbours(trials: Trials, reading: Reading, c: int) -> list[Candidate]:
    """Return the neighbours that are admitted, the best prediction first."""
    fitted = reading.fit
    found, weights = [], fitted.weights
    for changed, gain in list_soft_neighbours(trials, reading, c):
        components = _with(fitted.components, c, changed)
        if trials.admits(components):
            score = fitted.objective + gain - _penalty(trials, components, weights)
            found.append((score, changed))
    return sorted(found, key=lambda candidate: -candidate[0])
