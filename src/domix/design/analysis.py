"""What a power analysis returns, and its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domix.claims.measured import describe_limits
from domix.core.intervention import Intervention
from domix.core.tables import Target
from domix.data.frame import from_columns
from domix.design.chances import compute_chances
from domix.design.contrasts import UNDETECTABLE, Contrasts
from domix.design.population import SAMPLE
from domix.design.rivals import MOST_JOINT, find_look_alikes
from domix.design.solve import MOST_ROWS, Design, find_controls, find_rows
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.options.claims import ClaimOptions
from domix.util.checks import probability, whole_number
from domix.util.strict_json import to_json

FORMAT = "domix-power"
VERSION = 1

RIVAL_SHOWN = 0.02
"""Probability from which on the text names what the target may be taken for."""

WEIGHT_SHOWN = 1e-4
"""Weight from which on it names a component: a fit approaches 0 but does not reach it."""

MOST_SHOWN = 3
"""Targets of that kind that it names."""


@dataclass(frozen=True, eq=False)
class PowerAnalysis:
    """How many rows show a target, or with what probability given rows do.

    Attributes
    ----------
    target : Intervention
    mixture : Mixture
        With the target; where the weight was asked for, with the smallest that is seen.
    alpha : float
        The level of the test.
    goal : float or None
        The power that was asked for; None where rows were given and their power is the answer.
    rows : int or None
        Rows of the mixture; None if no number is enough.
    controls : int or None
        Control rows; None if the tables are known, or if no number is enough.
    power : float
        Probability that the target is reported.
    test_power : float
        Probability that the target passes its test, whether or not another target fits better in
        its place.
    mean, variance : float
        D and V: mean and variance, in nats per row, of what rows and their control rows add to the
        drop cost.
    critical_value : float
        Nats that the drop cost must exceed: the critical value of the test, or what the penalty of
        the whole answer grows by with the target, if that is more.
    log_count : float
        log K, K targets competing.
    nearest : Mixture
        The nearest mixture without the target.
    taken_for : mapping of Intervention to float
        Targets one variable away, and the probability that one fits better in the target's place.
    look_alikes : tuple of Intervention
        Targets with the same distribution: which of them is reported, no rows decide.
    obstacle : str or None
        Why no number of rows, or no weight, is enough.

    See Also
    --------
    domix.power : The function that returns it.

    Examples
    --------
    >>> from domix import Network, power
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> found = power(net, "A=high", 0.2)
    >>> found.at(2 * found.rows) > found.power > found.at(found.rows // 2)
    True
    """

    target: Intervention
    mixture: Mixture
    alpha: float
    goal: float | None
    rows: int | None
    controls: int | None
    power: float
    test_power: float
    mean: float
    variance: float
    critical_value: float
    log_count: float
    nearest: Mixture
    taken_for: Mapping[Intervention, float]
    look_alikes: tuple[Intervention, ...]
    obstacle: str | None
    _contrasts: Contrasts = field(repr=False)

    @property
    def weight(self) -> float:
        """Weight of the target in the mixture."""
        index = self.mixture.interventions.index(self.target)
        return float(self.mixture.weights[index])

    @property
    def learnt(self) -> bool:
        """Whether the tables are learnt from the rows and the control rows."""
        return self._contrasts.learnt

    def at(self, rows: int, controls: int | None = None) -> float:
        """Return the power at other numbers of rows.

        Parameters
        ----------
        rows : int
        controls : int, optional
            Where tables are learnt; as many as here by default.

        Returns
        -------
        float

        Raises
        ------
        DataError
            A number is not a whole number of at least 1; ``controls`` are given where the tables
            are known, or not given where no number was enough.
        """
        rows = whole_number(rows, "rows", least=1)
        return compute_chances(self._contrasts, rows, self._read_controls(controls)).reported

    def rows_for(self, power: float, controls: int | None = None) -> int | None:
        """Return the fewest rows that reach a power.

        Parameters
        ----------
        power : float
        controls : int, optional
            Where tables are learnt; as many as here by default.

        Returns
        -------
        int or None
            None if no number is enough.

        Raises
        ------
        DataError
            The power is not between 0 and 1, or ``controls`` are as in :meth:`at`.
        """
        goal = probability(power, "power")
        return find_rows(self._contrasts, self._read_controls(controls), goal)

    def _read_controls(self, controls: int | None) -> int | None:
        if controls is not None:
            controls = whole_number(controls, "controls", least=1)
            if not self.learnt:
                raise DataError(
                    "the tables of this analysis are known; leave it out, or give controls to "
                    "domix.power",
                    argument="controls",
                )
            return controls
        if self.learnt and self.controls is None:
            raise DataError(
                "give a number: this analysis has none, because no number is enough",
                argument="controls",
            )
        return self.controls

    def to_frame(
        self, rows: Sequence[int], controls: Sequence[int] = (), backend: str | None = None
    ) -> Any:
        """Return a data frame of the power at all pairs of rows and control rows.

        Parameters
        ----------
        rows : sequence of int
        controls : sequence of int, optional
            By default those of this analysis.
        backend : {"polars", "pandas", "pyarrow"}, optional
            By default the first that is installed.

        Returns
        -------
        data frame
            With the columns ``rows``, ``controls`` (null where the tables are known), ``power``.

        Raises
        ------
        DataError
            As in :meth:`at`.
        """
        numbers: Sequence[int | None] = list(controls) or [self.controls]
        pairs = [(n, m) for m in numbers for n in rows]
        columns: dict[str, list[Any]] = {
            "rows": [n for n, _ in pairs],
            "controls": [m for _, m in pairs],
            "power": [self.at(n, m) for n, m in pairs],
        }
        return from_columns(columns, backend)

    def summary(self) -> str:
        """Return the answer as text."""
        return "\n".join(self._lines())

    def _lines(self) -> list[str]:
        others = {t: w for t, w in _weights(self.mixture).items() if t != str(self.target)}
        lines = [f"{self.target}, weight {self.weight:.3g}, beside {_show(others)}"]
        if not self.learnt:
            lines.append("tables: known (give controls if they are learnt)")
        if self.obstacle is not None:
            lines.append(self.obstacle)
        if self.rows is not None and (self.controls is not None or not self.learnt):
            controls = f", {self.controls:,} control rows" if self.learnt else ""
            lines.append(
                f"{self.rows:,} rows{controls}: power {self.power:.2f} "
                f"(passes the test: {self.test_power:.2f}) at alpha {self.alpha:g}"
            )
            targets = len(self.mixture.interventions)
            limits = describe_limits(self.rows, targets, self.controls, ClaimOptions())
            if limits is not None:
                lines.append(f"alpha was {limits}")
            rivals = [
                f"{rival} {chance:.2f}"
                for rival, chance in self.taken_for.items()
                if chance >= RIVAL_SHOWN
            ]
            if rivals:
                more = f", and {len(rivals) - MOST_SHOWN} more" * (len(rivals) > MOST_SHOWN)
                shown = ", ".join(rivals[:MOST_SHOWN])
                lines.append(f"probability of a better fit in its place: {shown}{more}")
        if self.look_alikes:
            names = ", ".join(map(str, self.look_alikes))
            lines.append(f"the same distribution, so that either may be reported: {names}")
        lines.append(
            f"D {self.mean:.3g}, V {self.variance:.3g} nats per row; "
            f"reported from {self.critical_value:.3g} nats on, log K {self.log_count:.3g}"
        )
        if self._contrasts.left_out:
            lines.append(
                f"not compared: {self._contrasts.left_out:,} targets one variable away, whose "
                f"variables have more than {MOST_JOINT:,} configurations with the others"
            )
        if not self._contrasts.population.is_exact:
            lines.append(f"D and V are means over {SAMPLE:,} rows drawn with a fixed seed")
        return lines

    def __str__(self) -> str:
        return self.summary()

    def to_json(self) -> str:
        """Return the answer as a JSON document; interventions are texts."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "target": str(self.target),
            "mixture": _weights(self.mixture),
            **{name: getattr(self, name) for name in _NUMBERS},
            "nearest": _weights(self.nearest),
            "taken_for": {str(rival): chance for rival, chance in self.taken_for.items()},
            "look_alikes": [str(target) for target in self.look_alikes],
            "obstacle": self.obstacle,
        }
        return to_json(document, indent=2) + "\n"


_NUMBERS = (
    *("weight", "alpha", "goal", "rows", "controls", "learnt", "power", "test_power"),
    *("mean", "variance", "critical_value", "log_count"),
)


def _weights(mixture: Mixture) -> dict[str, float]:
    return {
        str(target): float(weight)
        for target, weight in zip(mixture.interventions, mixture.weights, strict=True)
    }


def _show(weights: Mapping[str, float]) -> str:
    return ", ".join(
        f"{target} {weight:.3g}" for target, weight in weights.items() if weight >= WEIGHT_SHOWN
    )


def analyse(net: Network, design: Design, alpha: float, goal: float | None) -> PowerAnalysis:
    """Describe a design in labels.

    Parameters
    ----------
    net : Network
    design : Design
    alpha : float
    goal : float or None
        None where nothing was asked for but the power.
    """
    contrasts, chances = design.contrasts, design.chances
    rows, controls = design.most
    contrast = contrasts.at(rows, controls)

    def name(target: Target) -> Intervention:
        return Intervention(net.space.assignment(target))

    nearest = contrasts.find_nearest(rows, controls)
    taken_for = zip(contrasts.rivals, chances.taken_for, strict=True)
    look_alikes = find_look_alikes(contrasts.tables, contrasts.target)
    mixed = zip(contrasts.support, contrasts.weights, strict=True)
    without = Mixture(net, [(name(t), weight) for t, weight in nearest.items()])
    return PowerAnalysis(
        target=name(contrasts.target),
        mixture=Mixture(net, [(name(t), weight) for t, weight in mixed]),
        alpha=alpha,
        goal=goal,
        rows=design.rows,
        controls=design.controls,
        power=chances.reported,
        test_power=chances.passes,
        mean=float(contrast.means[0]) / rows,
        variance=float(contrast.covariances[0, 0]) / rows,
        critical_value=contrasts.critical,
        log_count=contrasts.log_count,
        nearest=without,
        taken_for={
            name(rival): chance
            for rival, chance in sorted(taken_for, key=lambda pair: (-pair[1], pair[0]))
        },
        look_alikes=tuple(name(t) for t in look_alikes if t),
        obstacle=_find_obstacle(design, goal, without),
        _contrasts=contrasts,
    )


def _find_obstacle(design: Design, goal: float | None, nearest: Mixture) -> str | None:
    """Say why a power is out of reach, and what would reach it."""
    contrasts = design.contrasts
    if not contrasts.is_detectable:
        same = f"has the same distribution without it, to {UNDETECTABLE:g} nats per row"
        return f"not detectable: {_show(_weights(nearest))} {same}"
    if goal is None or (design.is_enough and design.chances.reported >= goal):
        return None
    if design.rows is None and design.controls is not None:
        least = find_controls(contrasts, MOST_ROWS, goal)
        if least is not None:
            return (
                f"no number of rows reaches power {goal:g} with {design.controls:,} control rows, "
                f"because the tables are learnt from these; take more than {least:,}"
            )
    elif design.rows is not None:
        limit = f"no number of control rows reaches power {goal:g} with {design.rows:,} rows"
        if design.is_enough:
            limit = f"no weight up to {contrasts.free:.3g} reaches power {goal:g}"
        least = find_rows(contrasts, design.most[1], goal)
        return limit if least is None else f"{limit}; take at least {least:,} rows"
    return f"no number of rows reaches power {goal:g}: another target is too near"
