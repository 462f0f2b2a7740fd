"""What the sections of a report are written from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label
from domix.data.discretizing.discretizer import Discretizer
from domix.data.frame import RowsLike, encode
from domix.data.indices import check_index
from domix.data.missing import Encoded, RowOptions
from domix.data.rows import check_counts
from domix.errors import DataError
from domix.model.network import Network
from domix.problems.by_group import read_groups
from domix.report.about import About
from domix.results.component import Component
from domix.results.goodness import DEFAULT_ALPHA, GoodnessOfFit, goodness_of_fit
from domix.results.result import Disentanglement
from domix.util.arrays import Codes, Floats
from domix.util.checks import entries_by_row

SUSPECTED = "suspected: "
"""How the fact of background knowledge names the targets that were suspected."""

PARTS = 3
"""Parts of alpha of a group; the test of a target that was not suspected has one of them."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one mixture.

    Attributes
    ----------
    codes : ndarray or masked array of uint8, shape (rows, variables)
        Masked where values are missing.
    counts : ndarray of float64, shape (rows,), or None
    given : int or None
        Rows that were given, those of other groups and those that were left out included.
    time, labels : sequence or None
        The time of each row, and its intervention where that is known.
    """

    codes: Codes
    counts: Floats | None = None
    given: int | None = None
    time: Sequence[Any] | None = None
    labels: Sequence[Any] | None = None

    @property
    def is_complete(self) -> bool:
        """Whether no value is missing."""
        return not np.ma.is_masked(self.codes)

    @classmethod
    def of(
        cls,
        result: Disentanglement,
        data: RowsLike,
        counts: npt.ArrayLike | None,
        form: RowOptions,
        **by_row: Iterable[Any] | None,
    ) -> Rows:
        """Read the rows of a result; ``by_row`` are their times and labels."""
        for name, own in by_row.items():
            check_index(data, own, name)
        rows, weights = _read(result, data, counts, form)
        entries = {
            name: None if own is None else rows.select(entries_by_row(own, rows.given, name))
            for name, own in by_row.items()
        }
        return cls(_codes(rows), weights, rows.given, **entries)

    @classmethod
    def of_groups(
        cls,
        result: Disentanglement,
        data: RowsLike,
        counts: npt.ArrayLike | None,
        groups: Iterable[Label] | None,
        form: RowOptions,
    ) -> dict[Label, Rows]:
        """Read the rows of several results, by group."""
        if groups is None:
            raise DataError(
                "name the group of each row of data, as for the result", argument="groups"
            )
        check_index(data, groups, "groups")
        rows, weights = _read(result, data, counts, form)
        codes = _codes(rows)
        return {
            group: cls(codes[own], None if weights is None else weights[own], rows.given)
            for group, own in read_groups(groups, rows).items()
        }


def _read(
    result: Disentanglement, data: RowsLike, counts: npt.ArrayLike | None, form: RowOptions
) -> tuple[Encoded, Floats | None]:
    """Read rows, and the counts of those that are kept."""
    check_index(data, counts, "counts")
    rows = encode(result.network.space, data, summed=True, stacklevel=6, **form)
    rows.require_rows("data")
    if counts is None:
        return rows, None
    return rows, check_counts(counts, rows.given)[rows.numbers]


def _codes(rows: Encoded) -> Codes:
    return rows.codes if rows.absent is None else np.ma.array(rows.codes, mask=rows.absent)


@dataclass(frozen=True, eq=False)
class Material:
    """One result, and what is known besides.

    Attributes
    ----------
    result : Disentanglement
    about : About
    rows : Rows or None
        The rows of the mixture, if they are at hand.
    observational : RowsLike, Network or None
        What the tables were learnt from.
    discretizer : Discretizer or None
        What cut measurements into states.
    groups : int
        Number of groups of the report.
    """

    result: Disentanglement
    about: About
    rows: Rows | None = None
    observational: RowsLike | Network | None = None
    discretizer: Discretizer | None = None
    groups: int = 1

    @property
    def set_components(self) -> tuple[Component, ...]:
        """The components that set something."""
        return tuple(c for c in self.result.components if c.intervention)

    @property
    def has_suspects(self) -> bool:
        """Whether targets were named in advance, as suspected."""
        return SUSPECTED in self.result.facts.get("background knowledge", "")

    @property
    def sharing(self) -> int:
        """Number of groups that shared alpha, which need not be those of the report."""
        tests = [c.test for c in self.result.components if c.test is not None and not c.known]
        parts = max((test.factor for test in tests), default=PARTS * self.groups)
        is_of_suspects = self.has_suspects and parts == self.groups
        return parts if is_of_suspects else max(parts // PARTS, 1)

    @property
    def controls(self) -> int | None:
        """Number of control rows, if it is known."""
        check = self.result.check
        return check.controls if self.about.controls is None and check else self.about.controls

    @cached_property
    def fit(self) -> GoodnessOfFit | None:
        """Where rows and fit disagree; None if there are no complete rows at hand.

        Groups have equal parts of alpha, as in the tests of their targets.
        """
        if self.rows is None or not self.rows.is_complete:
            return None
        alpha = DEFAULT_ALPHA if self.result.alpha is None else self.result.alpha
        return goodness_of_fit(
            self.result.mixture,
            self.rows.codes,
            self.rows.counts,
            self.observational,
            alpha / self.groups,
        )
