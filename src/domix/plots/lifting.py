"""Figure of lifting: how the prefixes of targets split, variable by variable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domix.core.intervention import Intervention
from domix.plots.style import (
    ESTIMATE,
    FAINT,
    LINE,
    LONGEST_NAME,
    clip,
    name_target,
    new_figure,
    setting_text,
    text_width,
    weight_text,
)
from domix.results.component import Component
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT, CURVE, GAP, MARGIN = 0.42, 0.35, 0.16, 0.2
"""Inches: of a target's row, of the curve where a branch leaves another, around labels, around all.
"""

HEADING = 0.75
"""Inches above the first row: the title, and what is split where."""

WIDEST, THINNEST = 11.0, 0.8
"""Points: width of the branch of weight 1, and of the thinnest branch."""

UNSET = "#a9b8c6"
"""Colour of a branch that sets nothing."""

TITLE, TITLE_SIZE = "How lifting splits the targets", 11

FONT_SIZE = 9

LONGEST_TARGET = 48
"""Characters of a target's text that are shown."""

MOST_TARGETS, MOST_SETTINGS = 60, 8
"""Targets that have a branch, and settings that are written at one."""


@dataclass(frozen=True)
class _Branch:
    """A prefix from where it leaves another one to where it splits or ends.

    Attributes
    ----------
    settings : tuple of str
        What is set between the two splits.
    weight : float or Fraction
        Of all targets that begin with this prefix.
    target : Intervention
        The target, or one of those that begin with this prefix.
    splits : str or None
        The variable at which it splits; None if it is one whole target.
    parts : tuple of _Branch
        The branches into which it splits: first the one that does not set the variable.
    """

    settings: tuple[str, ...]
    weight: Any
    target: Intervention
    splits: str | None = None
    parts: tuple[_Branch, ...] = ()


def plot_lifting(result: Disentanglement) -> Figure:
    """Plot how lifting splits the weight 1 into targets, in the order of ``result.network.order``.

    From left to right, a branch is a prefix: what a target sets among the variables so far. A
    branch that does not set the variable goes straight on; the others leave it, and say what they
    set. Numbers are weights, and the width of a branch is proportional to its weight. Variables at
    which nothing splits take no room. The sixty heaviest targets have a branch; the title counts
    the others. Beside a branch are eight settings at most, and the number of the others.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import disentangle_population
    >>> from domix.example import planted
    >>> mix = planted()
    >>> figure = plot_lifting(disentangle_population(mix.network, mix))
    >>> [text.get_text() for text in figure.axes[0].texts][1:8]
    ['Tarn', 'Quen', 'Pryd', 'Sivo', '1.000', '0.360', '0.260']
    """
    shown, hidden = result.components[:MOST_TARGETS], result.components[MOST_TARGETS:]
    title = TITLE
    if hidden:
        weight = weight_text(sum(c.weight for c in hidden))
        title += f" (without {len(hidden)} more of weight {weight} in all)"
    root = _grow(result, shown)
    splits = {branch.splits for branch in _walk(root)}
    columns = [name for name in result.network.order if name in splits]
    places = _Places(root, columns, title)
    size = (places.right + 2 * MARGIN, HEADING + ROW_HEIGHT * len(places.rows) + MARGIN)
    figure = new_figure(*size, layout=None)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(-MARGIN, size[0] - MARGIN)
    ax.set_ylim(MARGIN + ROW_HEIGHT * len(places.rows), -HEADING)
    ax.text(0, 0.25 - HEADING, title, fontsize=TITLE_SIZE, va="center")
    _draw_headings(ax, places)
    _draw_branch(ax, places, root, 0.0, places.y(root))
    return figure


def _grow(result: Disentanglement, components: Sequence[Component]) -> _Branch:
    """Make the tree of the prefixes of targets."""
    parts = [(c.intervention, c.weight) for c in components]
    names = [name for name in result.network.order if any(name in t for t, _ in parts)]
    states = result.network.states

    def read(target: Intervention, name: str) -> tuple[str, ...]:
        return (setting_text(target, name),) if name in target else ()

    def rank(target: Intervention, name: str) -> tuple[int, bool, str]:
        if name not in target:
            return -1, False, ""
        soft = name in target.soft
        return states[name].index(target.mode[name]), soft, str(target[name]) if soft else ""

    def grow(
        parts: Sequence[tuple[Intervention, Any]], start: int, settings: tuple[str, ...]
    ) -> _Branch:
        target, weight = parts[0][0], sum(w for _, w in parts)
        for at in range(start, len(names)):
            name = names[at]
            groups: dict[Any, list[tuple[Intervention, Any]]] = {}
            for part in sorted(parts, key=lambda part: rank(part[0], name)):
                groups.setdefault(part[0].get(name), []).append(part)
            if len(groups) > 1:
                branches = (grow(g, at + 1, read(g[0][0], name)) for g in groups.values())
                return _Branch(settings, weight, target, name, tuple(branches))
            settings += read(target, name)
        return _Branch(settings, weight, target)

    return grow(parts, 0, ())


class _Places:
    """Where the branches stand, in inches: y is that of a row, x that of a split."""

    def __init__(self, root: _Branch, columns: Sequence[str], title: str) -> None:
        self.columns = columns
        self._row: dict[int, int] = {}
        self.rows: list[_Branch] = []
        self._place_rows(root)
        self.x = self._place_columns(root)
        widths = [text_width(weight_text(branch.weight), FONT_SIZE + 1) for branch in self.rows]
        self.weights = max(widths) + GAP
        targets = max(text_width(_target_text(branch), FONT_SIZE) for branch in self.rows)
        self.right = max(self.x[-1] + GAP + self.weights + targets, text_width(title, TITLE_SIZE))

    def _place_rows(self, branch: _Branch) -> None:
        """Give each target a row, and each branch that of its first target."""
        self._row[id(branch)] = len(self.rows)
        if not branch.parts:
            self.rows.append(branch)
        for part in branch.parts:
            self._place_rows(part)

    def _place_columns(self, root: _Branch) -> list[float]:
        """Return the x of each split and of the end, as near as the texts between them allow."""
        wide = [(-1, self.column(root), _label_width(root))]
        for branch in _walk(root):
            start = self.column(branch)
            wide += [(start, self.column(p), CURVE + _label_width(p)) for p in branch.parts]
        for at, name in enumerate(self.columns):
            wide.append((at, at + 1, text_width(clip(name, LONGEST_NAME), FONT_SIZE)))
        x = [0.0] * (len(self.columns) + 1)
        for start, end, width in sorted(wide, key=lambda item: item[1]):
            left = 0.0 if start < 0 else x[start]
            x[end] = max(x[end], left + width + GAP, x[end - 1] if end else 0.0)
        return x

    def column(self, branch: _Branch) -> int:
        """Return the index in ``x`` of where a branch ends."""
        return len(self.columns) if branch.splits is None else self.columns.index(branch.splits)

    def y(self, branch: _Branch) -> float:
        """Return the y of a branch."""
        return ROW_HEIGHT * (self._row[id(branch)] + 0.5)


def _walk(branch: _Branch) -> Iterator[_Branch]:
    """Yield a branch and all that leave it."""
    yield branch
    for part in branch.parts:
        yield from _walk(part)


def _label(branch: _Branch) -> str:
    more = len(branch.settings) - MOST_SETTINGS
    return ", ".join(branch.settings[:MOST_SETTINGS]) + (f", +{more} more" if more > 0 else "")


def _label_width(branch: _Branch) -> float:
    return max(text_width(text, FONT_SIZE) for text in (_label(branch), weight_text(branch.weight)))


def _target_text(branch: _Branch) -> str:
    return name_target(branch.target, LONGEST_TARGET, lines=1)


def _draw_headings(ax: Axes, places: _Places) -> None:
    """Draw the name of the variable above each split."""
    for x, name in zip(places.x, places.columns, strict=False):
        ax.plot((x, x), (0, ROW_HEIGHT * len(places.rows)), color=LINE, linewidth=0.8, zorder=0)
        shown = clip(name, LONGEST_NAME)
        ax.text(x, -0.1, shown, fontsize=FONT_SIZE, color=FAINT, parse_math=False)


def _draw_branch(ax: Axes, places: _Places, branch: _Branch, start: float, origin: float) -> None:
    """Draw a branch that leaves another at ``(start, origin)``, and all that leave it."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    y, end = places.y(branch), places.x[places.column(branch)]
    width = max(WIDEST * float(branch.weight), THINNEST)
    after = start + (CURVE if start else 0.0)
    middle = (start + after) / 2
    path = [(start, origin), (middle, origin), (middle, y), (after, y), (end, y)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO]
    colour = ESTIMATE if branch.settings else UNSET
    ax.add_patch(
        PathPatch(Path(path, codes), fill=False, linewidth=width, edgecolor=colour, capstyle="butt")
    )
    text: dict[str, Any] = {"fontsize": FONT_SIZE, "parse_math": False}
    above: dict[str, Any] = {
        "xytext": (0, width / 2 + 1.5),
        "textcoords": "offset points",
        "va": "bottom",
    }
    below: dict[str, Any] = {
        "xytext": (0, -width / 2 - 1.5),
        "textcoords": "offset points",
        "va": "top",
    }
    if branch.parts:
        ax.annotate(weight_text(branch.weight), (after, y), **below, **text)
    if branch.settings:
        ax.annotate(_label(branch), (after, y), **above, **text)
    if not branch.parts:
        ax.plot(end, y, "o", color=colour, markersize=5)
        at = end + GAP
        ax.text(at, y, weight_text(branch.weight), va="center", fontweight="bold", **text)
        ax.text(at + places.weights, y, _target_text(branch), va="center", **text)
    for part in branch.parts:
        _draw_branch(ax, places, part, end, y)
