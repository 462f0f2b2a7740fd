"""Goodness of fit: where a fitted mixture and its data rows disagree."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from domix.core.codes import parent_values
from domix.core.intervention import Intervention
from domix.core.soft.targets import mode
from domix.core.space import Label, assignment_text
from domix.data.frame import RowsLike, encode, from_columns
from domix.data.indices import check_index
from domix.data.missing import RowOptions
from domix.data.rows import DistinctRows, check_counts, distinct
from domix.errors import DataError, DomixWarning
from domix.model.learn import count_entries, read_observations
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.query.probability import entry_indices
from domix.results.family_tests import FamilyTest, run_family_tests
from domix.util.arrays import Floats
from domix.util.contingency import holm
from domix.util.text_tables import aligned, html_notes, html_table, p_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ROWS_SHOWN = 20
"""Rows of the table that a summary shows: about a screen."""

DOUBTFUL_SHARE = 0.5
"""Share of a component's data rows in flagged configurations above which it is doubtful."""

DEFAULT_ALPHA = 0.05
"""Family-wise error where the result has none, because it does not come from tests."""


@dataclass(frozen=True)
class FamilyFit:
    """One variable in one configuration of its parents.

    Attributes
    ----------
    variable : str
        The variable.
    given : mapping of str to label
        Its parents' states.
    states : tuple of label
        Its states, in the order of the counts.
    observed, fitted : tuple of float
        Observed and expected counts of the mixture's rows in each state.
    control : tuple of float or None
        Counts of the control rows in each state.
    statistic : float
        Likelihood-ratio statistic G: twice the logarithm of the likelihood ratio.
    df : int
        Degrees of freedom of the statistic.
    p_value, adjusted : float or None
        The p-value of the test, and the p-value after Holm's correction for all tests of the
        table; None if there is nothing to test.
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
        return assignment_text(self.given)

    @property
    def by_residual(self) -> list[int]:
        """Indices of the states by falling residual, abs(observed - fitted) / sqrt(fitted)."""
        # At least half a row is expected: the residual of an impossible state stays finite.
        residuals = [
            abs(o - f) / max(f, 0.5) ** 0.5 for o, f in zip(self.observed, self.fitted, strict=True)
        ]
        return sorted(range(len(residuals)), key=lambda at: -residuals[at])

    @property
    def worst(self) -> int:
        """Index of the state with the largest residual."""
        return self.by_residual[0]


@dataclass(frozen=True)
class ComponentFit:
    """Share of a component's rows in configurations where the model does not fit.

    Attributes
    ----------
    intervention : Intervention
        The component's intervention.
    variable : str or None
        Of the variables that it sets, the one with the largest share; None for do().
    share : float
        Share of the component's rows, by posterior probability, that are in flagged configurations
        of that variable's parents.
    """

    intervention: Intervention
    variable: str | None
    share: float

    @property
    def doubtful(self) -> bool:
        """Whether that is most of its rows: it may explain misfit rather than an intervention."""
        return self.share > DOUBTFUL_SHARE


@dataclass(frozen=True)
class GoodnessOfFit:
    """Observed and fitted counts by variable and configuration of its parents.

    Attributes
    ----------
    rows : tuple of FamilyFit
        In the order of the network's tables. Configurations without rows are left out, and so are
        those that the fit excludes: they show in the row of a parent.
    components : tuple of ComponentFit
        In the order of the result's components.
    alpha : float
        Probability of any flag where the model holds.
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
        """The components that may explain misfit rather than an intervention."""
        return tuple(c for c in self.components if c.doubtful)

    def by_misfit(self) -> list[FamilyFit]:
        """Sort the rows by p-value, smallest first; rows without a test come last."""

        def key(row: FamilyFit) -> tuple[float, float]:
            return (2.0 if row.p_value is None else row.p_value, -row.statistic)

        return sorted(self.rows, key=key)

    def to_frame(self, backend: str | None = None) -> Any:
        """Return a data frame, one row per variable, configuration of its parents and state.

        Its columns are variable, given, state, observed, fitted, control, statistic, df, p_value,
        adjusted and flagged; the last five are repeated for each state of a variable.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            The package of the frame; None takes the first that is installed.

        Returns
        -------
        DataFrame or Table
            Of that package.

        Raises
        ------
        MissingExtraError
            The package, or any of the three, is not installed.
        """
        names = ["variable", "given", "state", "observed", "fitted", "control"]
        names += ["statistic", "df", "p_value", "adjusted", "flagged"]
        lines = []
        for row in self.rows:
            control = row.control or [None] * len(row.states)
            test = (row.statistic, row.df, row.p_value, row.adjusted, row.flagged)
            for state, *counts in zip(row.states, row.observed, row.fitted, control, strict=True):
                lines.append((row.variable, row.given_text, str(state), *counts, *test))
        columns = zip(*lines, strict=True) if lines else [()] * len(names)
        return from_columns(dict(zip(names, map(list, columns), strict=True)), backend)

    def summary(self) -> str:
        """Return the worst rows as a readable table, each with its most surprising state."""
        head, body = self._text_cells()
        return "\n".join([aligned(head, body, "<<>" + "<" + ">" * (len(head) - 4)), *self._notes()])

    def _text_cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body of the table."""
        controlled = any(row.control is not None for row in self.rows)
        head = ["variable", "given", "rows", "state", "observed", "fitted"]
        head += [*(["control"] if controlled else []), "G", "df", "p", "adjusted"]
        body = []
        for row in self.by_misfit()[:ROWS_SHOWN]:
            if row.p_value is None or row.adjusted is None:
                break
            at, total = row.worst, sum(row.observed)
            texts = [row.variable, row.given_text, f"{total:,.0f}", str(row.states[at])]
            texts += [_share(row.observed[at], total), _share(row.fitted[at], total)]
            if row.control is not None:
                texts.append(_share(row.control[at], sum(row.control)))
            texts += [f"{row.statistic:.1f}", str(row.df), p_text(row.p_value)]
            texts.append(p_text(row.adjusted) + ("*" if row.flagged else ""))
            body.append(texts)
        return head, body

    def _notes(self) -> list[str]:
        """Lines below the table."""
        tested = sum(row.p_value is not None for row in self.rows)
        notes = [
            f"{len(self.flagged)} of {tested} tests depart from the fit "
            f"(*: family-wise alpha {self.alpha:g}); {len(self.rows) - tested} more had nothing to "
            "test"
        ]
        if self.doubtful:
            notes.append(
                "targets that may explain misfit, with the share of their rows in which the "
                "variable does not fit:"
            )
        notes += [f"  {c.share:.0%} {c.variable}: {c.intervention}" for c in self.doubtful]
        return notes

    def __repr__(self) -> str:
        return f"<GoodnessOfFit: {len(self.flagged)} of {len(self.rows)} rows flagged>"

    def _repr_html_(self) -> str:
        return html_table(*self._text_cells()) + html_notes(self._notes())


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.3f}" if whole else ""


def goodness_of_fit(
    mixture: Mixture,
    data: RowsLike,
    counts: ArrayLike | None = None,
    observational: RowsLike | Network | None = None,
    alpha: float | None = None,
    **form: Unpack[RowOptions],
) -> GoodnessOfFit:
    """Compare data rows with a fitted mixture; see :meth:`Disentanglement.goodness_of_fit`."""
    network = mixture.network.to_float()
    check_index(data, counts, "counts")
    given = encode(network.space, data, stacklevel=4, **form)
    given.require_rows(none="there are no rows to compare with the fit")
    weights = None if counts is None else check_counts(counts, given.given)[given.numbers]
    rows = distinct(given.codes, network.space.cards, weights)
    if alpha is None:
        alpha = DEFAULT_ALPHA
    tests = run_family_tests(
        network.tables,
        mixture.any_targets,
        mixture.weights.astype(np.float64),
        count_entries(network.tables.layout, rows.codes, rows.counts),
        _count_control(network, observational, form),
        alpha,
    )
    slow = [test for test in tests if not test.converged]
    if slow:
        warnings.warn(
            f"an iteration limit ended the fit of {len(slow)} table rows before it converged, the "
            f"first of {network.variables[slow[0].node]!r}: their p-values are too small; more "
            "control rows can help",
            DomixWarning,
            stacklevel=3,
        )
    fits = _family_fits(network, tests, alpha)
    flagged = [test for test, fit in zip(tests, fits, strict=True) if fit.flagged]
    return GoodnessOfFit(fits, _component_fits(mixture, rows, flagged), alpha)


def _count_control(
    network: Network, observational: RowsLike | Network | None, form: RowOptions
) -> Floats | None:
    """Count control rows by CPT entry; None where the tables are taken as known."""
    if observational is None:
        return None
    if not isinstance(observational, Network):
        codes = read_observations(network.space, observational, **form).codes
        return count_entries(network.tables.layout, codes)
    same = observational.states == network.states and observational.parents == network.parents
    if not same or observational.variables != network.variables:
        raise DataError(
            "this network has other variables, states or parents", argument="observational"
        )
    if observational.flat_counts is None:
        raise DataError(
            "this network was not learnt from rows; it has no counts", argument="observational"
        )
    return observational.flat_counts


def _family_fits(
    network: Network, tests: Sequence[FamilyTest], alpha: float
) -> tuple[FamilyFit, ...]:
    """Translate the tests to labels, with Holm's correction."""
    layout, space = network.tables.layout, network.space
    fits = []
    adjusted = holm([test.p_value for test in tests])
    for test, p in zip(tests, adjusted, strict=True):
        fits.append(
            FamilyFit(
                variable=network.variables[test.node],
                given=space.assignment(parent_values(layout, test.node, test.row).items()),
                states=space.states[test.node],
                observed=tuple(test.observed.tolist()),
                fitted=tuple(test.fitted.tolist()),
                control=None if test.control is None else tuple(test.control.tolist()),
                statistic=test.statistic,
                df=test.df,
                p_value=test.p_value,
                adjusted=p,
                flagged=p is not None and p <= alpha,
            )
        )
    return tuple(fits)


def _component_fits(
    mixture: Mixture, rows: DistinctRows, flagged: Sequence[FamilyTest]
) -> tuple[ComponentFit, ...]:
    """Compute, for each component, the share of its rows that read a flagged row of a CPT."""
    layout = mixture.network.tables.layout
    with warnings.catch_warnings():
        # Rows that no component can produce belong to no component.
        warnings.simplefilter("ignore", DomixWarning)
        posterior = np.nan_to_num(mixture.posterior(rows.codes))
    weights = posterior * rows.counts[:, None]
    starts = [layout.offsets[test.node] + test.row * layout.cards[test.node] for test in flagged]
    misfit = np.isin(
        layout.row_of_entry[entry_indices(layout, rows.codes)],
        np.searchsorted(layout.row_starts, np.array(starts, dtype=np.int64)),
    )
    fits = []
    for c, intervention in enumerate(mixture.interventions):
        total = weights[:, c].sum()
        shares = [
            (float(weights[misfit[:, i], c].sum() / total) if total > 0 else 0.0, i)
            for i, _ in mode(mixture.any_targets[c])
        ]
        share, node = max(shares, default=(0.0, -1), key=lambda pair: pair[0])
        name = mixture.network.variables[node] if node >= 0 else None
        fits.append(ComponentFit(intervention, name, share))
    return tuple(fits)
