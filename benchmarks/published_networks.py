"""Recall and precision on published networks, through the command line and files.

For each network and seed, 20,000 rows are simulated from do() at .3 and six random interventions on
one to three variables each, and disentangled with known tables. Recall is over detectable targets:
without one of them, and the other true targets refitted, the log-likelihood falls by at least 12
nats. The code that finds them is independent of the estimator.

    python benchmarks/published_networks.py --data ../shared/data --seeds 100 101 102 103 104
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import tempfile
import warnings
from pathlib import Path

import numpy as np

from domix import Disentanglement, DomixWarning, Mixture, Network, read_network
from domix.cli import main as run_command
from domix.data.files import read_frame
from domix.study.instances.planted import plant
from domix.study.scoring.metrics import compare, recall_of
from domix.study.scoring.oracle import detectable

NETWORKS = ("sachs", "alarm", "child", "insurance", "hailfinder", "hepar2")
ROWS = 20_000


def simulate_and_disentangle(
    path: Path, net: Network, mix: Mixture, seed: int, folder: Path
) -> tuple[np.ndarray, Disentanglement]:
    """Return rows and result, both read from files."""
    rows, out = folder / "rows.csv", folder / "result.json"
    options = []
    for target, weight in zip(mix.interventions, mix.weights.tolist(), strict=True):
        pairs = ",".join(f"{_escape(name)}={_escape(label)}" for name, label in target.items())
        options += ["--do", f"{pairs}@{weight!r}"]
    simulate = ["simulate", str(path), *options, "--rows", str(ROWS), "--seed", str(seed)]
    for arguments in (
        [*simulate, "--out", str(rows), "--quiet"],
        ["disentangle", str(path), str(rows), "--out", str(out), "--quiet"],
    ):
        with contextlib.redirect_stdout(io.StringIO()):
            status = run_command(arguments)
        if status != 0:
            raise SystemExit(f"domix {arguments[0]} failed")
    result = Disentanglement.from_json(out.read_text(encoding="utf-8"))
    return net.encode(read_frame(rows)), result


def _escape(text: object) -> str:
    return "".join("\\" + c if c in "\\,=@" else c for c in str(text))


def measure(path: Path, seed: int) -> tuple[float, float, int, int]:
    """Return recall of detectable targets, precision, number of detectable and of all targets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        net = read_network(path)
    mix = plant(net, np.random.default_rng(seed))
    with tempfile.TemporaryDirectory() as folder:
        codes, result = simulate_and_disentangle(path, net, mix, seed, Path(folder))
    scores = compare(mix, result)
    is_detectable = detectable(net, codes, mix)
    recall = recall_of(mix, result, is_detectable)
    return recall, scores.precision, sum(is_detectable), len(is_detectable)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--networks", nargs="+", default=NETWORKS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[100, 101, 102, 103, 104])
    options = parser.parse_args()
    print(f"{'network':12} {'recall':>7} {'precision':>9} {'detectable':>10}   by seed")
    for name in options.networks:
        path = options.data / "networks" / f"{name}.bif"
        runs = [measure(path, seed) for seed in options.seeds]
        recall, precision = (statistics.fmean(run[i] for run in runs) for i in (0, 1))
        share = sum(run[2] for run in runs) / sum(run[3] for run in runs)
        by_seed = " ".join(f"{r:.2f}/{p:.2f}" for r, p, *_ in runs)
        print(f"{name:12} {recall:7.3f} {precision:9.3f} {share:10.2f}   {by_seed}", flush=True)


if __name__ == "__main__":
    main()
