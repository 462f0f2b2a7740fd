"""Pictures of a result: what each target sets, and how much of the data it accounts for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from domix.core.intervention import Intervention
from domix.errors import MissingExtraError
from domix.model.mixture import Mixture
from domix.results.result import Component, Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PICTURE_SUFFIXES", "draw_targets", "draw_weights", "plot", "require_matplotlib"]

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")

ESTIMATE, TRUTH, FAINT, LINE = "#1f4e79", "#c44e1c", "#8a8a8a", "#e4e4e4"
ROW_HEIGHT, WEIGHTS_WIDTH, LETTER = 0.32, 3.6, 0.075
LONGEST_STATE, LONGEST_NAME = 12, 24
MANY_COLUMNS, SHORT_STATE = 12, 5
NARROWEST_GRID = 1.9  # inches: its title must fit


def require_matplotlib() -> None:
    """Raise MissingExtraError if there is no matplotlib; asked before long work, too."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("drawing a picture", "matplotlib", "app")


@dataclass(frozen=True)
class _Row:
    """One line of the picture: a target that was found, that is true, or both."""

    intervention: Intervention
    found: Component | None
    true_weight: float | None


def _rows(result: Disentanglement, truth: Mixture | None) -> list[_Row]:
    """The components in their order, then the true targets that were missed, by falling weight."""
    true: dict[Intervention, float] = {}
    if truth is not None:
        weights = (float(w) for w in truth.weights)
        true = dict(zip(truth.interventions, weights, strict=True))
    rows = [_Row(c.intervention, c, true.pop(c.intervention, None)) for c in result.components]
    missed = sorted(true.items(), key=lambda item: -item[1])
    return [*rows, *(_Row(t, None, weight) for t, weight in missed)]


def plot(result: Disentanglement, truth: Mixture | None = None) -> Figure:
    """Targets and weights side by side, one line per target.

    Parameters
    ----------
    result
    truth
        The mixture that the rows were drawn from, if it is known: its weights are marked, and
        targets of it that were missed get a line of their own.

    Returns
    -------
    matplotlib.figure.Figure
        Attached to no window and to no global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix.results.result import Component, Disentanglement
    >>> from domix.example import planted
    >>> mix = planted()
    >>> pairs = zip(mix.interventions, mix.weights, strict=True)
    >>> res = Disentanglement(mix.network, tuple(Component(t, w) for t, w in pairs), "population")
    >>> len(plot(res).axes)
    2
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    rows = _rows(result, truth)
    names = _set_variables(result, rows)
    grid = max(NARROWEST_GRID, _column_width(rows, names) * len(names))
    head = 0.9 + LETTER * max((len(_clipped(name, LONGEST_NAME)) for name in names), default=0)
    figure = Figure(
        figsize=(grid + WEIGHTS_WIDTH + 0.6, head + ROW_HEIGHT * len(rows) + 0.8),
        layout="constrained",
    )
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[WEIGHTS_WIDTH, grid])
    draw_weights(left, result, truth)
    draw_targets(right, result, truth)
    return figure


def draw_targets(ax: Axes, result: Disentanglement, truth: Mixture | None = None) -> None:
    """A grid of targets by variables on ``ax``: which state each target sets.

    Only the variables that some target sets have a column. The colour says where the state stands
    among those of its variable, from the first (blue) to the last (red).
    """
    from matplotlib import colormaps

    rows = _rows(result, truth)
    names = _set_variables(result, rows)
    longest = _longest_state(names)
    colours = colormaps["coolwarm"]
    for y, row in enumerate(rows):
        if not row.intervention:
            ax.text(
                -0.45,
                y,
                "nothing is set",
                va="center",
                fontsize=8,
                color=FAINT,
                style="italic",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        for name, label in row.intervention.items():
            states = result.network.states[name]
            place = states.index(label) / max(len(states) - 1, 1)
            x = names.index(name)
            ax.barh(y, 0.94, height=0.86, left=x - 0.47, color=colours(place))
            dark = abs(place - 0.5) > 0.3
            ax.text(
                x,
                y,
                _clipped(str(label), longest),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else "black",
                parse_math=False,
            )
    ax.set_xlim(-0.5, max(len(names), 1) - 0.5)
    heads = [_clipped(name, LONGEST_NAME) for name in names]
    ax.set_xticks(range(len(names)), heads, rotation=90, parse_math=False)
    ax.xaxis.tick_top()
    _share_lines(ax, rows)
    ax.tick_params(axis="y", labelleft=False)
    ax.set_title("What each target sets", fontsize=10, loc="left")


def draw_weights(ax: Axes, result: Disentanglement, truth: Mixture | None = None) -> None:
    """Weights on ``ax``, one line per target, with their 95 % intervals where there are any."""
    rows = _rows(result, truth)
    for y, row in enumerate(rows):
        if row.found is not None and row.found.interval is not None:
            ax.plot(row.found.interval, (y, y), color=ESTIMATE, linewidth=2.5, alpha=0.5)
    found = [(float(row.found.weight), y) for y, row in enumerate(rows) if row.found is not None]
    ax.plot(*zip(*found, strict=True), "o", color=ESTIMATE, markersize=6, label="estimate")
    true = [(row.true_weight, y) for y, row in enumerate(rows) if row.true_weight is not None]
    if truth is not None:
        ax.plot(
            *zip(*true, strict=True),
            "D",
            markerfacecolor="none",
            markeredgecolor=TRUTH,
            markersize=8,
            label="truth",
        )
        ax.legend(
            loc="upper left",
            bbox_to_anchor=(0, -0.3 / len(rows)),
            ncols=2,
            fontsize=8,
            frameon=False,
        )
    ax.set_xlim(left=0)
    ax.grid(axis="x", color=LINE)
    _share_lines(ax, rows)
    tested = any(row.found is not None and row.found.interval is not None for row in rows)
    ax.set_title("Weight, with its 95 % interval" if tested else "Weight", fontsize=10, loc="left")


def _share_lines(ax: Axes, rows: list[_Row]) -> None:
    """What both halves have in common: one line per target, the first on top."""
    ax.set_ylim(len(rows) - 0.5, -0.5)
    texts = ["missed" if row.found is None else f"{float(row.found.weight):.3f}" for row in rows]
    ax.set_yticks(range(len(rows)), texts)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _set_variables(result: Disentanglement, rows: list[_Row]) -> list[str]:
    used = {name for row in rows for name in row.intervention}
    return [name for name in result.network.variables if name in used]


def _column_width(rows: list[_Row], names: list[str]) -> float:
    """Inches that the longest state shown needs."""
    labels = (str(label) for row in rows for label in row.intervention.values())
    longest = max((len(_clipped(label, _longest_state(names))) for label in labels), default=1)
    return max(0.35, 0.15 + LETTER * longest)


def _longest_state(names: list[str]) -> int:
    """Letters of a state that there is room for: a picture of many columns keeps them narrow."""
    return LONGEST_STATE if len(names) <= MANY_COLUMNS else SHORT_STATE


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
