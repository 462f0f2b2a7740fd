"""Draw figures of the docs: python docs/figures/draw.py [FOLDER].

They are those of identifiability.md, method.md, graphs.md and power.md.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from domix import (
    DataError,
    DomixWarning,
    Mixture,
    Network,
    diagnose,
    disentangle,
    disentangle_population,
    do,
    learn_graph,
    power,
)
from domix.example import network, planted
from domix.identifiability.equivalent import reach
from domix.plots import (
    ESTIMATE,
    FAINT,
    LINE,
    TRUTH,
    plot_graph,
    plot_identifiability,
    plot_lifting,
    plot_power,
)

SIDES = (("center", "top"), ("left", "center"), ("center", "bottom"))
"""Where the names of the three axes stand: their horizontal and vertical alignment."""

EXTENSION = 0.12
"""How far the line is drawn beyond its ends, in units of weight."""


def draw(folder: Path) -> None:
    """Draw all figures into a folder."""
    draw_lines(folder)
    draw_graphs(folder)
    draw_power(folder)
    draw_lifting(folder)


def draw_lifting(folder: Path) -> None:
    """Draw how lifting splits the targets of the example's mixture."""
    truth = planted()
    result = disentangle_population(truth.network, truth)
    plot_lifting(result).savefig(folder / "lifting.png", dpi=90)


def draw_power(folder: Path) -> None:
    """Draw the power for a target of one variable of the example."""
    analysis = power(network(), "Tarn=low", 0.05, controls="needed")
    plot_power(analysis).savefig(folder / "power.png", dpi=90)


def draw_graphs(folder: Path) -> None:
    """Draw the example's graph as it is repaired, and as control rows alone give it.

    The given graph lacks Rhun -> Ungo, has Olmo -> Sivo too much and Vesk -> Tarn reversed.
    """
    truth = planted()
    true = truth.network
    rows, control = truth.sample(8000, rng=1), true.sample(8000, rng=2)
    changes = {"Ungo": ["Pryd"], "Sivo": ["Rhun", "Olmo"], "Tarn": [], "Vesk": ["Tarn"]}
    fitted = Network.fit({**true.parents, **changes}, control, true.states)
    tables = {name: fitted.cpt(name) for name in fitted.variables}
    given = Network(fitted.parents, fitted.states, tables)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        result = disentangle(given, rows, control, graph="repair")
    repaired = plot_graph(result.network, result.graph)
    repaired.savefig(folder / "graph-repaired.png", dpi=90)
    plot_graph(learn_graph(control, true.states)).savefig(folder / "graph-learnt.png", dpi=90)


def draw_lines(folder: Path) -> None:
    """Draw one variable with P = (1/3, 2/3), one with three states, and the line of a network."""
    net = Network({"V1": []}, {"V1": [0, 1]}, {"V1": [Fraction(1, 3), Fraction(2, 3)]})
    mixtures = {
        "identifiability-line": {
            do(): Fraction(1, 2),
            do(V1=0): Fraction(3, 10),
            do(V1=1): Fraction(1, 5),
        },
        "identifiability-nothing": {do(): 1},
    }
    for name, components in mixtures.items():
        plot_line(Mixture(net, components)).savefig(folder / f"{name}.png", dpi=110)
    p = [Fraction(1, 5), Fraction(2, 5), Fraction(2, 5)]
    three = Network({"V1": []}, {"V1": [0, 1, 2]}, {"V1": p})
    weights = {do(): 45, do(V1=0): 15, do(V1=1): 25, do(V1=2): 15}
    mixture = Mixture(three, {target: Fraction(w, 100) for target, w in weights.items()})
    plot_orthant(mixture).savefig(folder / "identifiability-orthant.png", dpi=110)
    draw_explanations(folder)


def draw_explanations(folder: Path) -> None:
    """Draw the mixture of two variables of identifiability.md that breaks exclusion."""
    half = [Fraction(1, 2), Fraction(1, 2)]
    rows = [[Fraction(1, 4), Fraction(3, 4)], [Fraction(2, 3), Fraction(1, 3)]]
    net = Network({"V1": [], "V2": ["V1"]}, {"V1": [0, 1], "V2": [0, 1]}, {"V1": half, "V2": rows})
    weights = {do(): Fraction(1, 2), do(V1=0): Fraction(1, 8), do(V1=1): Fraction(3, 8)}
    figure = plot_identifiability(diagnose(net, Mixture(net, weights)))
    figure.savefig(folder / "identifiability-weights.png", dpi=90)


Point = tuple[float, ...]
"""The weights of the interventions that set the variable, in the order of its states."""


class Line(NamedTuple):
    """All weights that explain a mixture on a network of one variable.

    The weights that give the distribution of the mixture form a line in the direction of P (Kumar
    and Sinha 2021, Equation 1 and Lemma 4.1); do() has the remaining weight. Its non-negative part
    ends where one state is not set at all, which is the explanation that respects exclusion, and
    where do() has no weight.
    """

    given: Point
    p: Point
    low: float
    high: float

    def at(self, step: float) -> Point:
        """Return the weights after a step in the direction of P."""
        return tuple(weight + step * p for weight, p in zip(self.given, self.p, strict=True))


def find_line(mixture: Mixture, states: int) -> Line:
    """Find the line of a mixture.

    Raises
    ------
    DataError
        The network has another number of variables or of states.
    """
    net = mixture.network
    if [len(labels) for labels in net.states.values()] != [states]:
        raise DataError(f"the figure is of one variable with {states} states")
    name = net.variables[0]
    weights = dict(zip(mixture.interventions, mixture.weights, strict=True))
    settings = [do({name: state}) for state in net.states[name]]
    low, high = reach(weights, {do(): -1, **dict(zip(settings, net.cpt(name), strict=True))})
    given = tuple(float(weights.get(setting, 0)) for setting in settings)
    return Line(given, tuple(map(float, net.cpt(name))), float(low), float(high))


def plot_line(mixture: Mixture) -> Figure:
    """Plot all weights that explain a mixture on a network of one variable with two states.

    The axes are the weights of the two interventions that set the variable.
    """
    line = find_line(mixture, 2)
    name, states = mixture.network.variables[0], next(iter(mixture.network.states.values()))
    figure = Figure(figsize=(4.8, 4.6), layout="constrained")
    ax = figure.subplots()
    ax.fill([0, 1, 0], [0, 0, 1], color=LINE, linewidth=0)
    ax.plot([0, 1], [1, 0], color=FAINT, linewidth=0.8)
    ax.text(0.7, 0.31, "do() has no weight", color=FAINT, fontsize=8, rotation=-45, ha="center")
    ax.axvline(0, color="black", linewidth=0.8)
    ax.axhline(0, color="black", linewidth=0.8)
    draw_line(ax, line, identity)
    ax.set_xlabel(f"weight of do({name}={states[0]})", parse_math=False)
    ax.set_ylabel(f"weight of do({name}={states[1]})", parse_math=False)
    ax.set_xlim(-0.15, 1.1)
    ax.set_ylim(-0.15, 1.1)
    ax.set_aspect("equal")
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    return figure


def plot_orthant(mixture: Mixture) -> Figure:
    """Plot the same of a variable with three states, in the space of the three weights.

    Dotted lines lead from the mixture, and from the end that respects exclusion, to the plane of
    the first two weights and on to their axes.
    """
    line = find_line(mixture, 3)
    name, states = mixture.network.variables[0], next(iter(mixture.network.states.values()))
    figure = Figure(figsize=(6.0, 4.3), layout="constrained")
    ax = figure.subplots()
    corners: list[Point] = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
    sheet = {"color": LINE, "linewidth": 0}
    ax.fill(*zip(*map(project, [(0, 0, 0), *corners[:2]]), strict=True), **sheet)
    ax.fill(*zip(*map(project, corners), strict=True), alpha=0.45, **sheet)
    for one, other in combinations(corners, 2):
        ax.plot(*zip(project(one), project(other), strict=True), color=FAINT, linewidth=0.8)
    for corner, state, (align, side) in zip(corners, states, SIDES, strict=True):
        end = project(tuple(1.12 * weight for weight in corner))
        ax.plot(*zip((0, 0), end, strict=True), color="black", linewidth=0.8)
        label = f" weight of do({name}={state})"
        ax.text(*end, label, ha=align, va=side, fontsize=9, parse_math=False)
    place = project((0, 0.5, 0.5))
    ax.text(*place, "  do() has no weight", color=FAINT, fontsize=8, va="bottom")
    for step, colour in ((line.low, ESTIMATE), (0.0, TRUTH)):
        a, b, c = line.at(step)
        for path in ([(a, b, c), (a, b, 0)], [(a, 0, 0), (a, b, 0), (0, b, 0)]):
            ax.plot(*zip(*map(project, path), strict=True), ":", color=colour, linewidth=1)
    draw_line(ax, line, project)
    ax.set_xlim(-1.1, 1.75)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return figure


def identity(point: Point) -> Point:
    """Return a point of the plane as it is."""
    return point


def project(point: Point) -> Point:
    """Return a point of space as it is seen from a corner: the third axis is upright."""
    a, b, c = point
    return b - 0.6 * a, c - 0.45 * a - 0.1 * b


def draw_line(ax: Axes, line: Line, place: Callable[[Point], Point]) -> None:
    """Draw the line with its ends and the mixture, each at its place on the paper."""
    arrow = {"arrowstyle": "->", "color": FAINT}
    # The unit of a step along P is a sum of weights of 1.
    start, end = place(line.at(line.low - EXTENSION)), place(line.at(line.high + EXTENSION))
    ax.annotate("", end, start, arrowprops=arrow, zorder=1)
    ax.annotate("along P", end, (4, 2), textcoords="offset points", color=FAINT, fontsize=8)
    ends = place(line.at(line.low)), place(line.at(line.high))
    ax.plot(*zip(*ends, strict=True), color=ESTIMATE, linewidth=2.5)
    mark(ax, ends[1], "o", ESTIMATE)
    # If a state is impossible, the whole line respects exclusion.
    mark(ax, ends[0], "o", ESTIMATE, "respects exclusion" if min(line.p) else "", -15)
    mark(ax, place(line.given), "D", TRUTH, "the mixture", -3)


def mark(ax: Axes, at: Point, shape: str, colour: str, text: str = "", above: int = 0) -> None:
    """Mark a point, with a text this many typographic points above it."""
    ax.plot(*at, shape, color=colour, markersize=7, zorder=3)
    ax.annotate(text, at, (9, above), textcoords="offset points", color=colour, fontsize=9)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
