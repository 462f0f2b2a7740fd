"""A screen of twelve genes with counts: zero-inflated, overdispersed, and of different depth."""

from __future__ import annotations

import numpy as np

from simulators.screens import CELLS, CONTROLS, GENES, NULL, draw_causes, express, parents_of
from simulators.story import NOTHING, Columns, Story, Target, plan_guides

DEPTH = "depth"
BATCH = "batch"
BATCHES = {"first": 0.7, "second": 1.0, "third": 1.4}
"""Depth of the batches, as a multiple of the mean."""

SPREAD = 0.7
"""Log expression per unit of the structural equations."""
KNOCK_DOWN = (2.5, 3.5)
"""A knocked-down gene has exp(-2.5) to exp(-3.5) of its expression left, 8 to 3 %, by gene ..."""
UNEVEN = 0.25
"""... times a log-normal factor of this deviation, cell by cell."""
DISPERSION = 0.1
UMI = 6000
"""Counts of all other genes in a cell of mean depth."""


def simulate_counts(seed: int) -> Story:
    """Counts are negative binomial, given the log expression that genes act by.

    The total count of the other genes is measured as ``depth``; nothing sets it, and it acts on all
    genes.
    """
    rng = np.random.default_rng([seed, 3])
    causes = draw_causes(rng, nonlinear=False)
    plan = plan_guides(GENES, CELLS, rng)
    base = dict(zip(GENES, np.exp(rng.uniform(np.log(8), np.log(40), len(GENES))), strict=True))
    dropout = dict(zip(GENES, rng.uniform(0.01, 0.08, len(GENES)), strict=True))

    lowered = dict(zip(GENES, rng.uniform(*KNOCK_DOWN, len(GENES)), strict=True))

    def levels(gene: str, n: int) -> np.ndarray:
        return -rng.normal(lowered[gene], UNEVEN, n) / SPREAD

    def count(targets: list[Target]) -> Columns:
        n = len(targets)
        batch = rng.choice(list(BATCHES), n)
        depth = np.array([BATCHES[b] for b in batch]) * np.exp(rng.normal(0, 0.2, n))
        cells: Columns = {BATCH: batch, DEPTH: rng.poisson(UMI * depth)}
        for gene, x in express(causes, targets, levels, rng).items():
            mean = depth * base[gene] * np.exp(SPREAD * x)
            counts = rng.poisson(mean * rng.gamma(1 / DISPERSION, DISPERSION, n))
            cells[gene] = np.where(rng.random(n) < dropout[gene], 0, counts)
        return cells

    group, targets = plan.draw(rng)
    parents = {DEPTH: [], **{g: [DEPTH, *found] for g, found in parents_of(causes).items()}}
    return Story(
        parents,
        count([NOTHING] * CONTROLS),
        count(targets),
        count([NOTHING] * NULL),
        group,
        plan.shares,
        fixed=(DEPTH,),
        batch=BATCH,
    )
