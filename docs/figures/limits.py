"""Simulate what limits.md describes, and keep every run in limits.csv.

``python docs/figures/limits.py LIMIT ...`` simulates the limits that are named again; ``all`` is
every one of them, about 15 minutes of processor time. Then ``python docs/figures/draw_limits.py``
draws the figures and writes the tables of the page.

Every instance has eight variables of three states, twelve edges, and five targets of at most three
variables, do() among them; graph, tables and targets depend on the seed alone, so that instances of
one seed differ in the violation, and in what it changes, only. Rows come from the simulators of
``domix.worlds``, which share nothing with the estimator.
"""

from __future__ import annotations

import csv
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from domix import Disentanglement, DomixWarning, Intervention, Network, check_model, disentangle
from domix.study.instances.generator import draw_targets
from domix.util.arrays import Codes, Ints
from domix.worlds.confounder import draw_confounder_world
from domix.worlds.design import Design, Parents, World, draw_weights, no_settings
from domix.worlds.drift import drift_cpt
from domix.worlds.exact import CPTs, ExactWorld, draw_cpt, draw_cpts
from domix.worlds.flips import FlippedWorld
from domix.worlds.graphs import draw_graph, remove_edges, reverse_edges
from domix.worlds.soft import SoftWorld

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "limits.csv"
SEEDS = range(15_000, 15_010)
ROWS = 2048
"""Rows of a mixture, of control rows and of rows to which nothing was done."""
NAMES = "ABCDEFGH"
CARDS = (3,) * len(NAMES)
EDGES = 12
TARGETS = 5
LARGEST = 3
CORRELATION = 0.05
"""Between neighbouring rows, at most, once rows are thinned."""


@dataclass(frozen=True)
class Case:
    """What is true, what is stated, and how rows are drawn.

    ``controls`` is the number of control rows, None for as many as there are rows; ``untouched`` is
    whether rows to which nothing was done show the violation at all. A row repeats the one before
    it with probability ``repeat``, and a target lasts for ``run`` rows on average.
    """

    design: Design
    stated: Parents
    control: World
    mixture: World
    controls: int | None = None
    untouched: bool = True
    repeat: float = 0.0
    run: float = 1.0


class Instance(NamedTuple):
    """Rows in codes, and the truth: the weights, and the shares of the targets in these rows."""

    case: Case
    network: Network
    weights: Mapping[Intervention, float]
    shares: Mapping[Intervention, float]
    control: Codes
    rows: Codes
    null: Codes | None


Violation = Callable[[Case, float, np.random.Generator], Case]
Estimate = Callable[[Instance, Codes], Disentanglement]


def draw_case(seed: int) -> tuple[Case, CPTs]:
    """Draw an instance in which the model is right."""
    rng = np.random.default_rng([seed, 0])
    parents = draw_graph(len(CARDS), EDGES, rng, by_degree=False)
    cpts = draw_cpts(parents, CARDS, rng)
    targets = ((), *draw_targets(CARDS, TARGETS - 1, (1, LARGEST), rng))
    design = Design(parents, CARDS, targets, draw_weights(len(targets), rng))
    world = ExactWorld(parents, cpts)
    return Case(design, parents, world, world), cpts


def draw(violation: Violation, level: float, seed: int, rows: int = ROWS) -> Instance:
    """Draw the instance of a seed at one level of a violation."""
    case, _ = draw_case(seed)
    case = violation(case, level, np.random.default_rng([seed, 1]))
    design = case.design
    net = build_network(case.stated)
    rng = np.random.default_rng([seed, 2])
    origin = rng.choice(len(design.weights), p=design.weights, size=rows)
    origin = origin[_stay(rows, 1 - 1 / case.run, rng)]
    repeated = _stay(rows, case.repeat, rng)
    mixture = case.mixture.draw(design.settings(origin), rng)[repeated]
    counts = np.bincount(origin[repeated], minlength=len(design.weights))
    names = [Intervention(net.space.assignment(target)) for target in design.targets]

    def untouched(world: World, number: int) -> Codes:
        codes = world.draw(no_settings(number, len(CARDS)), rng)
        return codes[_stay(number, case.repeat, rng)]

    return Instance(
        case,
        net,
        dict(zip(names, design.weights.tolist(), strict=True)),
        dict(zip(names, (counts / rows).tolist(), strict=True)),
        untouched(case.control, rows if case.controls is None else case.controls),
        mixture,
        untouched(case.mixture, rows) if case.untouched else None,
    )


def _stay(rows: int, chance: float, rng: np.random.Generator) -> Ints:
    """Return numbers of rows, each the same as the one before with some probability."""
    if not chance:
        return np.arange(rows)
    return np.cumsum(rng.random(rows) >= chance) % rows


def build_network(parents: Parents) -> Network:
    """Return a network with uniform tables."""
    return Network(
        {NAMES[v]: [NAMES[p] for p in own] for v, own in enumerate(parents)},
        {name: ["low", "mid", "high"] for name in NAMES},
        {NAMES[v]: np.full((3,) * (len(own) + 1), 1 / 3) for v, own in enumerate(parents)},
    )


# The violations, from a case in which the model is right.


def nothing(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Leave everything as it is."""
    return case


def certain(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Give each row of each table more of its most probable value."""
    sharp = tuple(
        (1 - level) * cpt + level * np.eye(cpt.shape[-1])[cpt.argmax(axis=-1)]
        for cpt in _cpts(case)
    )
    world = ExactWorld(case.design.parents, sharp)
    return replace(case, control=world, mixture=world)


def all_values(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let targets set every value of one variable, the last of them with the weight ``level``."""
    variable = int(rng.integers(len(CARDS)))
    order = rng.permutation(3).tolist()
    targets = ((), *(((variable, value),) for value in order))
    weights = np.array([0.6 - level, 0.2, 0.2, level])
    kept = int((weights > 0).sum())
    design = replace(case.design, targets=targets[:kept], weights=weights[:kept])
    return replace(case, design=design, untouched=False)


def soft(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let a setting fail with the probability ``level``."""
    return replace(case, mixture=SoftWorld(case.mixture, CARDS, 1 - level), untouched=False)


def misread(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Replace entries of all rows."""
    world = FlippedWorld(case.control, CARDS, level)
    return replace(case, control=world, mixture=world)


def hidden(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let a latent variable act on two or three others; at level 0 it has no effect."""
    full = draw_confounder_world(case.design.parents, _cpts(case), CARDS, rng)
    latent = full.cpts[-1][:, None]

    def weaken(own: tuple[int, ...], cpt: Any) -> Any:
        if len(CARDS) not in own:
            return cpt
        return level * cpt + (1 - level) * (cpt * latent).sum(axis=-2, keepdims=True)

    cpts = tuple(weaken(own, cpt) for own, cpt in zip(full.parents, full.cpts, strict=True))
    world = replace(full, cpts=cpts)
    return replace(case, control=world, mixture=world)


def missing(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Leave edges out of the stated graph."""
    return replace(case, stated=remove_edges(case.stated, int(level), rng))


def reversed_(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Reverse edges of the stated graph."""
    return replace(case, stated=reverse_edges(case.stated, int(level), rng))


def drift(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let all tables of the mixture differ from those of the control rows."""
    if not level:
        return case
    cpts = tuple(drift_cpt(cpt, rng, level) for cpt in _cpts(case))
    return replace(case, mixture=ExactWorld(case.design.parents, cpts))


def few_tables(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let the tables of some variables differ, by 15 % of other ones."""
    changed = rng.permutation(len(CARDS))[: int(level)].tolist()
    cpts = tuple(
        0.85 * cpt + 0.15 * draw_cpt(cpt.shape[:-1], 3, 1.0, rng) if v in changed else cpt
        for v, cpt in enumerate(_cpts(case))
    )
    return replace(case, mixture=ExactWorld(case.design.parents, cpts))


def correlated(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let a row repeat the one before it."""
    return replace(case, repeat=level)


def runs(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Let a target last for several rows."""
    return replace(case, run=level, untouched=False)


def few_controls(case: Case, level: float, rng: np.random.Generator) -> Case:
    """Draw fewer control rows."""
    return replace(case, controls=int(level))


def _cpts(case: Case) -> CPTs:
    assert isinstance(case.control, ExactWorld)
    return case.control.cpts


# The ways to use domix that are compared.


def default(instance: Instance, rows: Codes) -> Disentanglement:
    """Hand over the control rows, and choose nothing."""
    return disentangle(instance.network, rows, observational=instance.control)


def tables_only(instance: Instance, rows: Codes) -> Disentanglement:
    """Fit the tables to the control rows, and hand over no control rows."""
    net = instance.network
    return disentangle(Network.fit(net.parents, instance.control, net.states), rows)


def hard(instance: Instance, rows: Codes) -> Disentanglement:
    """Ask for hard targets."""
    return disentangle(instance.network, rows, observational=instance.control, soft=False)


def thinned(instance: Instance, rows: Codes) -> Disentanglement:
    """Take every k-th row, so that neighbours are nearly independent."""
    repeat = instance.case.repeat
    step = int(np.ceil(np.log(CORRELATION) / np.log(repeat))) if repeat else 1
    return disentangle(instance.network, rows[::step], observational=instance.control[::step])


class Way(NamedTuple):
    """A way to use domix, and how many times as many rows and control rows it has."""

    estimate: Estimate
    rows: int = 1


WAYS: Mapping[str, Way] = {
    "default": Way(default),
    "no control rows": Way(tables_only),
    "soft=False": Way(hard),
    "thinned": Way(thinned),
    "4 times the rows": Way(default, 4),
}


class Limit(NamedTuple):
    """One violation at several levels, and the ways that are compared.

    ``zero`` is the level at which the model is right, as the axis of the figure has it; its runs
    are those of the limit ``nothing``. None: the limit has no such level.
    """

    axis: str
    violation: Violation
    levels: tuple[float, ...]
    other: str | None = None
    zero: float | None = 0

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways that are compared."""
        return ("default",) if self.other is None else ("default", self.other)


NOTHING = "nothing"
BARE, HARD, THIN, MORE = list(WAYS)[1:]
LIMITS: Mapping[str, Limit] = {
    "certain": Limit("how near tables are to certainty", certain, (0.8, 0.95), MORE),
    "all-values": Limit("weight of the last value", all_values, (0, 0.1, 0.2), MORE, None),
    "soft": Limit("probability that a setting fails", soft, (0.1, 0.2, 0.4), HARD),
    "misread": Limit("share of misread entries", misread, (0.02, 0.1), HARD),
    "hidden": Limit("strength of the hidden cause", hidden, (0.5, 1), BARE),
    "missing": Limit("edges missing from the graph", missing, (1, 3), BARE),
    "reversed": Limit("edges reversed in the graph", reversed_, (1, 3), BARE),
    "drift": Limit("drift of all tables, nats a row", drift, (0.001, 0.005, 0.02), BARE),
    "few-tables": Limit("variables with other tables", few_tables, (1, 3), BARE),
    "correlated": Limit("probability that a row repeats", correlated, (0.2, 0.35), THIN),
    "runs": Limit("rows that a target lasts for", runs, (10, 100), None, 1),
    "few-controls": Limit("control rows", few_controls, (512, 128), BARE, ROWS),
}


class Run(NamedTuple):
    """One line of limits.csv: an instance of a limit, estimated in one way.

    ``recall`` and ``within`` are the shares of the true targets that are reported, and that are
    among a reported target's alternatives; ``covered`` and ``covered_here`` count the reported true
    targets whose interval holds the weight, and the share of these rows. ``notes`` has a letter for
    each kind of remark, see :func:`take_notes`. ``null`` and ``null_notes`` are the number of false
    targets, and the remarks, where nothing was done. ``rejected`` is whether ``check_model`` of the
    stated graph and the control rows finds that they do not fit.
    """

    limit: str
    level: float
    way: str
    seed: int
    recall: float
    within: float
    precision: float
    tv: float
    covered: int
    covered_here: int
    false: int
    false_exact: int
    notes: str
    null: int | None
    null_notes: str
    rejected: int


def simulate(name: str, level: float, seed: int) -> list[Run]:
    """Run all ways of a limit, or of ``nothing``, on one instance."""
    if name == NOTHING:
        violation, ways = nothing, tuple(WAYS)
    else:
        violation, ways = LIMITS[name].violation, LIMITS[name].ways
    found = []
    rejected: dict[int, bool] = {}
    for way in ways:
        estimate, multiple = WAYS[way]
        instance = draw(violation, level, seed, ROWS * multiple)
        if multiple not in rejected:
            check = check_model(instance.network, instance.control, splits=1, rng=seed)
            rejected[multiple] = not check.fits
        result, notes = take_notes(estimate, instance, instance.rows)
        null, null_notes = None, ""
        if instance.null is not None:
            empty, null_notes = take_notes(estimate, instance, instance.null)
            null = sum(bool(c.intervention) for c in empty.components)
        scores = score(instance, result)
        last = (notes, null, null_notes, int(rejected[multiple]))
        found.append(Run(name, level, way, seed, *scores, *last))
    return found


def take_notes(estimate: Estimate, instance: Instance, rows: Codes) -> tuple[Disentanglement, str]:
    """Estimate, and note what the answer says of itself.

    w: a DomixWarning; k: the check of the graph rejects; x: control rows contradict the model;
    g: edges were changed; s: soft targets; f: a fact besides what the tables are.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = estimate(instance, rows)
    remarks = {
        "w": any(issubclass(warning.category, DomixWarning) for warning in caught),
        "k": result.check is not None and bool(result.check.rejected),
        "x": result.contrast is not None and result.contrast.misfit,
        "g": result.graph is not None and bool(result.graph.changes),
        "s": result.soft is not None,
        "f": bool(set(result.facts) - {"tables", "model", "unseen"}),
    }
    return result, "".join(letter for letter, is_there in remarks.items() if is_there)


def score(instance: Instance, result: Disentanglement) -> tuple[Any, ...]:
    """Compare an answer with the truth; a soft target counts as its most probable values."""
    weights, shares = instance.weights, instance.shares
    found = {c.intervention.mode: c for c in result.components}
    right = [target for target in found if target in weights]
    named = {a.intervention.mode for c in result.components for a in c.alternatives}
    false = [c for target, c in found.items() if target not in weights]
    estimated = {target: c.weight for target, c in found.items()}
    difference = [estimated.get(t, 0) - weights.get(t, 0) for t in estimated.keys() | weights]
    return (
        round(len(right) / len(weights), 3),
        round(len((named | found.keys()) & weights.keys()) / len(weights), 3),
        round(len(right) / len(result.components), 3),
        round(sum(map(abs, difference)) / 2, 3),
        sum(_holds(found[target].interval, weights[target]) for target in right),
        sum(_holds(found[target].interval, shares[target]) for target in right),
        len(false),
        sum(bool(c.exact) for c in false),
    )


def _holds(interval: tuple[float, float] | None, value: float) -> bool:
    return interval is not None and interval[0] <= value <= interval[1]


def read_runs(path: Path = RESULTS) -> list[Run]:
    """Read the committed results."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_read_run(line) for line in csv.DictReader(file)]


def _read_run(line: Mapping[str, str]) -> Run:
    texts = {"limit", "way", "notes", "null_notes"}
    real = {"level", "recall", "within", "precision", "tv"}
    values: dict[str, Any] = {
        key: text
        if key in texts
        else None
        if not text
        else float(text)
        if key in real
        else int(text)
        for key, text in line.items()
    }
    return Run(**values)


def write_runs(runs: Iterable[Run], path: Path = RESULTS) -> None:
    """Write results, in the order of limits, levels, ways and seeds."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Run._fields)
        writer.writerows(runs)


def write_between(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of a page that have a name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def main(names: Sequence[str]) -> None:
    """Simulate the limits that are named, ``nothing`` among them."""
    order = [NOTHING, *LIMITS]
    done = read_runs() if RESULTS.exists() else []
    for name in order if list(names) == ["all"] else names:
        levels = (0.0,) if name == NOTHING else map(float, LIMITS[name].levels)
        fresh = [run for level in levels for seed in SEEDS for run in simulate(name, level, seed)]
        done = [run for run in done if run.limit != name] + fresh
        write_runs(sorted(done, key=lambda run: order.index(run.limit)))


if __name__ == "__main__":
    main(sys.argv[1:])
