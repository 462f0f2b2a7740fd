"""Draw figures of the docs: python docs/figures/draw.py [FOLDER].

They are those of identifiability.md, graphs.md and power.md.
"""

from __future__ import annotations

import sys
import warnings
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from domix import (
    DataError,
    DomixWarning,
    Mixture,
    Network,
    disentangle,
    do,
    learn_graph,
    power,
)
from domix.example import network, planted
from domix.plots import ESTIMATE, FAINT, LINE, TRUTH, plot_graph, plot_power

EXTENSION = 0.12
"""How far the line is drawn beyond its ends, in units of weight."""


def draw(folder: Path) -> None:
    """Draw all figures into a folder."""
    draw_lines(folder)
    draw_graphs(folder)
    draw_power(folder)


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
    """Draw one variable with P = (1/3, 2/3)."""
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


class Point(NamedTuple):
    """The weights of the two interventions that set the variable."""

    first: float
    second: float

    def shift(self, step: float, direction: Point) -> Point:
        return Point(self.first + step * direction.first, self.second + step * direction.second)


def plot_line(mixture: Mixture) -> Figure:
    """Plot all weights that explain a mixture on a network of one variable with two states.

    The axes are the weights of the two interventions that set the variable; do() has the remaining
    weight. The weights that give the distribution of the mixture form a line in the direction of P
    (Kumar and Sinha 2021, Equation 1 and Lemma 4.1). Its non-negative part ends where one state is
    not set at all, which is the explanation that respects exclusion, and where do() has no weight.

    Raises
    ------
    DataError
        The network has another number of variables or of states.
    """
    net = mixture.network
    if [len(states) for states in net.states.values()] != [2]:
        raise DataError("the figure is of one variable with two states")
    name, states = net.variables[0], next(iter(net.states.values()))
    weights = dict(zip(mixture.targets, map(float, mixture.weights), strict=True))
    given = Point(weights.get(((0, 0),), 0.0), weights.get(((0, 1),), 0.0))
    p = Point(*map(float, net.cpt(name)))
    back = min(w / p_v for w, p_v in zip(given, p, strict=True) if p_v)
    ends = given.shift(-back, p), given.shift(weights.get((), 0.0), p)
    outside = ends[0].shift(-EXTENSION, p), ends[1].shift(EXTENSION, p)

    figure = Figure(figsize=(4.8, 4.6), layout="constrained")
    ax = figure.subplots()
    ax.fill([0, 1, 0], [0, 0, 1], color=LINE, linewidth=0)
    ax.plot([0, 1], [1, 0], color=FAINT, linewidth=0.8)
    ax.text(0.7, 0.31, "do() has no weight", color=FAINT, fontsize=8, rotation=-45, ha="center")
    ax.axvline(0, color="black", linewidth=0.8)
    ax.axhline(0, color="black", linewidth=0.8)
    arrow = {"arrowstyle": "->", "color": FAINT}
    ax.annotate("", outside[1], outside[0], arrowprops=arrow, zorder=1)
    ax.annotate("along P", outside[1], (4, 2), textcoords="offset points", color=FAINT, fontsize=8)
    ax.plot(*zip(*ends, strict=True), color=ESTIMATE, linewidth=2.5)
    mark(ax, ends[1], "o", ESTIMATE)
    # If a state is impossible, the whole line respects exclusion.
    mark(ax, ends[0], "o", ESTIMATE, "respects exclusion" if min(p) else "", -15)
    mark(ax, given, "D", TRUTH, "the mixture", 6)
    ax.set_xlabel(f"weight of do({name}={states[0]})", parse_math=False)
    ax.set_ylabel(f"weight of do({name}={states[1]})", parse_math=False)
    ax.set_xlim(-0.15, 1.1)
    ax.set_ylim(-0.15, 1.1)
    ax.set_aspect("equal")
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    return figure


def mark(ax: Axes, at: Point, shape: str, colour: str, text: str = "", above: int = 0) -> None:
    """Mark a point, with a text this many typographic points above it."""
    ax.plot(*at, shape, color=colour, markersize=7, zorder=3)
    ax.annotate(text, at, (9, above), textcoords="offset points", color=colour, fontsize=9)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
