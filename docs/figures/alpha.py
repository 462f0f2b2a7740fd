"""Simulate what alpha.md says of alpha, and write its table: python docs/figures/alpha.py.

The instances are those of limits.py in which the model is right, with other seeds. Tables are
learnt from as many control rows as there are rows.
"""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from domix import DomixWarning, disentangle

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

from limits import draw, nothing, score, write_between  # noqa: E402

RESULTS = FOLDER / "alpha.csv"
PAGE = FOLDER.parent / "how-to" / "alpha.md"
ALPHAS = (0.2, 0.05, 0.01, 0.001)
SEEDS: Mapping[int, range] = {256: range(16_000, 16_200), 1024: range(16_000, 16_100)}
"""By the number of rows."""


class Run(NamedTuple):
    """One line of alpha.csv: an instance at one alpha.

    ``null`` is the number of targets where nothing was done. Of a mixture, ``false`` are the false
    targets, ``false_exact`` those that are called exact, ``false_apart`` those whose alternatives
    hold no true target; ``exact`` is the share of the true targets that are called exact.
    """

    rows: int
    alpha: float
    seed: int
    null: int
    recall: float
    exact: float
    false: int
    false_exact: int
    false_apart: int


def simulate(rows: int, seed: int) -> Iterator[Run]:
    """Estimate one instance at every alpha."""
    instance = draw(nothing, 0, seed, rows)
    true = instance.weights
    for alpha in ALPHAS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DomixWarning)
            null, result = (
                disentangle(instance.network, codes, observational=instance.control, alpha=alpha)
                for codes in (instance.null, instance.rows)
            )
        false = [c for c in result.components if c.intervention.mode not in true]
        exact = [c for c in result.components if c.intervention.mode in true and c.exact]
        apart = [c for c in false if not any(a.intervention.mode in true for a in c.alternatives)]
        yield Run(
            rows,
            alpha,
            seed,
            sum(bool(c.intervention) for c in null.components),
            score(instance, result)[0],
            len(exact) / len(true),
            len(false),
            sum(bool(c.exact) for c in false),
            len(apart),
        )


def read_runs() -> list[Run]:
    """Read the committed results."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [
        Run(
            int(n), float(alpha), int(seed), int(null), float(recall), float(exact), *map(int, rest)
        )
        for n, alpha, seed, null, recall, exact, *rest in lines
    ]


def tabulate(runs: list[Run]) -> str:
    """Return the table of the page."""
    lines = [
        "| rows | alpha | nothing done: any target | mixtures: any false | false and exact | "
        "no true look-alike | recall | recall of exact targets |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rows, alpha in sorted({(run.rows, -run.alpha) for run in runs}):
        own = [run for run in runs if (run.rows, run.alpha) == (rows, -alpha)]
        counts = [
            sum(map(bool, column))
            for column in zip(
                *((r.null, r.false, r.false_exact, r.false_apart) for r in own), strict=True
            )
        ]
        means = [sum(r.recall for r in own) / len(own), sum(r.exact for r in own) / len(own)]
        cells = [*(f"{n} of {len(own)}" for n in counts), *(f"{mean:.3f}" for mean in means)]
        lines.append(f"| {rows:,} | {-alpha:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Simulate everything, and write the results and the table."""
    runs = [run for rows, seeds in SEEDS.items() for seed in seeds for run in simulate(rows, seed)]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Run._fields)
        writer.writerows(runs)
    write_between(PAGE, "alpha", tabulate(runs))


if __name__ == "__main__":
    main()
