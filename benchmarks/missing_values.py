"""Missing values summed out, or dropped with their rows: the tables of docs/how-to/missing.md.

Mixtures of do() and three targets of one or two variables, on random networks of 12 variables with
3 states; 2,000 rows, and with ``--learnt`` 1,000 control rows that miss entries too. With
``--null``, nothing was done: networks of 5 variables, 500 rows, and every target but do() is
false. Entries are missing at random; with ``--by-value``, those of the first state alone are, three
times as often.

    PYTHONPATH=tests python benchmarks/missing_values.py --seeds 20 40
    PYTHONPATH=tests python benchmarks/missing_values.py --seeds 20 40 --learnt
    PYTHONPATH=tests python benchmarks/missing_values.py --seeds 60 120 --null
    PYTHONPATH=tests python benchmarks/missing_values.py --seeds 60 120 --null --by-value
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import defaultdict
from typing import Any

import numpy as np

from domix import Disentanglement, DomixWarning, Mixture, disentangle
from domix.util.text_tables import aligned
from strategies import planted

SHARES = (0.02, 0.1)
NULL_SHARES = (0.1,)
HEAD = ["rows", "recall", "precision", "distance", "covered", "std.err", "seconds"]


def draw_mixture(seed: int, variables: int, targets: int) -> Mixture:
    """Draw targets that set one or two variables, on a random network."""
    rng = np.random.default_rng(1000 + seed)
    drawn: list[dict[int, int]] = [{}]
    while len(drawn) < 1 + targets:
        chosen = rng.choice(variables, int(rng.integers(1, 3)), replace=False)
        target = {int(v): int(rng.integers(0, 2)) for v in chosen}
        if target not in drawn:
            drawn.append(target)
    return planted(variables, drawn, seed=seed)


def hide(rows, share: float, seed: int, by_value: bool = False):
    """Mask a share of the entries at random, or three times that share of the first states.

    The seed is another than that of the rows: with the same, low draws would be missing, not at
    random.
    """
    chances = 3 * share * (rows == 0) if by_value else share
    return np.ma.array(rows, mask=np.random.default_rng([seed, 91]).random(rows.shape) < chances)


def run(mixture: Mixture, rows, controls, **options: Any) -> tuple[Disentanglement, float]:
    """Disentangle, and measure the seconds."""
    if controls is not None:
        options |= {"observational": controls, "graph": "given"}
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        result = disentangle(mixture.network, rows, **options)
    return result, time.perf_counter() - start


def score(mixture: Mixture, result: Disentanglement) -> list[float]:
    """Return recall, precision, total variation distance of weights, coverage and mean error."""
    truth = dict(zip(mixture.interventions, mixture.weights, strict=True))
    found = {c.intervention: c for c in result.components}
    hits = [target for target in truth if target in found]
    distance = sum(
        abs(truth.get(t, 0.0) - (found[t].weight if t in found else 0.0)) for t in {*truth, *found}
    )
    covered = [found[t].interval[0] <= truth[t] <= found[t].interval[1] for t in hits]
    return [
        len(hits) / len(truth),
        len(hits) / len(found),
        distance / 2,
        float(np.mean(covered)),
        float(np.mean([found[t].std_error for t in hits])),
    ]


def compare(seeds: range, learnt: bool, by_value: bool) -> None:
    """Print what is found of planted targets."""
    scores = defaultdict(list)
    for seed in seeds:
        mixture = draw_mixture(seed, 12, 3)
        rows = mixture.sample(2000, rng=seed)
        controls = mixture.network.sample(1000, rng=seed + 500) if learnt else None
        runs: dict[str, tuple[Any, Any, dict[str, Any]]] = {"complete": (rows, controls, {})}
        for share in SHARES:
            given = hide(rows, share, seed, by_value)
            holey = None if controls is None else hide(controls, share, seed + 77, by_value)
            for missing in ("marginalize", "drop"):
                runs[f"{share:.0%} {missing}"] = given, holey, {"missing": missing}
        for name, (given, holey, options) in runs.items():
            result, seconds = run(mixture, given, holey, **options)
            scores[name].append([*score(mixture, result), seconds])
    body = [[name, *(f"{x:.3f}" for x in np.mean(v, axis=0))] for name, v in scores.items()]
    print(aligned(HEAD, body, "<" + ">" * (len(HEAD) - 1)))


def count_false(seeds: range, learnt: bool, by_value: bool) -> None:
    """Print in how many runs a target is found where nothing was done."""
    false = defaultdict(list)
    for seed in seeds:
        mixture = planted(5, [{}], seed=seed)
        rows = mixture.sample(500, rng=seed)
        controls = mixture.network.sample(500, rng=seed + 500) if learnt else None
        for share in (0.0, *NULL_SHARES):
            given = hide(rows, share, seed, by_value)
            holey = None if controls is None else hide(controls, share, seed + 77, by_value)
            result, _ = run(mixture, given, holey, missing="marginalize")
            false[share].append(sum(bool(c.intervention) for c in result.components))
    for share, counts in false.items():
        runs = sum(count > 0 for count in counts)
        print(f"{share:.0%} missing: {runs} of {len(counts)} runs, {sum(counts)} false targets")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 20))
    parser.add_argument("--learnt", action="store_true")
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--by-value", action="store_true")
    arguments = parser.parse_args()
    measure = count_false if arguments.null else compare
    measure(range(*arguments.seeds), arguments.learnt, arguments.by_value)
