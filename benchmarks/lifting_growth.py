"""How the cost of exact lifting grows with the variables and with the targets.

Mixtures of tests/exact_instances.py: three states, up to three parents. Prints processor time, the
least of three, and the exponents that fit it best: time ~ n^a for one m, time ~ m^b for one n.

    PYTHONPATH=tests python benchmarks/lifting_growth.py --seeds 1 2 3
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from domix.population.algorithm1 import lift_distribution
from domix.population.readers import read_distribution
from domix.study.reporting.growth import exponent
from exact_instances import given_as, large_mixture


def seconds(n: int, m: int, seeds: Sequence[int], form: str, chain: bool) -> float:
    """Mean over the seeds."""
    total = 0.0
    for seed in seeds:
        mixture = large_mixture(n, m, seed=seed, chain=chain)
        net, p_mix = mixture.network, given_as(mixture, form)
        times = []
        # A function caches its answers, so the later rounds time lifting alone.
        for _ in range(3):
            start = time.process_time()
            lift_distribution(net, read_distribution(net, p_mix))
            times.append(time.process_time() - start)
        total += min(times)
    return total / len(seeds)


def report(name: str, sizes: Sequence[int], times: Sequence[float]) -> None:
    columns = "  ".join(f"{size}: {t:.3f}" for size, t in zip(sizes, times, strict=True))
    print(f"{name:32}{columns}  exponent {exponent(sizes, times):.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", type=int, nargs="+", default=[30, 60, 120, 240])
    parser.add_argument("--targets", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--nested", type=int, nargs="+", default=[15, 30, 60, 120])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options = parser.parse_args()
    n, m = 120, 32
    for form in ("mixture", "function"):
        times = [seconds(size, m, options.seeds, form, False) for size in options.variables]
        report(f"{form}, m = {m}, n =", options.variables, times)
        times = [seconds(n, size, options.seeds, form, False) for size in options.targets]
        report(f"{form}, n = {n}, m =", options.targets, times)
        times = [seconds(n, size, options.seeds, form, True) for size in options.nested]
        report(f"{form}, nested, n = {n}, m =", options.nested, times)


if __name__ == "__main__":
    main()
