"""Random networks of the paper's generator, tables learnt: domix, Algorithm 2, ablations.

Every row of the table leaves out one step of the method (numbered as in
docs/explanation/method.md), or one family of moves of step 6, on the same instances. Recall is over
detectable targets.

    python benchmarks/random_networks.py --variables 8 12 --rows 16384 --instances 20 --seed 300
    python benchmarks/random_networks.py --variables 32 --rows 4096 --graph erdos-renyi
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
import warnings
from collections.abc import Callable
from unittest import mock

import numpy as np

from domix import Disentanglement, DomixWarning, Network, disentangle, disentangle_plugin
from domix.estimation.em.lift import fit_lift
from domix.estimation.outputs import report_estimates
from domix.options.search import SearchOptions
from domix.problems.groups import estimate_mixtures
from domix.problems.inputs import read_inputs
from domix.selection import criterion, forward
from domix.study.instances.generator import random_instance
from domix.study.scoring.metrics import compare, recall_of
from domix.study.scoring.oracle import detectable, oracle_weights

Method = Callable[[Network, np.ndarray], Disentanglement]


def with_options(**options: float) -> Method:
    """The default estimator with other search options."""

    def run(learnt: Network, rows: np.ndarray) -> Disentanglement:
        inputs = read_inputs(learnt, rows, search=SearchOptions(**options))
        draws = np.random.default_rng(0)
        estimates = estimate_mixtures(inputs.mixtures, draws, lambda *_: None, 0)
        with warnings.catch_warnings():
            # Without a round of the local search, the search has not converged.
            warnings.simplefilter("ignore", DomixWarning)
            return report_estimates(inputs, estimates)

    return run


def with_patch(module: object, name: str, function: Callable) -> Method:
    """The default estimator with another function in one place."""

    def run(learnt: Network, rows: np.ndarray) -> Disentanglement:
        with mock.patch.object(module, name, function):
            return disentangle(learnt, rows)

    return run


def with_fixed_tables(learnt: Network, rows: np.ndarray) -> Disentanglement:
    """Take the learnt tables as known (without step 3)."""
    cpts = {name: learnt.cpt(name) for name in learnt.variables}
    return disentangle(Network(learnt.parents, learnt.states, cpts), rows)


def choose_lightest(lift, starts, theta, limits):
    """Exclude the value whose lifts weigh least, as Algorithm 2 does (without step 4)."""
    fits = [fit_lift(lift, start, theta, limits) for start in starts]
    weights = sum(fit.weights.reshape(-1, lift.states + 1)[:, 1:].sum(axis=0) for fit in fits)
    return fits[int(np.argmin(weights))]


def prune_by_weight(lift, fit, *_):
    """Keep the lifts whose weight exceeds 1e-3, the paper's epsilon (without step 5)."""
    kept = fit.weights > 1e-3
    restricted = fit.restricted(kept, lift.options.kept_lift_weight)
    return restricted, np.where(kept, np.inf, -np.inf)


def uncorrected(_log_count: float, log_alpha: float) -> float:
    """The critical value of the only target that could be reported (without step 8)."""
    return CRITICAL_VALUE(0.0, log_alpha)


CRITICAL_VALUE = criterion.critical_value

METHODS: dict[str, Method] = {
    "domix": disentangle,
    "without 3, refitted tables": with_fixed_tables,
    "without 4, exclusion by fit": with_patch(forward, "best_fit", choose_lightest),
    "without 5, pruning by test": with_patch(forward, "_prune", prune_by_weight),
    "without 6, local search": with_options(max_rounds=0, most_orders=0),
    "- replacements": with_options(min_replacement_gain=math.inf),
    "- extensions": with_options(extension_share=math.inf),
    "- splits": with_options(split_target_share=math.inf),
    "- merges": with_options(max_merges=0),
    "- other excluded values": with_options(max_blocked_variables=0),
    "- swaps": with_options(max_swaps=0),
    "without 7, other orders": with_options(most_orders=0),
    "without 8, multiplicity": with_patch(criterion, "critical_value", uncorrected),
    "Algorithm 2": disentangle_plugin,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", nargs="+", type=int, default=[8, 12])
    parser.add_argument("--rows", type=int, default=16_384)
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--graph", choices=["scale-free", "erdos-renyi"], default="scale-free")
    parser.add_argument("--seed", type=int, default=300, help="of the first instance")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()
    for n in options.variables:
        scores: dict[str, list[tuple[float, float, float, float]]] = {
            m: [] for m in options.methods
        }
        for seed in range(options.seed, options.seed + options.instances):
            rng = np.random.default_rng(seed)
            made = random_instance(n, rng, graph=options.graph)
            rows = made.mixture.sample(options.rows, rng)
            control = made.network.sample(options.rows, rng=rng)
            learnt = Network.fit(made.network.parents, control, made.network.states)
            seen = detectable(learnt, rows, made.mixture)
            ideal = oracle_weights(learnt, rows, made.mixture.targets)
            floor = abs(ideal - made.mixture.weights).sum() / 2
            for name in options.methods:
                method = METHODS[name]
                started = time.perf_counter()
                result = method(learnt, rows)
                seconds = time.perf_counter() - started
                got = compare(made.mixture, result)
                recall = recall_of(made.mixture, result, seen)
                scores[name].append((recall, got.precision, got.total_variation / floor, seconds))
        print(f"\n{n} variables, {options.rows} rows, seeds {options.seed} to {seed}")
        print(f"{'':28} {'recall':>7} {'precision':>9} {'TV / oracle (median)':>21} {'s':>7}")
        for name, runs in scores.items():
            recall, precision, ratio, seconds = map(statistics.fmean, zip(*runs, strict=True))
            median = statistics.median(run[2] for run in runs)
            print(
                f"{name:28} {recall:7.3f} {precision:9.3f} "
                f"{ratio:12.2f} ({median:.2f}) {seconds:9.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
