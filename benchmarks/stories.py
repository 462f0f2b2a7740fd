"""Five stories of users with data of their own: do their targets come back, and how is it cut?

Screens with continuous expression (linear, nonlinear) and with counts, faults of services, and a
marketing log, each simulated without domix (benchmarks/simulators). Every seed has six groups of
rows with unknown targets and one group to which nothing was done; on further seeds, rows to which
nothing was done are a mixture alone. The true graph is given, and control rows. Measurements are
cut by ``domix.Discretizer`` and, for comparison, at thirds of the control rows.

Records are added to a file, and what it has is not measured again.

    python benchmarks/stories.py --page docs/data/stories.md
    python benchmarks/stories.py --simulators linear --seeds 0 1 2 --null-seeds --out tuning.jsonl
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from simulators import HELD_OUT, NOTHING, SIMULATORS, Setting, Story, Target
from simulators.story import Columns

from domix import (
    Component,
    Discretizer,
    Disentanglement,
    DomixWarning,
    Misread,
    Stochastic,
    disentangle,
)

SEEDS = range(100, 104)
NULL_SEEDS = range(100, 120)
"""Seeds 0 to 19 were for tuning."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a story as they are given to domix.

    ``states`` are those of the columns that were cut, from the lowest up, and ``usual`` the state
    of the control rows' median.
    """

    control: pl.DataFrame
    rows: pl.DataFrame
    null: pl.DataFrame
    group: list[str]
    parents: dict[str, list[str]]
    options: dict[str, Any]
    states: Mapping[str, tuple[str, ...]]
    usual: dict[str, str]


def frame(columns: Columns) -> pl.DataFrame:
    return pl.DataFrame({name: list(values) for name, values in columns.items()})


def cut(story: Story, discretizer: Discretizer, by: str | None = None) -> Table:
    control, rows, null = map(frame, (story.control, story.rows, story.null))
    discretizer.fit(control, by=by)
    cut_frames = [discretizer.transform(one) for one in (control, rows, null)]
    kept = [name for name in cut_frames[0].columns if name in story.parents]
    control, rows, null = (one.select(kept) for one in cut_frames)
    usual = {
        name: states[int(np.median(control[name].to_physical()))]
        for name, states in discretizer.states.items()
        if name in kept
    }
    parents = {name: [p for p in story.parents[name] if p in kept] for name in kept}
    options = {"never_intervened": [name for name in story.fixed if name in kept]}
    group = story.group.tolist()
    return Table(control, rows, null, group, parents, options, discretizer.states, usual)


def cut_metrics(story: Story) -> Table:
    """Cut by what is usual for a metric; no fault brings back what is usual."""
    table = cut(story, Discretizer(strategy="metrics"))
    fixed = set(story.fixed)
    table.options["excluded_values"] = {v: s for v, s in table.usual.items() if v not in fixed}
    return table


def cut_thirds(story: Story) -> Table:
    return cut(story, Discretizer(strategy="quantile", bins=3))


def keep_labels(story: Story, missing: str) -> Table:
    frames = map(frame, (story.control, story.rows, story.null))
    options = {"never_intervened": list(story.fixed), "missing": missing}
    return Table(*frames, story.group.tolist(), story.parents, options, {}, {})


Cut = Callable[[Story], Table]

CUTS: dict[str, dict[str, Cut]] = {
    "linear": {"default": lambda story: cut(story, Discretizer()), "thirds": cut_thirds},
    "nonlinear": {"default": lambda story: cut(story, Discretizer()), "thirds": cut_thirds},
    "counts": {
        "default": lambda story: cut(story, Discretizer(depth="depth")),
        "thirds": cut_thirds,
    },
    "services": {"metrics": cut_metrics, "thirds": cut_thirds},
    "exposures": {
        "marginalized": lambda story: keep_labels(story, "marginalize"),
        "dropped": lambda story: keep_labels(story, "drop"),
    },
}


@dataclass(frozen=True)
class Record:
    """Figures of one seed.

    ``exact`` of ``groups`` groups have just their true targets; ``hits`` of ``targets`` true
    targets are among those found; ``found`` counts these without the held-out group, and
    ``false_targets`` those of the held-out group, or of rows to which nothing was done.
    ``distance`` is the mean total variation distance of the weights in these groups.
    """

    simulator: str
    cut: str
    kind: str
    seed: int
    groups: int
    exact: int
    targets: int
    hits: int
    found: int
    false_targets: int
    distance: float
    seconds: float


def read_target(component: Component, table: Table) -> Target:
    """Say of each variable whether it was set below or above its usual state, or to which label."""
    found: set[Setting] = set()
    for name, value in component.intervention.items():
        state: Any = value
        if isinstance(value, Stochastic):
            state = value.mode
        elif isinstance(value, Misread):
            state = value.state
        if name in table.states:
            order = table.states[name]
            beyond = order.index(state) - order.index(table.usual[name])
            state = "up" if beyond > 0 else "down" if beyond < 0 else "usual"
        found.add((name, str(state)))
    return frozenset(found)


def read_weights(result: Disentanglement, table: Table) -> dict[Target, float]:
    weights: dict[Target, float] = {}
    for component in result.components:
        target = read_target(component, table)
        weights[target] = weights.get(target, 0.0) + component.weight
    return weights


def distance(found: Mapping[Target, float], truth: Mapping[Target, float]) -> float:
    """Return the total variation distance of two sets of weights."""
    return sum(abs(found.get(t, 0.0) - truth.get(t, 0.0)) for t in {*found, *truth}) / 2


def measure(simulator: str, name: str, kind: str, seed: int) -> Record:
    """Disentangle the groups of a seed, or its rows to which nothing was done ("null")."""
    story = SIMULATORS[simulator](seed)
    table = CUTS[simulator][name](story)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        given: dict[str, Any] = {"observational": table.control, "rng": 0, **table.options}
        if kind == "groups":
            results = disentangle(table.parents, table.rows, groups=table.group, **given)
        else:
            results = {HELD_OUT: disentangle(table.parents, table.null, **given)}
    seconds = time.process_time() - start
    exact = targets = hits = found = 0
    distances = []
    weights = {group: read_weights(result, table) for group, result in results.items()}
    nothing_done = weights.pop(HELD_OUT)
    for group, own in weights.items():
        truth = story.truth[group]
        right, reported = set(truth) - {NOTHING}, set(own) - {NOTHING}
        exact += right == reported
        targets += len(right)
        hits += len(right & reported)
        found += len(reported)
        distances.append(distance(own, truth))
    return Record(
        simulator,
        name,
        kind,
        seed,
        len(weights),
        exact,
        targets,
        hits,
        found,
        len(set(nothing_done) - {NOTHING}),
        round(float(np.mean(distances)), 4) if distances else 0.0,
        round(seconds, 1),
    )


def read_records(path: Path) -> list[Record]:
    if not path.exists():
        return []
    return [Record(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def measure_all(
    path: Path,
    simulators: Sequence[str],
    seeds: Sequence[int],
    null_seeds: Sequence[int],
    cuts: Sequence[str] = (),
) -> list[Record]:
    """Measure what the file of records lacks, and return the records that were asked for."""
    wanted = [
        (simulator, name, kind, seed)
        for kind, own in (("groups", seeds), ("null", null_seeds))
        for seed in own
        for simulator in simulators
        for name in CUTS[simulator]
        if not cuts or name in cuts
    ]
    known = {(r.simulator, r.cut, r.kind, r.seed): r for r in read_records(path)}
    for key in wanted:
        if key not in known:
            known[key] = measure(*key)
            line = json.dumps(asdict(known[key]))
            with path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            print(line, flush=True)
    return [known[key] for key in wanted]


HEAD = "| story | cut | seeds | exact groups | least to most | recall | precision | TV | held out |"
HEAD += " null runs | seconds |"


def write_row(records: Sequence[Record], nulls: Sequence[Record]) -> str:
    """Write the figures of one simulator and cut as a row of a Markdown table."""
    exact = [r.exact for r in records]
    cells = [
        records[0].simulator,
        records[0].cut,
        f"{len(records)}",
        f"{np.mean(exact):.1f} of {records[0].groups}",
        f"{min(exact)} to {max(exact)}",
        share(sum(r.hits for r in records), sum(r.targets for r in records)),
        share(sum(r.hits for r in records), sum(r.found for r in records)),
        f"{np.mean([r.distance for r in records]):.2f}",
        f"{sum(r.false_targets > 0 for r in records)} of {len(records)}",
        f"{sum(r.false_targets > 0 for r in nulls)} of {len(nulls)}" if nulls else "",
        f"{np.mean([r.seconds for r in records]):.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else ""


def write_table(records: Iterable[Record]) -> str:
    by_line: dict[tuple[str, str], dict[str, list[Record]]] = {}
    for record in records:
        kinds = by_line.setdefault((record.simulator, record.cut), {"groups": [], "null": []})
        kinds[record.kind].append(record)
    order = [(simulator, name) for simulator, cuts in CUTS.items() for name in cuts]
    measured = [by_line[key] for key in order if key in by_line]
    lines = [write_row(kinds["groups"], kinds["null"]) for kinds in measured if kinds["groups"]]
    return "\n".join([HEAD, "|---" * HEAD.count(" | ") + "|---|", *lines])


MARKS = "<!-- figures -->", "<!-- end of figures -->"


def fill_figures(page: str, text: str) -> str:
    """Put a text between the marks of a page."""
    before, _, rest = page.partition(MARKS[0])
    _, mark, after = rest.partition(MARKS[1])
    if not mark:
        raise SystemExit(f"the page needs the lines {MARKS[0]} and {MARKS[1]}")
    return f"{before}{MARKS[0]}\n{text}\n{mark}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--simulators", nargs="+", default=list(SIMULATORS), choices=SIMULATORS)
    parser.add_argument("--cuts", nargs="*", default=(), help="all by default")
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS, help="of the groups")
    parser.add_argument("--null-seeds", nargs="*", type=int, default=NULL_SEEDS)
    parser.add_argument("--out", type=Path, default=Path("stories.jsonl"), help="records")
    parser.add_argument("--page", type=Path, help="put the table into this page, too")
    args = parser.parse_args()
    wanted = args.simulators, args.seeds, args.null_seeds, args.cuts
    text = write_table(measure_all(args.out, *wanted))
    print(text)
    if args.page is not None:
        page = args.page.read_text(encoding="utf-8")
        args.page.write_text(fill_figures(page, text), encoding="utf-8")


if __name__ == "__main__":
    main()
