"""A marketing log: campaigns set what customers saw or did, and who was reached is not logged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulators.story import HELD_OUT, NOTHING, Columns, Plan, Story, Target, rows_with

ROWS = 300_000
"""Rows of the six campaigns and of the customers that no campaign addressed."""
CONTROLS = 60_000
NULL = 6000

STATES = {
    "region": ("north", "south", "east", "west"),
    "age": ("18-29", "30-44", "45-64", "65+"),
    "device": ("phone", "laptop", "tablet"),
    "member": ("no", "yes"),
    "email": ("not sent", "sent", "opened"),
    "ad": ("not seen", "seen"),
    "visit": ("no", "yes"),
    "search": ("no", "yes"),
    "coupon": ("no", "yes"),
    "basket": ("empty", "small", "large"),
    "purchase": ("no", "yes"),
    "returned": ("no", "yes"),
}

PARENTS: dict[str, list[str]] = {
    "region": [],
    "age": [],
    "device": ["age"],
    "member": ["age", "region"],
    "email": ["member"],
    "ad": ["device", "age"],
    "visit": ["email", "ad"],
    "search": ["visit", "device"],
    "coupon": ["email", "member"],
    "basket": ["visit", "search"],
    "purchase": ["basket", "coupon"],
    "returned": ["purchase", "age"],
}

REACHED = {
    "email": "opened",
    "ad": "seen",
    "visit": "yes",
    "coupon": "yes",
    "search": "yes",
    "basket": "large",
}
"""What a campaign can bring about."""

MISSING = {"age": 0.03, "device": 0.02, "region": 0.01}
"""Share of missing values, at random."""


@dataclass(frozen=True)
class Habits:
    """Scores of each state given the parents' states, added up and turned into probabilities."""

    base: dict[str, np.ndarray]
    shifts: dict[tuple[str, str], np.ndarray]

    def draw(self, name: str, codes: Columns, n: int, rng: np.random.Generator) -> np.ndarray:
        scores = np.tile(self.base[name], (n, 1))
        for parent in PARENTS[name]:
            scores += self.shifts[parent, name][codes[parent]]
        noise = rng.gumbel(size=scores.shape)
        return (scores + noise).argmax(axis=1)


def draw_habits(rng: np.random.Generator) -> Habits:
    base = {name: rng.normal(0, 0.7, len(states)) for name, states in STATES.items()}
    for name in REACHED:
        base[name][0] += 0.8  # most customers do not, of their own accord
    shifts = {
        (parent, name): rng.normal(0, 0.9, (len(STATES[parent]), len(STATES[name])))
        for name, parents in PARENTS.items()
        for parent in parents
    }
    return Habits(base, shifts)


def draw_campaigns(rng: np.random.Generator) -> Plan:
    """Six campaigns with one main exposure each, and a second one in some of its rows."""
    shares: dict[str, dict[Target, float]] = {}
    for k in range(6):
        main, second = (list(REACHED.items())[i] for i in rng.permutation(len(REACHED))[:2])
        reached, both = rng.uniform(0.05, 0.15), rng.uniform(0.03, 0.08)
        shares[f"campaign {k + 1}"] = {
            NOTHING: 1 - reached - both,
            frozenset({main}): reached,
            frozenset({main, second}): both,
        }
    shares[HELD_OUT] = {NOTHING: 1.0}
    return Plan(shares, ROWS // len(shares))


def simulate_exposures(seed: int) -> Story:
    """Twelve columns of labels; exposures are not logged, and some values are missing."""
    rng = np.random.default_rng([seed, 5])
    habits = draw_habits(rng)
    plan = draw_campaigns(rng)

    def log(targets: list[Target]) -> Columns:
        n = len(targets)
        codes: Columns = {}
        for name, states in STATES.items():
            codes[name] = habits.draw(name, codes, n, rng)
            if name in REACHED:
                codes[name][rows_with(targets, name)] = states.index(REACHED[name])
        table: Columns = {}
        for name, states in STATES.items():
            labels = np.array(states, dtype=object)[codes[name]]
            labels[rng.random(n) < MISSING.get(name, 0.0)] = None
            table[name] = labels
        return table

    group, targets = plan.draw(rng)
    return Story(
        PARENTS,
        log([NOTHING] * CONTROLS),
        log(targets),
        log([NOTHING] * NULL),
        group,
        plan.shares,
        fixed=("region", "age", "device", "member"),
    )
