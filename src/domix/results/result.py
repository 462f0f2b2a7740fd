"""What every way of disentangling returns."""

from __future__ import annotations

import html
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.data.frame import from_columns
from domix.errors import DataError, DomixError, DomixWarning, FormatError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.row_labels import InterventionLike, read_labels
from domix.results.component import Component
from domix.results.goodness import GoodnessOfFit, goodness_of_fit
from domix.results.record import SOURCE, ResultRecord, read_result, write_result
from domix.util.rational import brief
from domix.util.text_tables import aligned, html_table, p_text

__all__ = ["Assignment", "Component", "Disentanglement"]


TIE = 1e-9
"""Posteriors that differ by this share are equal but for rounding."""


class Assignment(NamedTuple):
    """The most probable component of every row."""

    interventions: npt.NDArray[Any]
    """Shape (rows,), object: ``Intervention``, or None where no component can produce the row."""

    probabilities: npt.NDArray[np.float64]
    """Shape (rows,): its posterior probability; NaN where no component can produce the row."""


@dataclass(frozen=True, eq=False)
class Disentanglement:
    """Recovered targets and weights, with what they rest on.

    Attributes
    ----------
    network : Network
        With the tables as re-estimated, if they were learnt. It holds no counts: to disentangle
        other rows with tables that are still being learnt, start from the network you had.
    components : tuple of Component
        By falling weight.
    method : str
        ``"likelihood"``, ``"population"`` or ``"plugin"``.
    rows : float or None
        How many rows (total of the counts) were used; None from a distribution.
    alpha : float or None
        The family-wise error that p-values were held against.
    log_likelihood : float or None
        Of the rows under ``mixture``, natural logarithm. Rows in ``unexplained`` are left out.
    best_move_gain : float or None
        What the best change of one variable that was not taken promises to gain, in nats.
    best_move_significant : bool or None
        Whether that gain passes the test that every reported target passed. True means that the
        search stopped short; it is never expected.
    excluded : mapping
        Variable to the states that no target uses.
    unexplained : tuple of int
        Rows (counting from 0) that no component can produce.
    facts : mapping of str to str
        What the answer relied on: whether the tables were known or learnt, or, from a
        distribution, what :func:`disentangle_population` says.
    """

    network: Network
    components: tuple[Component, ...]
    method: str
    rows: float | None = None
    alpha: float | None = None
    log_likelihood: float | None = None
    best_move_gain: float | None = None
    best_move_significant: bool | None = None
    unexplained: tuple[int, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def mixture(self) -> Mixture:
        """The components as a mixture over ``network``."""
        return Mixture(self.network, {c.intervention: c.weight for c in self.components})

    @property
    def excluded(self) -> Mapping[str, tuple[Label, ...]]:
        """Variable to the states that no target uses."""
        used = {pair for c in self.components for pair in c.intervention.items()}
        return {
            name: tuple(s for s in states if (name, s) not in used)
            for name, states in self.network.states.items()
        }

    def posterior(
        self, data: Any, labels: Iterable[InterventionLike | None] | None = None
    ) -> npt.NDArray[Any]:
        """P(component | row), shape (rows, components), columns in the order of ``components``.

        float64, or fractions in an object array if network and weights are. ``labels`` are those of
        :func:`disentangle`: such a row's component is certain. Rows that no component can produce
        are NaN, with a :class:`DomixWarning`.
        """
        out = self.mixture.posterior(data)
        if labels is None:
            return out
        known = read_labels(self.network, self.network.encode(data), labels, learnt=True)
        columns = {self.network.target(c.intervention): a for a, c in enumerate(self.components)}
        for target, rows in known.by_target():
            if target not in columns:
                says = Intervention(self.network.space.assignment(target))
                raise DataError(
                    f"labels: row {rows[0]} (counting from 0): {says} is no component of "
                    "this result"
                )
            out[rows] = 0.0
            out[rows, columns[target]] = 1.0
        return out

    def assign(
        self, data: Any, labels: Iterable[InterventionLike | None] | None = None
    ) -> Assignment:
        """The most probable component of each row, with its posterior probability.

        Of components that are equally probable, but for rounding, the first.

        Parameters
        ----------
        data, labels
            As in :meth:`posterior`.

        Returns
        -------
        Assignment
            ``(interventions, probabilities)``, both of shape (rows,).
        """
        with warnings.catch_warnings():
            # An impossible row is visible in the answer itself: None and NaN.
            warnings.simplefilter("ignore", DomixWarning)
            posterior = self.posterior(data, labels).astype(np.float64)
        possible: npt.NDArray[np.bool_] = np.asarray(np.isfinite(posterior).all(axis=1))
        shares = np.where(possible[:, None], posterior, 0.0)
        best = (shares >= (1 - TIE) * shares.max(axis=1, keepdims=True)).argmax(axis=1)
        names = np.empty(len(self.components) + 1, dtype=object)
        names[:-1] = [c.intervention for c in self.components]
        interventions = names[np.where(possible, best, len(self.components))]
        return Assignment(interventions, posterior[np.arange(len(best)), best])

    def goodness_of_fit(
        self, data: Any, counts: npt.ArrayLike | None = None, observational: Any = None
    ) -> GoodnessOfFit:
        """Rows against the fit, for each variable in each configuration of its parents.

        Components can stand for a wrong graph or table as well as for interventions; this shows
        where the model does not hold.

        Parameters
        ----------
        data, counts
            The rows of the mixture, as they were disentangled.
        observational
            What the tables were learnt from: the rows without interventions, or the network with
            its counts; if from both, a network with the counts of all those rows. None takes the
            tables as given: where they were learnt, they have adapted to the rows, and hardly
            anything is flagged.

        Returns
        -------
        GoodnessOfFit
            Likelihood-ratio tests with Holm's correction at ``alpha``, and the components that live
            mostly where the model does not fit.

        Raises
        ------
        DataError
            Rows that do not fit the network, or none; a network without counts.

        Examples
        --------
        >>> import domix
        >>> from domix import do
        >>> parents, states = {"A": [], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}
        >>> true = domix.Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.4, 0.6]]})
        >>> said = domix.Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.1, 0.9]]})
        >>> rows = domix.Mixture(true, {do(): 0.8, do(A=0): 0.2}).sample(2000, rng=0)
        >>> result = domix.disentangle(said, rows)
        >>> [str(c.intervention) for c in result.components]  # do(B=0) is made up
        ['do()', 'do(B=0)', 'do(A=0)']
        >>> fit = result.goodness_of_fit(rows, observational=true.sample(2000, rng=1))
        >>> [(row.variable, row.given_text) for row in fit.flagged]
        [('B', 'A=1')]
        >>> [str(c.intervention) for c in fit.doubtful]
        ['do(B=0)']
        """
        return goodness_of_fit(self.mixture, data, counts, observational, self.alpha)

    def _columns(self) -> dict[str, list[Any]]:
        rows = self.components
        return {
            "intervention": [str(c.intervention) for c in rows],
            "weight": [float(c.weight) for c in rows],
            "std_error": [c.std_error for c in rows],
            "low": [None if c.interval is None else c.interval[0] for c in rows],
            "high": [None if c.interval is None else c.interval[1] for c in rows],
            "p_value": [c.p_value for c in rows],
            "known": [c.known for c in rows],
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """A data frame, one row per component.

        Its columns are intervention, weight, std_error, low, high, p_value and known. ``backend``
        is ``"polars"``, ``"pandas"`` or ``"pyarrow"``; None takes the first installed.
        """
        return from_columns(self._columns(), backend)

    def summary(self) -> str:
        """A readable table with a line on the fit."""
        head, body = self._cells()
        sides = ">" * (len(head) - 1) + "<"
        table = aligned(head, body, sides)
        rule = table.splitlines()[1]
        return "\n".join([table, rule, *self._notes()])

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        tested = any(c.p_value is not None for c in self.components)
        head = ["weight", *(["std.err", "95 % interval", "p-value"] if tested else []), "target"]
        body = []
        for c in self.components:
            weight = brief(c.weight) if isinstance(c.weight, Fraction) else f"{c.weight:.4f}"
            cells = [weight]
            if tested:
                cells.append("" if c.std_error is None else f"{c.std_error:.4f}")
                cells.append(
                    "" if c.interval is None else f"{c.interval[0]:.4f} to {c.interval[1]:.4f}"
                )
                cells.append("" if c.p_value is None else p_text(c.p_value))
            body.append([*cells, f"{c.intervention}{', known' if c.known else ''}"])
        return head, body

    def _notes(self) -> list[str]:
        many = "" if len(self.components) == 1 else "s"
        notes = [f"{len(self.components)} target{many}, method: {self.method}"]
        if self.rows is not None:
            notes[0] += f", {self.rows:,.0f} row{'' if self.rows == 1 else 's'}"
        if self.log_likelihood is not None:
            notes.append(f"log-likelihood {self.log_likelihood:,.2f}")
        if self.best_move_gain is not None:
            verdict = "SIGNIFICANT" if self.best_move_significant else "not significant"
            notes.append(
                f"best change not taken would gain {self.best_move_gain:.2f} nats ({verdict})"
            )
        if self.unexplained:
            shown = ", ".join(map(str, self.unexplained[:10]))
            more = ", ..." if len(self.unexplained) > 10 else ""
            notes.append(
                f"{len(self.unexplained)} rows are impossible under every target "
                f"(counting from 0: {shown}{more})"
            )
        notes.extend(f"{key}: {value}" for key, value in self.facts.items())
        return notes

    def __repr__(self) -> str:
        return f"<Disentanglement: {len(self.components)} targets, method {self.method!r}>"

    def _repr_html_(self) -> str:
        notes = "<br>".join(html.escape(note) for note in self._notes())
        return f"{html_table(*self._cells())}<p>{notes}</p>"

    def to_json(self) -> str:
        """A versioned JSON document that :meth:`from_json` reads back."""
        return write_result(ResultRecord(**vars(self) | {"network": self.network.to_record()}))

    @classmethod
    def from_json(cls, text: str) -> Disentanglement:
        """The inverse of :meth:`to_json`; anything else raises FormatError, naming the place."""
        record = read_result(text)
        network = Network.from_record(record.network, source=f"{SOURCE}: network")
        result = cls(**vars(record) | {"network": network})
        try:
            result.mixture  # noqa: B018 - the network must have what the components set
        except DomixError as error:
            raise FormatError(f"components: {error}", source=SOURCE) from None
        return result


def by_weight(components: Sequence[Component]) -> tuple[Component, ...]:
    """By falling weight; ties by what the target says, so that the order is always the same."""
    return tuple(sorted(components, key=lambda c: (-c.weight, str(c.intervention))))
