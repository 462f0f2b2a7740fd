"""The protein-signalling data of Sachs et al. (2005) without labels: which conditions come back?

Half of each condition's cells, with labels, gives the tables of the consensus graph: a cell says
nothing about the table of what its reagent acts on. The other halves are pooled without labels and
disentangled. The figures of docs/sachs.md are what this prints.

    python benchmarks/sachs.py --data ../shared/data --seed 0
    python benchmarks/sachs.py --data ../shared/data --page docs/sachs.md
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domix import Component, Disentanglement, Intervention, Network, disentangle, do
from domix.util.text_tables import aligned

STATES = (1, 2, 3)
# An inhibitor of PI3K, which makes PIP3 and is not measured: it acts on the table of pip3, but sets
# nothing to a known level.
UNMEASURED = {"LY294002": {"pip3"}}


@dataclass(frozen=True)
class Condition:
    reagent: str
    rows: slice
    target: Intervention
    acts_on: frozenset[str]


def load(folder: Path) -> tuple[dict[str, list[str]], list[Condition], np.ndarray]:
    """The graph, the conditions, and the cells as codes."""
    cells = (folder / "sachs.2005.discrete.txt").read_text().split("\n", 1)
    names = cells[0].split()
    codes = np.array(cells[1].split(), dtype=np.uint8).reshape(-1, len(names)) - 1
    graph: dict[str, list[str]] = {name: [] for name in names}
    arrows = (folder / "sachs.2005.ground.truth.graph.txt").read_text()
    for cause, effect in re.findall(r"(\w+) --> (\w+)", arrows):
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
    """Rows and conditions of the labelled halves, then of the pooled ones."""
    rng = np.random.default_rng(seed)
    halves: tuple[list[int], list[int]] = ([], [])
    for condition in conditions:
        rows = rng.permutation(np.arange(condition.rows.start, condition.rows.stop))
        for half, part in zip(halves, np.array_split(rows, 2), strict=True):
            half.extend(sorted(part.tolist()))
    number = np.zeros(conditions[-1].rows.stop, dtype=int)
    for c, condition in enumerate(conditions):
        number[condition.rows] = c
    labelled, pooled = map(np.array, halves)
    return labelled, number[labelled], pooled, number[pooled]


def learn(graph, conditions, codes, which) -> Network:
    acted_on = [conditions[c].acts_on for c in which]
    return Network.fit(graph, codes, dict.fromkeys(graph, STATES), intervened=acted_on)


def agreement(conditions, which, assigned) -> str:
    """Per condition: cells assigned to its target, to one that contains it, and to what mostly."""
    body = []
    exact_all = 0
    for c, condition in enumerate(conditions):
        own = [target for target, w in zip(assigned, which, strict=True) if w == c]
        exact = sum(target == condition.target for target in own)
        exact_all += exact
        within = sum(condition.target.items() <= target.items() for target in own)
        most, times = Counter(map(str, own)).most_common(1)[0]
        body.append(
            [
                condition.reagent,
                str(condition.target),
                f"{exact / len(own):.2f}",
                f"{within / len(own):.2f}" if condition.target else "",
                f"{most} {times / len(own):.2f}",
            ]
        )
    body.append(["all", "", f"{exact_all / len(assigned):.2f}", "", ""])
    return aligned(
        ["condition", "known target", "exact", "contains it", "mostly assigned to"], body, "<<>><"
    )


def each_condition_alone(conditions, codes, which, net: Network) -> str:
    """Does a condition fit under its own label, the tables taken as known?"""
    fixed = Network(net.parents, net.states, {v: net.cpt(v) for v in net.variables})
    body = []
    for c, condition in enumerate(conditions):
        alone = Disentanglement(fixed, (Component(condition.target, 1.0),), "told", alpha=0.05)
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
    """The sections of the page, title to text."""
    graph, conditions, codes = load(folder)
    labelled, their_condition, pooled, true_condition = split(conditions, seed)
    net = learn(graph, conditions, codes[labelled], their_condition)
    mixed = codes[pooled]
    result = disentangle(net, mixed)
    fit = result.goodness_of_fit(mixed, observational=net)

    known = Counter(conditions[c].target for c in true_condition)
    components = tuple(Component(t, n / len(pooled)) for t, n in known.items())
    told = Disentanglement(net, components, "told", alpha=0.05)
    found = {c.intervention: c.weight for c in result.components}
    body = []
    for target, times in known.items():
        above = sum(w for t, w in found.items() if target.items() <= t.items())
        body.append(
            [
                str(target),
                f"{times / len(pooled):.3f}",
                f"{found[target]:.3f}" if target in found else "no",
                f"{above:.3f}" if target else "",
            ]
        )
    flagged = Counter(row.variable for row in fit.flagged)
    sections = [
        ("Targets found", result.summary()),
        (
            "Known targets",
            aligned(["target", "share", "found with", "in all that contain it"], body, "<>>>"),
        ),
        ("Cells, by condition", agreement(conditions, true_condition, result.assign(mixed)[0])),
        (
            "Cells, if targets and weights were told",
            agreement(conditions, true_condition, told.assign(mixed)[0]),
        ),
        ("Misfit", fit.summary()),
        (
            "Flags by variable",
            ", ".join(f"{name} {times}" for name, times in flagged.most_common()),
        ),
        (
            "Each condition under its own label",
            each_condition_alone(conditions, mixed, true_condition, net),
        ),
    ]
    return dict(sections)


def filled(page: str, sections: dict[str, str]) -> str:
    """The page with the text block under each heading that names a section."""
    for title, text in sections.items():
        pattern = re.compile(rf"(\n## {title}\n.*?```text\n).*?```", re.DOTALL)
        page, found = pattern.subn(lambda match, text=text: f"{match[1]}{text}\n```", page)
        if found != 1:
            raise SystemExit(f"the page has {found} headings {title!r} with a block; it needs one")
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seed", type=int, default=0, help="of the split")
    parser.add_argument("--page", type=Path, help="put the figures into this page instead")
    options = parser.parse_args()
    sections = report(options.data / "sachs", options.seed)
    if options.page is None:
        print("\n\n".join(f"{title}\n\n{text}" for title, text in sections.items()))
    else:
        page = options.page.read_text(encoding="utf-8")
        options.page.write_text(filled(page, sections), encoding="utf-8")


if __name__ == "__main__":
    main()
