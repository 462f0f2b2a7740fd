"""Algorithm 2 on the paper's simulation study, beside the figures of a re-implementation of it.

    python benchmarks/plugin_table.py [--instances 100] [--sizes 4 8 12] [--seed 0]

An instance is a network and a mixture of domix.study.generator.random_instance, the same for all
numbers of rows; the tables are learnt from as many fresh rows as there are of the mixture.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from domix import Network, disentangle_plugin
from domix.study.generator import Instance, random_instance
from domix.study.metrics import Scores, compare

# Recall and precision at 2^10, 2^13, 2^16 and 2^20 rows.
REFERENCE = {
    4: {10: (0.78, 0.27), 13: (0.93, 0.34), 16: (0.985, 0.43), 20: (1.00, 0.68)},
    8: {10: (0.38, 0.04), 13: (0.58, 0.06), 16: (0.79, 0.10), 20: (0.92, 0.22)},
    12: {10: (0.20, 0.01), 13: (0.34, 0.02), 16: (0.50, 0.04), 20: (0.69, 0.08)},
    16: {20: (0.43, 0.03)},
    32: {20: (0.22, 0.01)},
}


def score(instance: Instance, rows: int, rng: np.random.Generator) -> Scores:
    """Algorithm 2 on ``rows`` rows of the mixture and as many without interventions."""
    net = instance.network
    learnt = Network.fit(net.parents, net.sample(rows, rng=rng), net.states, pseudocount=0.0)
    return compare(instance.mixture, disentangle_plugin(learnt, instance.mixture.sample(rows, rng)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4, 8, 12])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{options.instances} instances per cell, seed {options.seed}")
    print("   N  rows  recall (here, s.e., reference)  precision (here, reference)  seconds each")
    for n in options.sizes:
        for power, (recall, precision) in REFERENCE[n].items():
            start = time.perf_counter()
            scores = []
            for i in range(options.instances):
                instance = random_instance(n, np.random.default_rng([options.seed, n, i]))
                rng = np.random.default_rng([options.seed, n, i, power])
                scores.append(score(instance, 2**power, rng))
            recalls = [s.recall for s in scores]
            error = statistics.pstdev(recalls) / len(recalls) ** 0.5
            mean = statistics.fmean(recalls)
            precise = statistics.fmean(s.precision for s in scores)
            seconds = (time.perf_counter() - start) / options.instances
            print(
                f"{n:4d}  2^{power}  {mean:6.3f} {error:6.3f} {recall:6.3f}"
                f"                {precise:6.3f} {precision:6.3f}        {seconds:8.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
