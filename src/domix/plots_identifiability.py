"""The picture of what one variable leaves open: a line of weights, cut by the orthant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.plots import ESTIMATE, FAINT, LINE, TRUTH, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_line"]

OUTSIDE = 0.12
"""How far the line is drawn beyond its ends."""


def plot_line(mixture: Mixture) -> Figure:
    """All weights that explain a mixture on a network of one variable with two states.

    The axes are the weights of the two interventions that set the variable; do() has the rest. The
    weights with the mixture's distribution form a line in the direction of P. Its non-negative part
    ends where one of the states is not set at all, the explanation that respects exclusion, and
    where do() has no weight left.

    Parameters
    ----------
    mixture

    Returns
    -------
    matplotlib.figure.Figure
        Attached to no window and to no global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The network has another number of variables or of states.
    MissingExtraError
        matplotlib is not installed.

    Source
    ------
    Kumar and Sinha (UAI 2021), Equation 1 and Lemma 4.1.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    >>> figure = plot_line(Mixture(net, {do(): 0.5, do(A="low"): 0.25, do(A="high"): 0.25}))
    >>> figure.axes[0].get_xlabel()
    'weight of do(A=low)'
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    net = mixture.network
    if [len(states) for states in net.states.values()] != [2]:
        raise DataError("the picture is of one variable with two states")
    name, states = net.variables[0], next(iter(net.states.values()))
    weights = dict(zip(mixture.targets, map(float, mixture.weights), strict=True))
    here = _Place(weights.get(((0, 0),), 0.0), weights.get(((0, 1),), 0.0))
    p = _Place(*map(float, net.cpt(name)))
    back = min(w / a for w, a in zip(here, p, strict=True) if a)
    ends = here.moved(-back, p), here.moved(weights.get((), 0.0), p)
    outside = ends[0].moved(-OUTSIDE, p), ends[1].moved(OUTSIDE, p)

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
    _mark(ax, ends[1], "o", ESTIMATE)
    # If a state is impossible, the whole line respects exclusion.
    _mark(ax, ends[0], "o", ESTIMATE, "respects exclusion" if min(p) else "", -15)
    _mark(ax, here, "D", TRUTH, "the mixture", 6)
    ax.set_xlabel(f"weight of do({name}={states[0]})", parse_math=False)
    ax.set_ylabel(f"weight of do({name}={states[1]})", parse_math=False)
    ax.set_xlim(-0.15, 1.1)
    ax.set_ylim(-0.15, 1.1)
    ax.set_aspect("equal")
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)
    return figure


class _Place(NamedTuple):
    """The weights of the two interventions that set the variable."""

    first: float
    second: float

    def moved(self, step: float, along: _Place) -> _Place:
        return _Place(self.first + step * along.first, self.second + step * along.second)


def _mark(ax: Axes, at: _Place, shape: str, colour: str, text: str = "", above: int = 0) -> None:
    ax.plot(*at, shape, color=colour, markersize=7, zorder=3)
    ax.annotate(text, at, (9, above), textcoords="offset points", color=colour, fontsize=9)
