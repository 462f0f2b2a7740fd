"""One measurement of benchmarks/scaling.py, in a process of its own.

It imports what every version of domix has, so that other versions can be measured, too. The folder
holds the network (net.json), the rows (rows.npy) and the names of the true targets (truth.json).

    python benchmarks/scaling_measure.py FOLDER '{"alpha": 0.05}' [WORKERS]
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

import domix
from domix.study.scoring.cost import measure_cost

MEGABYTE = 1e6

PASSES = 5
"""The first of them also reads the memory for its result."""


def resident_mb() -> float:
    """Memory of this process at the moment."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def measure(folder: Path, options: dict[str, Any], workers: int) -> dict[str, Any]:
    net, rows = domix.read_network(folder / "net.json"), np.load(folder / "rows.npy")
    truth = set(json.loads((folder / "truth.json").read_text("utf-8")))
    with ExitStack() as stack:
        if workers:
            from distributed import Client, LocalCluster

            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
            )
            options["client"] = stack.enter_context(Client(stack.enter_context(cluster)))
        passes = [measure_cost(lambda: net.log_prob(rows))[1] for _ in range(PASSES)]
        before = resident_mb()
        result, cost = measure_cost(lambda: domix.disentangle(net, rows, **options))
    found = {str(component.intervention) for component in result.components}
    return {
        "seconds": cost.seconds,
        "cpu_seconds": cost.cpu_seconds,
        "peak_mb": cost.memory_mb - before,
        "pass_seconds": statistics.median(cost.seconds for cost in passes),
        "found": len(truth & found),
        "missed": len(truth - found),
        "false": len(found - truth),
        "result": hashlib.sha256(result.to_json().encode()).hexdigest()[:12],
        "domix": str(Path(domix.__file__).parents[1]),
    }


def main() -> None:
    folder, options, *workers = sys.argv[1:]
    warnings.simplefilter("ignore", domix.DomixWarning)
    count = int(workers[0]) if workers else 0
    print(json.dumps(measure(Path(folder), json.loads(options), count)))


if __name__ == "__main__":
    main()
