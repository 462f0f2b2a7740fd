"""The line of mixtures with the distribution of a given one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from domix.core.exclusion import exhausted_per_prefix
from domix.core.intervention import Intervention
from domix.identifiability.diagnosis import Diagnosis
from domix.identifiability.equivalent import reach
from domix.model.network import Network
from domix.plots.style import ESTIMATE, FAINT, LINE, TRUTH, clip, name_target, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_TARGETS = 14
"""Targets whose weights are drawn, those that change most."""

LONGEST_TARGET, LONGEST_END = 36, 26
"""Characters of a target that are shown: at the end of its line, and below an end of all."""

NAME_GAP = 0.06
"""Share of the height between the names of two targets, at least."""

Weights = Mapping[Intervention, Fraction]


@dataclass(frozen=True)
class WeightLine:
    """Mixtures with one distribution: weights plus a step times their changes.

    Attributes
    ----------
    weights, changes : mapping of Intervention to Fraction
        Of the given mixture, and per step.
    reach : (Fraction, Fraction)
        The steps at the ends; step 0 is the given mixture.
    exclusion : (bool, bool)
        Whether the targets that have weight at each end respect exclusion.
    kinds : (str, str)
        What is said of each end.
    title : str
        Which explanations these are.
    """

    weights: Weights
    changes: Weights
    reach: tuple[Fraction, Fraction]
    exclusion: tuple[bool, bool]
    kinds: tuple[str, str]
    title: str

    def at(self, target: Intervention, step: Fraction | int) -> float:
        """Return the weight of a target after a step."""
        return float(self.weights.get(target, 0) + step * self.changes.get(target, 0))

    def list_targets(self) -> list[Intervention]:
        """List the targets with weight somewhere, those that change most first."""
        targets = dict.fromkeys([*self.changes, *self.weights])
        return sorted(targets, key=lambda t: abs(self.changes.get(t, Fraction(0))), reverse=True)

    def list_exhausted(self, end: int) -> list[Intervention]:
        """List the targets whose weight ends at the lower (0) or the upper (1) end."""
        step = self.reach[end]
        return [
            t for t, change in self.changes.items() if not self.weights.get(t, 0) + step * change
        ]


def find_line(diagnosis: Diagnosis) -> WeightLine | None:
    """Return the line of all explanations, or that to the equivalent mixture; None without any."""
    mixture, explanations = diagnosis.mixture, diagnosis.explanations
    if mixture is None:
        return None
    weights = dict(zip(mixture.interventions, mixture.weights, strict=True))
    whole = explanations is not None and len(explanations.directions) == 1
    if diagnosis.line is not None:
        equivalent = diagnosis.line.twin
        other = dict(zip(equivalent.interventions, equivalent.weights, strict=True))
        differences = {
            t: other.get(t, Fraction(0)) - weights.get(t, 0) for t in {**weights, **other}
        }
        changes: Weights = {t: change for t, change in differences.items() if change}
    elif explanations is not None and whole:
        changes = explanations.directions[0]
    else:
        return None
    steps = reach(weights, changes)
    net = mixture.network
    lower, upper = (_respects_exclusion(net, weights, changes, step) for step in steps)
    kinds = [f"{'respects' if respects else 'breaks'} exclusion" for respects in (lower, upper)]
    # Where the equivalent mixture is not needed for exclusion, it is for positivity.
    if lower and upper and diagnosis.line is not None and steps[1] == 1:
        kinds[1] = "its unused states are possible"
    title = "Explanations on the line to the equivalent mixture"
    if explanations is not None and whole:
        free = clip(", ".join(explanations.free), LONGEST_TARGET)
        title = "All explanations" + (f", exclusion given up on {free}" if free else "")
    return WeightLine(weights, changes, steps, (lower, upper), (kinds[0], kinds[1]), title)


def _respects_exclusion(net: Network, weights: Weights, changes: Weights, step: Fraction) -> bool:
    """Return whether the targets that have weight after a step respect exclusion, per prefix."""
    weight_at = {t: weights.get(t, 0) + step * changes.get(t, 0) for t in {**weights, **changes}}
    targets = [net.target(target) for target, weight in weight_at.items() if weight]
    return not any(exhausted_per_prefix(net.tables.layout, targets))


def draw_line(ax: Axes, line: WeightLine) -> None:
    """Draw the weight of each target along the line, from its lower end (0) to the upper one (1).

    Rising weights are solid, falling ones dashed, and those that do not change dotted.
    """
    low, high = line.reach
    targets = line.list_targets()
    shown = targets[:MOST_TARGETS]
    given = float(-low / (high - low))
    for target in shown:
        change = line.changes.get(target, 0)
        style = ("-" if change > 0 else "--") if change else ":"
        ends = [line.at(target, step) for step in line.reach]
        ax.plot((0, 1), ends, style, color=ESTIMATE if change else FAINT, linewidth=1.6)
        if not change:
            continue
        for x, y, respects in zip((0, 1), ends, line.exclusion, strict=True):
            face = ESTIMATE if respects else "white"
            ax.plot(x, y, "o", color=ESTIMATE, mfc=face, ms=8, clip_on=False, zorder=3)
        ax.plot(
            given, line.at(target, 0), "D", color=TRUTH, mec="white", ms=6, clip_on=False, zorder=4
        )
    largest = max(line.at(target, step) for target in shown for step in line.reach)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.06 * largest)
    _name_targets(ax, line, shown, NAME_GAP * 1.06 * largest)
    ax.axvline(given, color=TRUTH, linewidth=0.8, zorder=1)
    side = "left" if given < 0.1 else "right" if given > 0.9 else "center"
    ax.annotate(
        "the mixture",
        (given, 1),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        ha=side,
        fontsize=9,
        color=TRUTH,
    )
    ax.set_xticks((0, 1), [_end_text(line, end) for end in (0, 1)], parse_math=False)
    left, right = ax.get_xticklabels()
    left.set_horizontalalignment("left")
    right.set_horizontalalignment("right")
    ax.tick_params(length=0, labelsize=9)
    ax.set_ylabel("weight")
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for edge in ("top", "right"):
        ax.spines[edge].set_visible(False)
    title = line.title
    if len(targets) > len(shown):
        title += f"; {len(targets) - len(shown)} targets that change less are not shown"
    ax.set_title(title, fontsize=10, loc="left", pad=18, parse_math=False)


def _name_targets(ax: Axes, line: WeightLine, shown: list[Intervention], gap: float) -> None:
    """Write the names of targets at the right ends of their lines, apart from one another."""
    ends = [line.at(target, line.reach[1]) for target in shown]
    # Of equal ends, the line that comes from above is above.
    order = [end + line.at(t, line.reach[0]) / 1000 for t, end in zip(shown, ends, strict=True)]
    across = ax.get_yaxis_transform()
    for target, end, place in zip(shown, ends, spread(order, gap), strict=True):
        ax.plot((1.012, 1.035), (end, place), color=FAINT, lw=0.8, transform=across, clip_on=False)
        name = name_target(target, LONGEST_TARGET, lines=1)
        ax.text(1.04, place, name, transform=across, va="center", fontsize=9, parse_math=False)


def _end_text(line: WeightLine, end: int) -> str:
    """State which targets have no weight at an end, and whether it respects exclusion."""
    targets = [name_target(target, LONGEST_END, lines=1) for target in line.list_exhausted(end)]
    names = " and ".join(targets) if len(targets) <= 2 else f"{len(targets)} targets"
    verb = "has" if len(targets) == 1 else "have"
    return f"{names}\n{verb} no weight\n{line.kinds[end]}"
