"""The protein-signalling data of Sachs et al. (2005) without labels: which conditions are found?

The tables of the consensus graph are learnt from half of each condition's cells, with labels; a
cell is left out of the table of the protein that its reagent acts on. The other halves are pooled
without labels and disentangled. This prints the tables of docs/data/sachs.md.

    python benchmarks/sachs.py --data ../shared/data --seed 0
    python benchmarks/sachs.py --data ../shared/data --page docs/data/sachs.md
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from domix import Component, Disentanglement, Intervention, Network, disentangle, do
from domix.util.text_tables import aligned

STATES = (1, 2, 3)
UNMEASURED = {"LY294002": {"pip3"}}
"""Reagents with an unmeasured target, and the variables whose tables they change.

LY294002 inhibits PI3K, which makes PIP3; it sets no variable to a known level.
"""


@dataclass(frozen=True)
class Condition:
    reagent: str
    rows: slice
    target: Intervention
    acts_on: frozenset[str]


def load(folder: Path) -> tuple[dict[str, list[str]], list[Condition], np.ndarray]:
    """Read the graph, the conditions, and the cells as codes."""
    text = (folder / "sachs.2005.discrete.txt").read_text().split("\n", 1)
    names = text[0].split()
    codes = np.array(text[1].split(), dtype=np.uint8).reshape(-1, len(names)) - 1
    graph: dict[str, list[str]] = {name: [] for name in names}
    edges = (folder / "sachs.2005.ground.truth.graph.txt").read_text()
    for cause, effect in re.findall(r"(\w+) --> (\w+)", edges):
        graph[effect].append(cause)
    conditions = []
    with (folder / "conditions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            name = row["recoded_variable"]
            target = do({name: int(row["recoded_value"])}) if name else do()
            conditions.append(
                Condition(
                    row["reagent"],
                    slice(int(row["first_row"]) - 1, int(row["last_row"])),
                    target,
                    frozenset(target) | UNMEASURED.get(row["reagent"], set()),
                )
            )
    return graph, conditions, codes


def split(
    conditions: list[Condition], seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return rows and conditions of the labelled halves, then of the pooled ones."""
    rng = np.random.default_rng(seed)
    halves: tuple[list[int], list[int]] = ([], [])
    for condition in conditions:
        rows = rng.permutation(np.arange(condition.rows.start, condition.rows.stop))
        for half, part in zip(halves, np.array_split(rows, 2), strict=True):
            half.extend(sorted(part.tolist()))
    condition_of_row = np.zeros(conditions[-1].rows.stop, dtype=int)
    for c, condition in enumerate(conditions):
        condition_of_row[condition.rows] = c
    labelled, pooled = map(np.array, halves)
    return labelled, condition_of_row[labelled], pooled, condition_of_row[pooled]


def learn(graph, conditions, codes, which) -> Network:
    acted_on = [conditions[c].acts_on for c in which]
    return Network.fit(graph, codes, dict.fromkeys(graph, STATES), intervened=acted_on)


def compare_assignments(conditions, which, assigned) -> str:
    """Tabulate, by condition, how often its target is assigned, and the most frequent target."""
    body = []
    exact_all = 0
    for c, condition in enumerate(conditions):
        own = [target for target, w in zip(assigned, which, strict=True) if w == c]
        exact = sum(target == condition.target for target in own)
        exact_all += exact
        within = sum(condition.target.items() <= target.items() for target in own)
        most_frequent, times = Counter(map(str, own)).most_common(1)[0]
        body.append(
            [
                condition.reagent,
                str(condition.target),
                f"{exact / len(own):.2f}",
                f"{within / len(own):.2f}" if condition.target else "",
                f"{most_frequent} {times / len(own):.2f}",
            ]
        )
    body.append(["all", "", f"{exact_all / len(assigned):.2f}", "", ""])
    return aligned(
        ["condition", "known target", "exact", "contains it", "mostly assigned to"], body, "<<>><"
    )


def compare_conditions(conditions, codes, which, net: Network) -> str:
    """Tabulate the misfit of each condition under its own label, with the tables as known."""
    known = Network(net.parents, net.states, {v: net.cpt(v) for v in net.variables})
    body = []
    for c, condition in enumerate(conditions):
        alone = Disentanglement(known, (Component(condition.target, 1.0),), "known", alpha=0.05)
        fit = alone.goodness_of_fit(codes[which == c])
        flags = Counter(row.variable for row in fit.flagged)
        tested = sum(row.p_value is not None for row in fit.rows)
        body.append(
            [
                condition.reagent,
                str(condition.target),
                f"{len(fit.flagged)} of {tested}",
                ", ".join(f"{name} {times}" for name, times in flags.most_common()),
            ]
        )
    return aligned(["condition", "known target", "flagged", "where"], body, "<<><")


def report(folder: Path, seed: int) -> dict[str, str]:
    """Return the sections of the page, title to text."""
    graph, conditions, codes = load(folder)
    labelled, labelled_condition, pooled, true_condition = split(conditions, seed)
    net = learn(graph, conditions, codes[labelled], labelled_condition)
    mixed = codes[pooled]
    # The page discusses hard targets.
    result = disentangle(net, mixed, soft=False)
    fit = result.goodness_of_fit(mixed, observational=net)

    shares = Counter(conditions[c].target for c in true_condition)
    components = tuple(Component(t, n / len(pooled)) for t, n in shares.items())
    truth = Disentanglement(net, components, "known", alpha=0.05)
    weights = {c.intervention: c.weight for c in result.components}
    body = []
    for target, times in shares.items():
        above = sum(w for t, w in weights.items() if target.items() <= t.items())
        body.append(
            [
                str(target),
                f"{times / len(pooled):.3f}",
                f"{weights[target]:.3f}" if target in weights else "no",
                f"{above:.3f}" if target else "",
            ]
        )
    flagged = Counter(row.variable for row in fit.flagged)
    sections = [
        ("Targets found", result.summary()),
        (
            "Known targets",
            aligned(["target", "share", "weight", "of all that contain it"], body, "<>>>"),
        ),
        (
            "Cells, by condition",
            compare_assignments(conditions, true_condition, result.assign(mixed)[0]),
        ),
        (
            "Cells, with known targets and weights",
            compare_assignments(conditions, true_condition, truth.assign(mixed)[0]),
        ),
        ("Misfit", fit.summary()),
        (
            "Flags by variable",
            ", ".join(f"{name} {times}" for name, times in flagged.most_common()),
        ),
        (
            "Each condition under its own label",
            compare_conditions(conditions, mixed, true_condition, net),
        ),
    ]
    return dict(sections)


def _put_block(block: str, match: re.Match[str]) -> str:
    return match[1] + block


def fill_page(page: str, sections: dict[str, str]) -> str:
    """Put each section into the text block below the heading of its title."""
    for title, text in sections.items():
        pattern = re.compile(rf"(\n## {title}\n.*?```text\n).*?```", re.DOTALL)
        # A function, because a replacement text would read backslashes as escapes.
        block = f"{text}\n```"
        page, blocks = pattern.subn(partial(_put_block, block), page)
        if blocks != 1:
            raise SystemExit(f"the page has {blocks} headings {title!r} with a block; it needs one")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=0, help="of the split")
    parser.add_argument("--page", type=Path, help="put the tables into this page instead")
    options = parser.parse_args()
    sections = report(options.data / "sachs", options.seed)
    if options.page is None:
        print("\n\n".join(f"{title}\n\n{text}" for title, text in sections.items()))
    else:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(fill_page(page, sections), encoding="utf-8")


if __name__ == "__main__":
    main()
