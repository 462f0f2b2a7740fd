"""Whether claims hold: intervals with few control rows, false targets, and bounds.

Random scale-free networks of 8 variables and 3 states, CPT rows Dirichlet(2).

    python benchmarks/claims.py intervals --instances 300 --seed 6100
    python benchmarks/claims.py false --instances 200 --seed 9000
    python benchmarks/claims.py suspected --instances 400 --seed 5000
    python benchmarks/claims.py bound --instances 100 --seed 8000
"""

from __future__ import annotations

import argparse
import math
import warnings

import numpy as np

from domix import Component, DomixWarning, Intervention, Mixture, Network, disentangle, do
from domix.study.instances.generator import draw_targets, random_instance

VARIABLES, STATES = 8, 3
SHARES = (1.0, 1.5, 0.5)
"""Planted shares, as multiples of the bound."""


def learn(net: Network, controls: int, rng: np.random.Generator) -> Network:
    return Network.fit(net.parents, net.sample(controls, rng=rng), net.states)


def draw_interventions(net: Network, count: int, rng: np.random.Generator) -> list[Intervention]:
    targets = draw_targets([STATES] * VARIABLES, count, (1, 3), rng)
    return [Intervention(net.space.assignment(target)) for target in targets]


def holds(interval: tuple[float, float], weight: float) -> bool:
    return interval[0] <= weight <= interval[1]


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def measure_intervals(instances: range) -> None:
    """Coverage of intervals and hulls, five targets of at most three variables."""
    for rows in (1000, 4096):
        for part in (1, 4, 10):
            cells: dict[str, list[bool]] = {
                kind: [] for kind in ("all", "exact", "flagged", "unflagged", "hull", "exact hull")
            }
            ratios, short = [], 0
            for seed in instances:
                rng = np.random.default_rng([seed, rows, part])
                inst = random_instance(VARIABLES, rng, targets=(5, 5), max_size=3)
                codes = inst.mixture.sample(rows, rng)
                result = disentangle(learn(inst.network, rows // part, rng), codes)
                truth = dict(zip(inst.mixture.interventions, inst.mixture.weights, strict=True))
                exact = {c.intervention for c in result.components} == set(truth)
                short += bool(result.best_move_significant)
                for c in result.components:
                    if c.intervention in truth:
                        score(c, float(truth[c.intervention]), exact, cells)
                        ratios.append(width(c.hull) / max(width(c.interval), 1e-12))
            shown = ", ".join(f"{k} {np.mean(v):.3f} of {len(v)}" for k, v in cells.items() if v)
            print(
                f"{rows} rows, {rows // part} controls: {shown}; hulls wider by "
                f"{np.mean(ratios):.2f} ({np.median(ratios):.2f}); stopped short {short}",
                flush=True,
            )


def score(c: Component, weight: float, exact: bool, cells: dict[str, list[bool]]) -> None:
    covered, in_hull = holds(c.interval, weight), holds(c.hull, weight)
    cells["all"].append(covered)
    cells["hull"].append(in_hull)
    cells["flagged" if c.undetected else "unflagged"].append(covered)
    if exact:
        cells["exact"].append(covered)
        cells["exact hull"].append(in_hull)


def measure_false(instances: range) -> None:
    """How often any false target is reported, by rows and targets of at most three variables."""
    cells: list[tuple[int, int, int | None]] = [
        (rows, count, None) for rows in (128, 256, 1024, 4096) for count in (3, 6)
    ]
    cells += [(rows, count, rows) for rows, count, _ in cells]
    cells += [(1024, 5, controls) for controls in (50, 100, 300)]
    for rows, count, controls in cells:
        false = 0
        for seed in instances:
            rng = np.random.default_rng([seed, rows, count, controls or 0])
            inst = random_instance(VARIABLES, rng, targets=(count, count), max_size=3)
            codes = inst.mixture.sample(rows, rng)
            given = learn(inst.network, controls, rng) if controls else inst.network
            found = disentangle(given, codes).mixture.interventions
            false += any(target not in inst.mixture.interventions for target in found)
        n = len(instances)
        print(
            f"{rows} rows, {count} targets, {f'{controls} controls' if controls else 'known'}: any "
            f"false {false / n:.3f} ± {math.sqrt(false * (n - false) / n**3):.3f}",
            flush=True,
        )


def measure_suspected(instances: range) -> None:
    """How often a suspected target is reported where nothing was done."""
    for rows in (256, 1024, 4096):
        for learnt in (False, True):
            for count in (1, 5):
                suspected = others = 0
                for seed in instances:
                    rng = np.random.default_rng([seed, rows, learnt, count])
                    net = random_instance(VARIABLES, rng, targets=(1, 1), max_size=0).network
                    codes = net.sample(rows, rng=rng)
                    given = learn(net, rows, rng) if learnt else net
                    named = draw_interventions(net, count, rng)
                    found = disentangle(given, codes, suspected=named).mixture.interventions
                    suspected += any(target in found for target in named)
                    others += any(target not in named for target in found if len(target))
                n = len(instances)
                print(
                    f"{rows} rows, tables {'learnt' if learnt else 'known'}, {count} suspected: "
                    f"{suspected / n:.4f} ± {math.sqrt(suspected * (n - suspected) / n**3):.4f}, "
                    f"any other {others / n:.4f}",
                    flush=True,
                )


def measure_bound(instances: range) -> None:
    """The bound where nothing was done, and how often a planted share is seen or covered."""
    for rows in (256, 1024, 4096):
        for learnt in (False, True):
            bounds, seen, right = [], [], []
            for seed in instances:
                rng = np.random.default_rng([seed, rows, learnt])
                net = random_instance(VARIABLES, rng, targets=(1, 1), max_size=0).network
                controls = net.sample(rows, rng=rng)
                given = Network.fit(net.parents, controls, net.states) if learnt else net
                lone, *more = disentangle(given, net.sample(rows, rng=rng)).components
                if more:
                    continue
                bounds.append(1 - lone.interval[0])
                target = draw_interventions(net, 1, rng)[0]
                for factor in SHARES:
                    share = min(factor * bounds[-1], 0.95)
                    mix = Mixture(net, {do(): 1 - share, target: share})
                    parts = disentangle(given, mix.sample(rows, rng=rng)).components
                    alone = len(parts) == 1 and parts[0].intervention == do()
                    seen.append(not alone)
                    right.append(not alone or holds(parts[0].interval, 1 - share))
            seen_at, right_at = (np.reshape(x, (-1, 3)).mean(axis=0) for x in (seen, right))
            print(
                f"{rows} rows, tables {'learnt' if learnt else 'known'}: do() alone in "
                f"{len(bounds)} of {len(instances)}; bound {np.median(bounds):.3f}, largest "
                f"{max(bounds):.3f}; at 1, 1.5 and .5 times the bound: seen {seen_at.round(3)}, "
                f"seen or covered {right_at.round(3)}",
                flush=True,
            )


MEASURES = {
    "intervals": measure_intervals,
    "false": measure_false,
    "suspected": measure_suspected,
    "bound": measure_bound,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("claim", choices=MEASURES)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--seed", type=int, default=5000, help="of the first instance")
    options = parser.parse_args()
    warnings.simplefilter("ignore", DomixWarning)
    MEASURES[options.claim](range(options.seed, options.seed + options.instances))


if __name__ == "__main__":
    main()
