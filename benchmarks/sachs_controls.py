"""Negative controls on measured data: rows of one condition against rows of the same condition.

Halves of each of the nine conditions of Sachs et al. (2005), and the two baseline conditions, are
taken in turn as control rows and as the mixture. Nothing was done between the two, so that every
target but do() is false, although the consensus graph does not fit the data. The shares of runs
with any false target are those of docs/data/sachs.md.

With ``--known``, the pooled halves of all conditions are disentangled instead, with untreated cells
as control rows, and the known targets that come back are counted.

    python benchmarks/sachs_controls.py --data ../shared/data --splits 5 --seed 0
    python benchmarks/sachs_controls.py --data ../shared/data --splits 5 --seed 0 --known
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from domix import Disentanglement, DomixWarning, Network, disentangle
from domix.problems.inputs import Options
from domix.util.text_tables import aligned
from sachs import STATES, Condition, load, split

METHODS: dict[str, Options] = {
    "given": {"graph": "given", "contrast": False},
    "contrast": {"graph": "given", "contrast": True},
    "repair": {"graph": "repair", "contrast": False},
    "defaults": {},
}


def splits(
    conditions, codes, times: int, seed: int
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield the name of a comparison, control rows and mixture rows; each both ways."""
    rng = np.random.default_rng(seed)
    baselines = [c for c in conditions if is_baseline(c)]
    first, second = (codes[c.rows] for c in baselines)
    yield "baseline with baseline", first, second
    yield "baseline with baseline", second, first
    for _ in range(times):
        for condition in conditions:
            rows = codes[rng.permutation(np.arange(condition.rows.start, condition.rows.stop))]
            name = "halves of baselines" if condition in baselines else "halves of conditions"
            one, other = np.array_split(rows, 2)
            yield name, one, other
            yield name, other, one


def measure(folder: Path, times: int, seed: int, methods: list[str]) -> str:
    """Tabulate, by comparison and method, the runs with false targets, and their number."""
    graph, conditions, codes = load(folder)
    net = without_tables(graph)
    false: dict[tuple[str, str], list[int]] = {}
    seconds: dict[tuple[str, str], float] = {}
    for name, control, mixed in splits(conditions, codes, times, seed):
        for method in methods:
            start = time.process_time()
            result = find(net, mixed, control, method)
            targets = sum(bool(c.intervention) for c in result.components)
            key = name, method
            false.setdefault(key, []).append(targets)
            seconds[key] = seconds.get(key, 0.0) + time.process_time() - start
    body = [
        [
            name,
            method,
            str(len(counts)),
            f"{np.mean(np.array(counts) > 0):.3f}",
            f"{np.mean(counts):.2f}",
            f"{seconds[name, method] / len(counts):.2f}",
        ]
        for (name, method), counts in false.items()
    ]
    head = ["comparison", "method", "runs", "any false target", "false targets", "seconds"]
    return aligned(head, body, "<<>>>>")


def known_targets(folder: Path, times: int, seed: int, methods: list[str]) -> str:
    """Tabulate, by split and method, the targets found and which of the known ones are among them.

    Control rows are the untreated cells of one half of all cells; the other half is the mixture.
    """
    graph, conditions, codes = load(folder)
    net, body = without_tables(graph), []
    known = {c.target for c in conditions if c.target}
    for split_seed in range(seed, seed + times):
        first, condition_of_row, pooled, _ = split(conditions, split_seed)
        untreated = [is_baseline(conditions[c]) for c in condition_of_row]
        for method in methods:
            start = time.process_time()
            result = find(net, codes[pooled], codes[first[untreated]], method)
            found = {c.intervention for c in result.components if c.intervention}
            body.append(
                [
                    str(split_seed),
                    method,
                    str(len(found)),
                    f"{len(found & known)} of {len(known)}",
                    ", ".join(sorted(map(str, found & known))),
                    str(sum(any(k.items() < f.items() for k in known) for f in found)),
                    f"{time.process_time() - start:.1f}",
                ]
            )
    head = ["split", "method", "targets", "known", "which", "contain a known one", "seconds"]
    return aligned(head, body, "<<>><>>")


def is_baseline(condition: Condition) -> bool:
    """Whether nothing but the stimulation was done that all conditions have."""
    return not condition.target and not condition.acts_on


def without_tables(graph) -> Network:
    uniform = {v: np.full((3,) * (len(p) + 1), 1 / 3) for v, p in graph.items()}
    return Network(graph, dict.fromkeys(graph, STATES), uniform)


def find(net: Network, mixed: np.ndarray, control: np.ndarray, method: str) -> Disentanglement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        return disentangle(net, mixed, observational=control, **METHODS[method])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    args = parser.parse_args()
    tabulate = known_targets if args.known else measure
    print(tabulate(args.data / "sachs", args.splits, args.seed, args.methods))


if __name__ == "__main__":
    main()
