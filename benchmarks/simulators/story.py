"""What every simulator makes, and what the simulators share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Setting = tuple[str, str]
"""A variable, and "down", "up", or the label that it is set to."""

Target = frozenset[Setting]
"""What was done to a row; nothing, if it is empty."""

NOTHING: Target = frozenset()

HELD_OUT = "held out"
"""The group to which nothing was done."""

Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Story:
    """Rows of one seed.

    Attributes
    ----------
    parents : dict of str to list of str
        The true graph, from cause to effect.
    control, rows, null : dict of str to numpy.ndarray
        Columns of control rows, of the groups, and of further rows to which nothing was done.
    group : numpy.ndarray of str
        The group of each of ``rows``.
    truth : dict of str to dict of Target to float
        The targets of each group, with their shares of its rows.
    fixed : tuple of str
        Variables that nothing sets, such as load or depth.
    batch : str or None
        Column that names the batch; it is not a variable.
    """

    parents: dict[str, list[str]]
    control: Columns
    rows: Columns
    null: Columns
    group: np.ndarray
    truth: dict[str, dict[Target, float]]
    fixed: tuple[str, ...] = ()
    batch: str | None = None


@dataclass(frozen=True)
class Plan:
    """The targets of each group with their shares, and the rows of each group."""

    shares: dict[str, dict[Target, float]]
    rows: int

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, list[Target]]:
        """Return the group and the target of each row."""
        groups, targets = [], []
        for group, shares in self.shares.items():
            options = list(shares)
            drawn = rng.choice(len(options), self.rows, p=list(shares.values()))
            groups += [group] * self.rows
            targets += [options[k] for k in drawn]
        return np.array(groups), targets


def plan_guides(
    genes: Sequence[str], rows: int, rng: np.random.Generator, side: str = "down"
) -> Plan:
    """Six guides, each against a gene of its own.

    Between 15 and 35 % of a guide's cells escape it. Every second guide also hits a second gene, in
    20 to 35 % of its cells.
    """
    shares: dict[str, dict[Target, float]] = {}
    for k, gene in enumerate(rng.choice(genes, 6, replace=False).tolist()):
        escaped = rng.uniform(0.15, 0.35)
        both = rng.uniform(0.2, 0.35) if k % 2 else 0.0
        own = {(gene, side)}
        found = {NOTHING: escaped, frozenset(own): 1 - escaped - both}
        if both:
            other = rng.choice([g for g in genes if g != gene])
            found[frozenset(own | {(str(other), side)})] = both
        shares[f"sg{gene}"] = found
    shares[HELD_OUT] = {NOTHING: 1.0}
    return Plan(shares, rows)


def rows_with(targets: Sequence[Target], variable: str) -> np.ndarray:
    """Return which rows have this variable set."""
    which: Mapping[Target, bool] = {
        target: any(name == variable for name, _ in target) for target in set(targets)
    }
    return np.array([which[target] for target in targets], dtype=bool)
