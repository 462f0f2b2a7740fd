"""Compare predicted with simulated power: python benchmarks/power.py [--seed S] [--runs N].

Each line is one random network with a target of a given size and weight, beside do() and other
targets. The rows are chosen so that the predicted power is about a half to nine tenths; then as
many are drawn and disentangled, again and again. A run counts if the target is among those
reported.
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from domix import DomixWarning, Mixture, Network, PowerAnalysis, disentangle, do, power
from domix.study.instances.generator import random_instance
from domix.util.text_tables import aligned

LEAST_ROWS, MOST_ROWS = 64, 2500
"""Rows that are tried."""


class Setting(NamedTuple):
    """A design, and where its instance comes from."""

    variables: int
    size: int
    weight: float
    others: int
    goal: float


SETTINGS = (
    Setting(4, 1, 0.2, 0, 0.6),
    Setting(4, 2, 0.1, 1, 0.8),
    Setting(5, 1, 0.1, 1, 0.8),
    Setting(5, 3, 0.05, 0, 0.7),
    Setting(6, 2, 0.05, 1, 0.8),
    Setting(6, 1, 0.3, 2, 0.8),
    Setting(7, 2, 0.02, 0, 0.7),
    Setting(8, 3, 0.1, 1, 0.9),
    Setting(9, 1, 0.1, 0, 0.6),
)

RATIOS = (None, 1.0, 0.25, 0.1)
"""Control rows over rows; None is known tables."""


class Line(NamedTuple):
    """Predicted and simulated power of one design."""

    setting: Setting
    ratio: float | None
    rows: int
    predicted: float
    by_rule: float
    observed: float


def measure(seed: int, runs: int, numbers: Sequence[int]) -> Iterator[Line]:
    """Predict and simulate settings; each has a generator of its own, whatever the others."""
    for number in numbers:
        setting = SETTINGS[number]
        rng = np.random.default_rng([seed, number])
        mixture = draw_mixture(setting, rng)
        target = mixture.interventions[1]
        known = power(mixture, target, rows=1)
        for ratio in RATIOS:
            analysis = known if ratio is None else power(mixture, target, rows=1, controls=1)
            rows = choose_rows(analysis, ratio, setting.goal)
            controls = None if ratio is None else max(round(ratio * rows), 1)
            observed = simulate(mixture, target, rows, controls, runs, rng)
            yield Line(
                setting,
                ratio,
                rows,
                analysis.at(rows, controls),
                predict_by_rule(known, rows, controls),
                observed,
            )


def draw_mixture(setting: Setting, rng: np.random.Generator) -> Mixture:
    """Draw a mixture of do(), the target, and others of the same size with weight .1 each."""
    instance = random_instance(
        setting.variables,
        rng,
        targets=(setting.others + 1,) * 2,
        min_size=setting.size,
        max_size=setting.size,
    )
    target, *others = instance.mixture.interventions
    weights = {target: setting.weight, **dict.fromkeys(others, 0.1)}
    return Mixture(instance.network, {do(): 1.0 - sum(weights.values()), **weights})


def choose_rows(analysis: PowerAnalysis, ratio: float | None, goal: float) -> int:
    """Return the first rows of a geometric sequence that reach the goal, or the last."""
    rows = LEAST_ROWS
    while rows < MOST_ROWS:
        if analysis.at(rows, None if ratio is None else max(round(ratio * rows), 1)) >= goal:
            break
        rows = round(1.25 * rows)
    return rows


def predict_by_rule(known: PowerAnalysis, rows: int, controls: int | None) -> float:
    """Predict from known tables, with nm / (n + m) rows in place of n."""
    effective = rows if controls is None else rows * controls / (rows + controls)
    spread = math.sqrt(known.variance / (2 * known.mean))
    score = math.sqrt(2 * effective * known.mean) - math.sqrt(2 * known.critical_value)
    return NormalDist().cdf(score / spread)


def simulate(
    mixture: Mixture,
    target: object,
    rows: int,
    controls: int | None,
    runs: int,
    rng: np.random.Generator,
) -> float:
    """Return the share of runs that report the target."""
    net, hits = mixture.network, 0
    for _ in range(runs):
        learnt = net
        if controls is not None:
            learnt = Network.fit(net.parents, net.sample(controls, rng=rng), net.states)
        result = disentangle(learnt, mixture.sample(rows, rng=rng), soft=False)
        hits += target in [component.intervention for component in result.components]
    return hits / runs


def main() -> None:
    """Print a line per design, and how far predictions are off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--settings", type=int, nargs="*", default=range(len(SETTINGS)))
    args = parser.parse_args()
    warnings.simplefilter("ignore", DomixWarning)
    head = ["variables", "size", "weight", "others", "rows", "controls"]
    head += ["predicted", "simulated", "+-", "nm/(n+m)"]
    body, errors, rule_errors = [], [], []
    for line in measure(args.seed, args.runs, args.settings):
        setting, spread = line.setting, math.sqrt(max(line.observed * (1 - line.observed), 0.01))
        controls = "known" if line.ratio is None else str(max(round(line.ratio * line.rows), 1))
        cells = [setting.variables, setting.size, setting.weight, setting.others, line.rows]
        figures = [line.predicted, line.observed, spread / math.sqrt(args.runs), line.by_rule]
        body.append([*map(str, cells), controls, *(f"{figure:.2f}" for figure in figures)])
        errors.append((line.ratio, line.predicted - line.observed))
        rule_errors.append((line.ratio, line.by_rule - line.observed))
        print("\t".join(body[-1]), flush=True)
    print(aligned(head, body, ">" * len(head)))
    for ratio in RATIOS:
        for name, found in (("predicted", errors), ("nm/(n+m)", rule_errors)):
            differences = np.array([error for r, error in found if r == ratio])
            print(
                f"controls/rows {ratio}: {name} minus simulated {differences.mean():+.3f}, "
                f"root mean square {np.sqrt((differences**2).mean()):.3f}"
            )


if __name__ == "__main__":
    main()
