"""Whether a model fits its control rows: independences, drift and negative controls.

As JSON, such a check is an object with the keys of :class:`ModelCheck`. ``"independences"`` is a
list of ``[variable, other, statistic, df, p_value, adjusted]``, with the variables that are given
in ``"parents"``. ``"drift"`` is null if it was not estimated, and the text ``"none"`` if there is
none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domix.data.frame import from_columns
from domix.results.checks.independences import IndependenceTest
from domix.results.checks.negative_control import NegativeControl, read_run, run_document
from domix.util.strict_json import Node, parse, to_json
from domix.util.text_tables import aligned, html_notes, html_table, p_text

FORMAT = "domix-check"
VERSION = 1
SOURCE = "check"
"""The document, as messages name it."""

NO_DRIFT = "none"
"""An infinite number of rows in JSON, which has no such number."""

TESTS_SHOWN = 20
"""Independences that the text shows: about a screen."""


@dataclass(frozen=True)
class ModelCheck:
    """Whether a model fits the control rows.

    Attributes
    ----------
    alpha : float
        Family-wise error of the tests of independences, and of each negative control.
    controls : int
        Number of control rows.
    rows : int or None
        Number of the mixture's rows, if they were given.
    graph : str
        ``"given"``, or ``"repair"`` or ``"learn"`` if the graph was changed to fit the same rows.
    independences : tuple of IndependenceTest
        By variable and other variable, in the order of the network.
    negative_controls : tuple of NegativeControl
        Empty in a result of :func:`disentangle`, which does not take the time.
    drift : float or None
        Effective number of rows with which a row of a control table predicts that of the mixture;
        infinite if the tables are the same, None if it was not estimated.

    See Also
    --------
    check_model : The function that returns it.

    Examples
    --------
    >>> from domix import Network, check_model
    >>> parents, states = {"A": [], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}
    >>> net = Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.4, 0.6]]})
    >>> flat = Network({"A": [], "B": []}, states, {"A": [0.5, 0.5], "B": [0.5, 0.5]})
    >>> check = check_model(flat, net.sample(1000, rng=0), splits=0)
    >>> check.fits, [(test.variable, test.other) for test in check.rejected]
    (False, [('A', 'B')])
    """

    alpha: float
    controls: int
    rows: int | None
    graph: str
    independences: tuple[IndependenceTest, ...]
    negative_controls: tuple[NegativeControl, ...] = ()
    drift: float | None = None

    @property
    def rejected(self) -> tuple[IndependenceTest, ...]:
        """The independences that the control rows reject, the smallest p-value first."""
        return tuple(test for test in self.by_p_value() if test.rejected)

    @property
    def tested(self) -> int:
        """How many of the independences have enough control rows to be tested."""
        return sum(test.p_value is not None for test in self.independences)

    @property
    def expected_false_targets(self) -> float | None:
        """Mean number of false targets of a negative control; None without any.

        It holds for as many rows as a negative control has: misfit shows more in more rows.
        """
        runs = self.negative_controls
        return sum(len(run.false_targets) for run in runs) / len(runs) if runs else None

    @property
    def fits(self) -> bool:
        """Whether no test rejects the model."""
        return not any(self._problems())

    @property
    def verdict(self) -> str:
        """The first problem and what to do about it, or that there is none."""
        return next(self._problems(), self._praise())

    def by_p_value(self) -> list[IndependenceTest]:
        """Sort the independences by p-value, smallest first; those without a test come last."""

        def key(test: IndependenceTest) -> tuple[float, float]:
            return (2.0 if test.p_value is None else test.p_value, -test.statistic)

        return sorted(self.independences, key=key)

    def by_variable(self) -> dict[str, float | None]:
        r"""Combine the tests of each variable to one p-value.

        Of the m p-values of a variable, :math:`p = 1/2 - \arctan(T)/\pi` with :math:`T = \sum_i
        \tan((1/2 - p_i) \pi) / m`, the Cauchy combination. It hardly depends on how the tests
        depend on one another, and is smaller than m times the least of them where many
        independences fail a little.

        Returns
        -------
        dict of str to float or None
            Not corrected for the number of variables; None where no test has enough rows.

        References
        ----------
        Y. Liu and J. Xie, "Cauchy combination test", Journal of the American Statistical
        Association 115 (2020).
        """
        by_variable: dict[str, list[float]] = {test.variable: [] for test in self.independences}
        for test in self.independences:
            if test.p_value is not None:
                by_variable[test.variable].append(test.p_value)
        return {name: _combine(values) for name, values in by_variable.items()}

    def _problems(self) -> Iterator[str]:
        """Yield a sentence or two for each kind of misfit."""
        rejected = self.rejected
        if rejected:
            yield f"{_describe(rejected, self.graph)} Targets found under this graph may be false."
        if self.drift is not None and math.isfinite(self.drift):
            yield (
                "The tables of the mixture differ from those of the controls: a row of a table "
                f"predicts as well as {self.drift:.3g} rows. Take controls of the same batch as "
                "the mixture. Targets may explain the difference."
            )
        failed = sum(bool(run.false_targets) for run in self.negative_controls)
        runs = len(self.negative_controls)
        if _binomial_tail(failed, runs, self.alpha) <= self.alpha:
            yield (
                f"Control rows disentangled as if they were a mixture have false targets in "
                f"{failed} of {runs} runs of {self.negative_controls[0].rows:,} rows, "
                f"{self.expected_false_targets:.2g} on average; expect as many in a mixture of "
                'that size. Repair the graph with graph="repair", or bin measurements otherwise.'
            )

    def _praise(self) -> str:
        tested = self.tested
        if not tested and not self.negative_controls:
            return "Nothing could be tested: no independence has enough control rows."
        text = f"The control rows fit the model: none of {tested} independences is rejected"
        if not tested:
            text = "No independence has enough control rows to be tested"
        if self.negative_controls:
            failed = sum(bool(run.false_targets) for run in self.negative_controls)
            text += (
                f", and {failed} of {len(self.negative_controls)} negative controls of "
                f"{self.negative_controls[0].rows:,} rows have a false target"
            )
        return f"{text}."

    def _notes(self) -> list[str]:
        """Lines below the table."""
        tested = self.tested
        notes = [
            f"{len(self.rejected)} of {tested} independences rejected (*: family-wise alpha "
            f"{self.alpha:g}); {len(self.independences) - tested} more have too few rows to test"
        ]
        if self.drift is not None:
            has_drift = math.isfinite(self.drift)
            notes.append(f"drift: {f'{self.drift:.3g} rows' if has_drift else 'none found'}")
        runs = self.negative_controls
        if runs:
            notes.append(
                f"{self.expected_false_targets:.2g} false targets expected in {runs[0].rows:,} "
                f"rows: the mean of {len(runs)} negative controls"
            )
            if self.rows is not None and self.rows > runs[0].rows:
                notes.append(
                    f"the mixture has {self.rows:,} rows: misfit that smaller negative controls do "
                    "not show may give false targets there"
                )
        for run in runs:
            notes.extend(
                f"  split {run.split}: {target.intervention}, weight {target.weight:.4f}, "
                f"p {p_text(target.p_value)}"
                for target in run.false_targets
            )
        return [*notes, self.verdict]

    def _text_cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body of the table."""
        head = ["variable", "other", "given", "G", "df", "p", "adjusted"]
        body = []
        for test in self.by_p_value()[:TESTS_SHOWN]:
            if test.p_value is None or test.adjusted is None:
                break
            texts = [test.variable, test.other, ", ".join(test.given), f"{test.statistic:.1f}"]
            texts += [str(test.df), p_text(test.p_value)]
            body.append([*texts, p_text(test.adjusted) + ("*" if test.rejected else "")])
        return head, body

    def __str__(self) -> str:
        return "\n".join([aligned(*self._text_cells(), "<<<>>>>"), *self._notes()])

    def __repr__(self) -> str:
        shown = "fits" if self.fits else "does not fit"
        return f"<ModelCheck: {shown}, {len(self.rejected)} independences rejected>"

    def _repr_html_(self) -> str:
        return html_table(*self._text_cells()) + html_notes(self._notes())

    def to_frame(self, backend: str | None = None) -> Any:
        """Return a data frame, one row per independence.

        Its columns are variable, other, given, statistic, df, p_value, adjusted and rejected.

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
        tests = self.independences
        columns: dict[str, list[Any]] = {
            name: [getattr(test, name) for test in tests]
            for name in IndependenceTest.__annotations__
        }
        columns["given"] = [", ".join(test.given) for test in tests]
        return from_columns(columns, backend)

    def to_json(self) -> str:
        """Return a versioned JSON document that :meth:`from_json` reads back."""
        return to_json({"format": FORMAT, "version": VERSION, **check_document(self)}) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelCheck:
        """Read a document that :meth:`to_json` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        ModelCheck
            The same check.

        Raises
        ------
        FormatError
            The text is not such a document; the message names the place.
        """
        document = parse(text, SOURCE)
        document.check_header(FORMAT, VERSION)
        return read_check(document, ("format", "version"))


def _describe(rejected: tuple[IndependenceTest, ...], graph: str) -> str:
    """Say what the control rows reject most clearly, and what to do about it."""
    worst, repaired = rejected[0], graph != "given"
    parents = f" given its parent{'s' if len(worst.given) > 1 else ''} {', '.join(worst.given)}"
    more = f", and {len(rejected) - 1} more" if len(rejected) > 1 else ""
    end = {"repair": ", and repair does not help", "learn": " that was learnt"}.get(graph, "")
    text = (
        f"The control rows contradict the graph{end}: "
        f"{worst.variable} depends on {worst.other}{parents if worst.given else ''} "
        f"(p = {p_text(worst.adjusted or 0.0)}){more}; "
    )
    if repaired:
        return (
            f"{text}no further edge explains it. The cause may be binned measurements, a hidden "
            "common cause, interventions among the control rows, or a forbidden edge."
        )
    # Which direction the edge has, this test does not say.
    return (
        f'{text}repair the graph with graph="repair" (of a network without counts), or add an edge '
        "between the two."
    )


def _combine(p_values: list[float]) -> float | None:
    """Combine p-values by the Cauchy distribution; None without any."""
    if not p_values:
        return None
    smallest = min(p_values)
    if smallest < 1e-15:
        # tan(x) is 1/(pi/2 - x) here, and arctan its inverse: m times the least p-value.
        return min(1.0, len(p_values) * smallest)
    # A p-value of 1 alone would outweigh all others.
    capped = (min(p, 1.0 - 1.0 / (len(p_values) + 1)) for p in p_values)
    mean = sum(math.tan((0.5 - p) * math.pi) for p in capped) / len(p_values)
    return 0.5 - math.atan(mean) / math.pi


def _binomial_tail(successes: int, trials: int, probability: float) -> float:
    """Compute the probability of at least so many successes."""
    return sum(
        math.comb(trials, k) * probability**k * (1.0 - probability) ** (trials - k)
        for k in range(successes, trials + 1)
    )


def check_document(check: ModelCheck) -> dict[str, Any]:
    """Return a check as plain values; the inverse of :func:`read_check`."""
    tests = check.independences
    return {
        "alpha": check.alpha,
        "controls": check.controls,
        "rows": check.rows,
        "graph": check.graph,
        "drift": drift_document(check.drift),
        "parents": {test.variable: test.given for test in tests},
        "independences": [
            (t.variable, t.other, t.statistic, t.df, t.p_value, t.adjusted) for t in tests
        ],
        "negative_controls": [run_document(run) for run in check.negative_controls],
    }


def read_check(document: Node, header: Sequence[str] = ()) -> ModelCheck:
    """Read a check, in an object that also has the keys of ``header``."""
    keys = [*header, "parents", *ModelCheck.__annotations__]
    fields = document.fields(keys)
    alpha = fields["alpha"].number()
    parents = {
        name: tuple(parent.text() for parent in entries.items())
        for name, entries in fields["parents"].entries().items()
    }
    return ModelCheck(
        alpha,
        fields["controls"].whole_number(),
        fields["rows"].optional(Node.whole_number),
        fields["graph"].text(),
        tuple(_read_test(test, parents, alpha) for test in fields["independences"].items()),
        tuple(read_run(run) for run in fields["negative_controls"].items()),
        read_drift(fields["drift"]),
    )


def drift_document(drift: float | None) -> float | str | None:
    """Return a drift as a plain value; the inverse of :func:`read_drift`."""
    return NO_DRIFT if drift == math.inf else drift


def read_drift(drift: Node) -> float | None:
    """Read a drift: infinite if the text says that there is none, None if it is null."""
    return math.inf if drift.value == NO_DRIFT else drift.optional(Node.number)


def _read_test(test: Node, parents: dict[str, tuple[str, ...]], alpha: float) -> IndependenceTest:
    variable, other, statistic, df, p_value, adjusted = test.items(length=6)
    if variable.text() not in parents:
        variable.expect('a variable of "parents"')
    p = adjusted.optional(Node.number)
    return IndependenceTest(
        variable.text(),
        other.text(),
        parents[variable.text()],
        statistic.number(),
        df.whole_number(),
        p_value.optional(Node.number),
        p,
        p is not None and p <= alpha,
    )
