"""Where a fitted mixture and the rows it was fitted to disagree."""

from __future__ import annotations

import html
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domix.core.codes import parent_values, table_rows
from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.data.frame import encode, from_columns
from domix.data.rows import DistinctRows, distinct
from domix.errors import DataError, DomixWarning
from domix.model.learn import count_entries
from domix.model.network import Network
from domix.results.family_tests import Family, compare_families, holm
from domix.util.text_tables import aligned, html_table, p_text

if TYPE_CHECKING:
    from domix.results.result import Disentanglement

__all__ = ["ComponentFit", "FamilyFit", "GoodnessOfFit", "goodness_of_fit"]

Floats = npt.NDArray[np.float64]

SHOWN = 20
MOSTLY = 0.5
USUAL_ALPHA = 0.05


@dataclass(frozen=True)
class FamilyFit:
    """One variable in one configuration of its parents.

    Attributes
    ----------
    variable : str
    given : mapping
        The parents' states.
    states : tuple
        Of the variable, in the order of the counts.
    observed, fitted : tuple of float
        How many of the mixture's rows are in each state, and how many the fit expects.
    control : tuple of float or None
        How many of the control rows are.
    statistic : float
        Twice the log-likelihood ratio.
    df : int
    p_value, adjusted : float or None
        The test's, and after Holm's correction for all tests of the table; None if there is nothing
        to test.
    flagged : bool
        Whether ``adjusted`` is at most ``alpha``.
    """

    variable: str
    given: Mapping[str, Label]
    states: tuple[Label, ...]
    observed: tuple[float, ...]
    fitted: tuple[float, ...]
    control: tuple[float, ...] | None
    statistic: float
    df: int
    p_value: float | None
    adjusted: float | None
    flagged: bool

    @property
    def given_text(self) -> str:
        """The parents' states as text; empty for a root."""
        return ", ".join(f"{name}={state}" for name, state in self.given.items())

    @property
    def worst(self) -> int:
        """The state whose count is the most surprising, as an index."""
        gaps = [
            abs(o - f) / max(f, 0.5) ** 0.5 for o, f in zip(self.observed, self.fitted, strict=True)
        ]
        return max(range(len(gaps)), key=gaps.__getitem__)


@dataclass(frozen=True)
class ComponentFit:
    """How much of a component lives where the model does not fit.

    Attributes
    ----------
    intervention : Intervention
    variable : str or None
        Of the variables that it sets, the one with the largest share; None for do().
    share : float
        Of its rows, by posterior weight: those in flagged configurations of that variable's
        parents.
    """

    intervention: Intervention
    variable: str | None
    share: float

    @property
    def doubtful(self) -> bool:
        """Whether that is most of its rows: it may stand for misfit rather than an intervention."""
        return self.share > MOSTLY


@dataclass(frozen=True)
class GoodnessOfFit:
    """Observed against fitted, one entry per variable and configuration of its parents.

    Attributes
    ----------
    rows : tuple of FamilyFit
        In the order of the network's tables. Configurations that no row reaches are left out, and
        those that the fit calls impossible: they show in the row of a parent.
    components : tuple of ComponentFit
        In the order of the result's.
    alpha : float
        Chance of any flag where the model holds.
    """

    rows: tuple[FamilyFit, ...]
    components: tuple[ComponentFit, ...]
    alpha: float

    @property
    def flagged(self) -> tuple[FamilyFit, ...]:
        """The rows that depart from the fit, worst first."""
        return tuple(row for row in self.by_misfit() if row.flagged)

    @property
    def doubtful(self) -> tuple[ComponentFit, ...]:
        """The components that live mostly in flagged configurations."""
        return tuple(c for c in self.components if c.doubtful)

    def by_misfit(self) -> list[FamilyFit]:
        """The rows, worst first."""

        def key(row: FamilyFit) -> tuple[float, float]:
            return (2.0 if row.p_value is None else row.p_value, -row.statistic)

        return sorted(self.rows, key=key)

    def to_frame(self, backend: str | None = None) -> Any:
        """A data frame, one row per variable, configuration of its parents and state.

        Its columns are variable, given, state, observed, fitted, control, statistic, df, p_value,
        adjusted and flagged; what belongs to the configuration is repeated for each state.
        """
        columns: dict[str, list[Any]] = {
            name: []
            for name in (
                *("variable", "given", "state", "observed", "fitted", "control"),
                *("statistic", "df", "p_value", "adjusted", "flagged"),
            )
        }
        for row in self.rows:
            tail = (row.statistic, row.df, row.p_value, row.adjusted, row.flagged)
            control = row.control or [None] * len(row.states)
            for counts in zip(row.states, row.observed, row.fitted, control, strict=True):
                values = (row.variable, row.given_text, str(counts[0]), *counts[1:], *tail)
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
        return from_columns(columns, backend)

    def summary(self) -> str:
        """The worst rows as a readable table, each by its most surprising state."""
        head, body = self._cells()
        return "\n".join([aligned(head, body, "<<>" + "<" + ">" * (len(head) - 4)), *self._notes()])

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        controlled = any(row.control is not None for row in self.rows)
        head = ["variable", "given", "rows", "state", "observed", "fitted"]
        head += [*(["control"] if controlled else []), "G", "df", "p", "adjusted"]
        body = []
        for row in self.by_misfit()[:SHOWN]:
            if row.p_value is None or row.adjusted is None:
                break
            at = row.worst
            rows = sum(row.observed)
            cells = [row.variable, row.given_text, f"{rows:,.0f}", str(row.states[at])]
            cells += [_share(row.observed[at], rows), _share(row.fitted[at], rows)]
            if row.control is not None:
                cells.append(_share(row.control[at], sum(row.control)))
            cells += [f"{row.statistic:.1f}", str(row.df), p_text(row.p_value)]
            cells.append(p_text(row.adjusted) + ("*" if row.flagged else ""))
            body.append(cells)
        return head, body

    def _notes(self) -> list[str]:
        tested = sum(row.p_value is not None for row in self.rows)
        notes = [
            f"{len(self.flagged)} of {tested} tests depart from the fit "
            f"(*: family-wise alpha {self.alpha:g}); {len(self.rows) - tested} more had nothing to "
            "test"
        ]
        if self.doubtful:
            notes.append(
                "targets that may stand for misfit, with the share of their rows in which the "
                "variable does not fit:"
            )
        notes += [f"  {c.share:.0%} {c.variable}: {c.intervention}" for c in self.doubtful]
        return notes

    def __repr__(self) -> str:
        return f"<GoodnessOfFit: {len(self.flagged)} of {len(self.rows)} rows flagged>"

    def _repr_html_(self) -> str:
        notes = "<br>".join(html.escape(note) for note in self._notes())
        return f"{html_table(*self._cells())}<p>{notes}</p>"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.3f}" if whole else ""


def goodness_of_fit(
    result: Disentanglement, data: Any, counts: npt.ArrayLike | None, observational: Any
) -> GoodnessOfFit:
    """See :meth:`Disentanglement.goodness_of_fit`."""
    network = result.network.to_float()
    rows = distinct(network.encode(data), network.space.cards, counts)
    if not len(rows.codes):
        raise DataError("there are no rows to compare with the fit")
    layout = network.tables.layout
    seen = count_entries(layout, rows.codes, rows.counts)
    alpha = USUAL_ALPHA if result.alpha is None else result.alpha
    families = compare_families(
        network.tables,
        result.mixture.targets,
        result.mixture.weights.astype(np.float64),
        seen,
        _control_counts(network, observational),
        alpha,
    )
    fits = _family_fits(network, families, alpha)
    at = {(f.node, f.row) for f, fit in zip(families, fits, strict=True) if fit.flagged}
    return GoodnessOfFit(tuple(fits), _component_fits(result, rows, at), alpha)


def _control_counts(network: Network, observational: Any) -> Floats | None:
    if observational is None:
        return None
    if not isinstance(observational, Network):
        codes = encode(network.space, observational, what="observational").codes
        if not len(codes):
            raise DataError("observational: there are no rows")
        return count_entries(network.tables.layout, codes)
    same = observational.states == network.states and observational.parents == network.parents
    if not same or observational.variables != network.variables:
        raise DataError("observational: this network has other variables, states or parents")
    if observational.flat_counts is None:
        raise DataError("observational: this network was not learnt from rows; it has no counts")
    return observational.flat_counts


def _family_fits(network: Network, families: Sequence[Family], alpha: float) -> list[FamilyFit]:
    layout, space = network.tables.layout, network.space
    out = []
    adjusted = holm([family.p_value for family in families])
    for family, p in zip(families, adjusted, strict=True):
        out.append(
            FamilyFit(
                network.variables[family.node],
                space.assignment(parent_values(layout, family.node, family.row).items()),
                space.states[family.node],
                tuple(family.observed.tolist()),
                tuple(family.fitted.tolist()),
                None if family.control is None else tuple(family.control.tolist()),
                family.statistic,
                family.df,
                family.p_value,
                p,
                p is not None and p <= alpha,
            )
        )
    return out


def _component_fits(
    result: Disentanglement, rows: DistinctRows, flagged: set[tuple[int, int]]
) -> tuple[ComponentFit, ...]:
    layout = result.network.tables.layout
    with warnings.catch_warnings():
        # Rows that no component can produce are no component's rows.
        warnings.simplefilter("ignore", DomixWarning)
        posterior = np.nan_to_num(result.posterior(rows.codes))
    mass = posterior * rows.counts[:, None]
    misfit = np.zeros(rows.codes.shape, dtype=bool)
    for node in range(layout.n):
        row = table_rows(layout, node, rows.codes)
        misfit[:, node] = np.isin(row, [r for i, r in flagged if i == node])
    out = []
    for c, (component, target) in enumerate(
        zip(result.components, result.mixture.targets, strict=True)
    ):
        total = mass[:, c].sum()
        shares = [
            (float(mass[misfit[:, i], c].sum() / total) if total > 0 else 0.0, i) for i, _ in target
        ]
        share, node = max(shares, default=(0.0, -1), key=lambda pair: pair[0])
        name = result.network.variables[node] if node >= 0 else None
        out.append(ComponentFit(component.intervention, name, share))
    return tuple(out)
