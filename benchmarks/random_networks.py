"""Random networks of the paper's generator, tables learnt: domix, Algorithm 2, what is left out.

Every row of the table leaves one step of the method out (docs/method.md numbers them), or one kind
of move of step 6, on the same instances. Recall is over detectable targets.

    python benchmarks/random_networks.py --variables 8 12 --rows 16384 --instances 20 --seed 300
    python benchmarks/random_networks.py --variables 32 --rows 4096 --graph erdos-renyi
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import numpy as np

from domix import Disentanglement, Network, disentangle, disentangle_plugin
from domix.estimation import search
from domix.estimation.selection import criterion, forward, local_search
from domix.study.instances.generator import random_instance
from domix.study.scoring.metrics import compare, recall_of
from domix.study.scoring.oracle import detectable, oracle_weights


@contextmanager
def least_weight_excludes() -> Iterator[None]:
    """Step 4 out: exclude the value whose lifts weigh least, as Algorithm 2 does."""

    def choose(trials: list) -> object:
        k = len(trials)
        mass = sum(trial.weights.reshape(-1, k + 1)[:, 1:].sum(axis=0) for trial in trials)
        return trials[int(np.argmin(mass))]

    with mock.patch.object(forward, "_best", choose):
        yield


@contextmanager
def fixed_threshold() -> Iterator[None]:
    """Step 5 out: keep every lift whose weight exceeds 1e-3, the paper's epsilon."""

    def prune(groups, k, now, prior, lenient, protected):
        return forward.LiftFit(forward._only(now.weights, now.weights > 1e-3), now.theta, 0.0), {}

    with mock.patch.object(forward, "_prune", prune):
        yield


@contextmanager
def no_backfit() -> Iterator[None]:
    """Step 6 out: the forward pass and the elimination alone."""
    with (
        mock.patch.object(search, "backfit", return_value=None),
        mock.patch.object(search, "MOST_ORDERS", 0),
    ):
        yield


@contextmanager
def no_other_orders() -> Iterator[None]:
    """Step 7 out: nothing is lifted again in another order."""
    with mock.patch.object(search, "MOST_ORDERS", 0):
        yield


def no_moves(*names: str) -> Callable:
    """Some moves of step 6 out."""

    @contextmanager
    def change() -> Iterator[None]:
        with ExitStack() as stack:
            for name in names:
                stack.enter_context(mock.patch.object(local_search, name, return_value=[]))
            yield

    return change


@contextmanager
def no_multiplicity() -> Iterator[None]:
    """Step 8 out: every target is tested as if it were the only one that could be reported."""
    test = criterion.SelectionCriterion
    with (
        mock.patch.object(test, "log_count", return_value=0.0),
        mock.patch.object(test, "_log_count_near", return_value=0.0),
        mock.patch.object(test, "_log_count_absolute", return_value=0.0),
    ):
        yield


@contextmanager
def everything() -> Iterator[None]:
    yield


def lifted(change: Callable) -> Callable[[Network, np.ndarray], Disentanglement]:
    def run(learnt: Network, rows: np.ndarray) -> Disentanglement:
        with change():
            return disentangle(learnt, rows)

    return run


def unprofiled(learnt: Network, rows: np.ndarray) -> Disentanglement:
    """Step 3 out: the learnt tables are taken as known."""
    cpts = {name: learnt.cpt(name) for name in learnt.variables}
    return disentangle(Network(learnt.parents, learnt.states, cpts), rows)


METHODS = {
    "domix": lifted(everything),
    "without 3, profiled tables": unprofiled,
    "without 4, exclusion by fit": lifted(least_weight_excludes),
    "without 5, pruning by test": lifted(fixed_threshold),
    "without 6, backfitting": lifted(no_backfit),
    "- replacements": lifted(no_moves("replacements")),
    "- closures": lifted(no_moves("closures")),
    "- divisions": lifted(no_moves("divisions")),
    "- merges": lifted(no_moves("merges")),
    "- other excluded values": lifted(no_moves("_other_excluded_values")),
    "- swaps": lifted(no_moves("_swaps")),
    "without 7, other orders": lifted(no_other_orders),
    "without 8, multiplicity": lifted(no_multiplicity),
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
