"""Screens of twelve genes with continuous expression: linear, or with nonlinear effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulators.story import NOTHING, Columns, Plan, Story, Target, plan_guides, rows_with

GENES = ("ATF3", "BRD4", "CDK6", "DUSP1", "EGR1", "FOXO1", "GATA2", "HES1", "IRF4", "JUN")
GENES += ("KLF4", "LMO2")

CONTROLS = 4000
CELLS = 1000
"""Cells of each guide."""
NULL = 6000
EDGES = 13
MOST_PARENTS = 3

KNOCK_DOWN = (3.5, 4.5)
"""A knocked-down gene lies so many standard deviations below its mean, gene by gene ..."""
UNEVEN = 0.3
"""... with this standard deviation from cell to cell, in the same units."""

Effect = Callable[[np.ndarray], np.ndarray]


def saturate(x: np.ndarray) -> np.ndarray:
    return 1.6 * np.tanh(x / 1.6)


def bend(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, 1.3 * x, 0.6 * x)


def curve(x: np.ndarray) -> np.ndarray:
    return x + 0.12 * x**2


def switch(x: np.ndarray) -> np.ndarray:
    return 2.5 / (1 + np.exp(-2 * x)) - 1.25


SHAPES: tuple[Effect, ...] = (saturate, bend, curve, switch)


@dataclass(frozen=True)
class Cause:
    """One edge of the graph: the effect of a gene on another, in units of its deviation."""

    gene: str
    coefficient: float
    shape: Effect | None = None

    def act(self, x: np.ndarray) -> np.ndarray:
        return self.coefficient * (x if self.shape is None else self.shape(x))


Causes = dict[str, list[Cause]]
"""The causes of each gene; genes stand in a topological order."""


def draw_causes(rng: np.random.Generator, nonlinear: bool) -> Causes:
    """Draw a graph of 13 edges, no gene with more than three parents."""
    order = rng.permutation(GENES).tolist()
    causes: Causes = {gene: [] for gene in order}
    edges = 0
    while edges < EDGES:
        i, j = sorted(rng.choice(len(order), 2, replace=False))
        cause, effect = order[i], order[j]
        if len(causes[effect]) < MOST_PARENTS and cause not in {c.gene for c in causes[effect]}:
            coefficient = rng.choice([-1, 1]) * rng.uniform(0.5, 1.2)
            shape = SHAPES[rng.integers(len(SHAPES))] if nonlinear else None
            causes[effect].append(Cause(cause, coefficient, shape))
            edges += 1
    return causes


def parents_of(causes: Causes) -> dict[str, list[str]]:
    return {gene: [c.gene for c in found] for gene, found in causes.items()}


def express(
    causes: Causes,
    targets: list[Target],
    levels: Callable[[str, int], np.ndarray],
    rng: np.random.Generator,
) -> Columns:
    """Return the expression of each gene, in cells with these targets.

    ``levels(gene, n)`` are the values of a knocked-down gene in n cells.
    """
    cells: Columns = {}
    for gene, found in causes.items():
        x = rng.normal(0, 0.8, len(targets))
        for cause in found:
            x += cause.act(cells[cause.gene])
        down = rows_with(targets, gene)
        x[down] = levels(gene, int(down.sum()))
        cells[gene] = x
    return cells


def simulate_screen(seed: int, nonlinear: bool) -> Story:
    rng = np.random.default_rng([seed, 2 if nonlinear else 1])
    causes = draw_causes(rng, nonlinear)
    plan: Plan = plan_guides(GENES, CELLS, rng)
    group, targets = plan.draw(rng)

    def no_levels(gene: str, n: int) -> np.ndarray:
        return np.empty(n)

    large = express(causes, [NOTHING] * 20_000, no_levels, rng)
    means = {gene: x.mean() for gene, x in large.items()}
    spreads = {gene: x.std() for gene, x in large.items()}

    depths = dict(zip(GENES, rng.uniform(*KNOCK_DOWN, len(GENES)), strict=True))

    def levels(gene: str, n: int) -> np.ndarray:
        return means[gene] - rng.normal(depths[gene], UNEVEN, n) * spreads[gene]

    return Story(
        parents_of(causes),
        express(causes, [NOTHING] * CONTROLS, levels, rng),
        express(causes, targets, levels, rng),
        express(causes, [NOTHING] * NULL, levels, rng),
        group,
        plan.shares,
    )


def simulate_linear_screen(seed: int) -> Story:
    return simulate_screen(seed, nonlinear=False)


def simulate_nonlinear_screen(seed: int) -> Story:
    return simulate_screen(seed, nonlinear=True)
