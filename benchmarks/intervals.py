"""Coverage of the 95 % intervals of the weights, by curvature and by bootstrap.

Random networks of the paper's generator. Intervals of true targets are counted, in instances whose
set of targets is exactly right and in all instances: intervals take that set as known.

    python benchmarks/intervals.py --variables 8 --rows 4096 --instances 100 --seed 500
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from domix import Disentanglement, Mixture, Network, disentangle
from domix.study.instances.generator import random_instance


def instance(n: int, rows: int, seed: int, learnt: bool) -> tuple[Mixture, Network, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = random_instance(n, rng).mixture
    codes = truth.sample(rows, rng)
    net = truth.network
    if learnt:
        net = Network.fit(net.parents, net.sample(rows, rng=rng), net.states)
    return truth, net, codes


def cover(truth: Mixture, result: Disentanglement) -> list[bool]:
    weight = dict(zip(truth.interventions, truth.weights.tolist(), strict=True))
    return [
        c.interval[0] <= weight[c.intervention] <= c.interval[1]
        for c in result.components
        if c.intervention in weight
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", type=int, default=8)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--seed", type=int, default=500, help="of the first instance")
    options = parser.parse_args()
    last = options.seed + options.instances - 1
    print(
        f"{options.variables} variables, {options.rows} rows, seeds {options.seed} to {last}, "
        f"{options.replicates} replicates"
    )
    print(f"{'tables':7} {'intervals':12} {'targets right':>20} {'all':>20} {'s':>7}")
    for learnt in (False, True):
        for kind, replicates in (("curvature", 0), ("bootstrap", options.replicates)):
            right: list[bool] = []
            all_: list[bool] = []
            started = time.perf_counter()
            for seed in range(options.seed, options.seed + options.instances):
                truth, net, codes = instance(options.variables, options.rows, seed, learnt)
                result = disentangle(net, codes, bootstrap=replicates)
                covered = cover(truth, result)
                all_ += covered
                if {c.intervention for c in result.components} == set(truth.interventions):
                    right += covered
            seconds = (time.perf_counter() - started) / options.instances
            shares = [f"{np.mean(x):.3f} of {len(x):4d}" if x else "none" for x in (right, all_)]
            print(
                f"{'learnt' if learnt else 'known':7} {kind:12} {shares[0]:>20} {shares[1]:>20} "
                f"{seconds:7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
