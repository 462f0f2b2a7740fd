"""The arguments of :func:`domix.disentangle`, checked and translated from labels to codes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TypedDict, cast

import numpy as np
import numpy.typing as npt

from domix.core.background import BackgroundKnowledge
from domix.core.notation import InterventionLike
from domix.core.space import Label, listing
from domix.core.tables import Tables
from domix.data.frame import RowsLike
from domix.data.marks import is_missing
from domix.data.rows import DistinctRows, check_counts, distinct
from domix.em.bootstrap import check_replicates
from domix.em.data import Problem
from domix.errors import DataError
from domix.model.bare_graph import read_model
from domix.model.graphs import GraphLike
from domix.model.learn import count_entries, read_observations
from domix.model.network import Network
from domix.model.row_labels import RowLabels, read_labels
from domix.options.contrast import ContrastOptions
from domix.options.search import SearchOptions
from domix.problems.background import read_background
from domix.problems.drift import discount
from domix.problems.groups import MixtureProblem
from domix.selection.criterion import SelectionCriterion
from domix.structure.constraints import EdgeConstraints
from domix.structure.edges import GraphMode, NamedEdges, Tiers, read_constraints, read_mode
from domix.util.arrays import Codes, Floats, Ints
from domix.util.checks import entries_by_row, probability

PSEUDOCOUNT = 1.0
"""Added to each observational count where the network does not say how much."""

NEEDS_CONTROLS = (
    "needs the control rows themselves: pass observational=..., with a network without counts, or "
    "the parents of its variables"
)

InterventionsByGroup = Iterable[InterventionLike] | Mapping[Label, Iterable[InterventionLike]]
"""Interventions for every group, or for each group its own."""


class SoftMode(Enum):
    """When components may be soft."""

    NEVER = "never"
    AUTO = "where that beats the hard answer by a margin"
    ALWAYS = "where that beats the hard answer"


class Options(TypedDict, total=False):
    """The optional keyword arguments of :func:`domix.disentangle`, described there."""

    bootstrap: int
    include: InterventionsByGroup
    suspected: InterventionsByGroup
    never_intervened: Iterable[str]
    max_target_size: int | None
    excluded_values: Mapping[str, Label | Iterable[Label]] | None
    labels: Iterable[InterventionLike | None] | None
    graph: str | None
    required_edges: NamedEdges
    forbidden_edges: NamedEdges
    tiers: Tiers | None
    contrast: bool | str
    soft: bool | str


def check_names(options: Options) -> None:
    """Raise TypeError, as Python does, for an unknown keyword argument."""
    for name in options:
        if name not in Options.__annotations__:
            raise TypeError(f"disentangle() got an unexpected keyword argument {name!r}")


@dataclass(frozen=True, eq=False)
class MixtureRows:
    """The data rows of one mixture.

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    counts : ndarray of float64, shape (rows,), or None
        How often each row occurred; None is once.
    labels : RowLabels
    background : BackgroundKnowledge
    """

    codes: Codes
    counts: Floats | None
    labels: RowLabels
    background: BackgroundKnowledge

    @property
    def weights(self) -> Floats:
        """How often each row occurred, shape (rows,)."""
        return np.ones(len(self.codes)) if self.counts is None else self.counts


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything that an estimation reads.

    Attributes
    ----------
    network : Network
        In double precision.
    rows : tuple of MixtureRows
        One for each group, or one in all.
    groups : tuple of Label or None
        In the order of ``rows``; None without groups.
    control_codes : ndarray of uint8, shape (controls, variables), or None
        Rows without interventions; None if there are none.
    pseudocount : float
    alpha : float
    bootstrap : int
    graph : GraphMode
        What may be changed of the network's graph.
    constraints : EdgeConstraints
        What must not.
    contrast : bool
        Whether targets are compared with the control rows.
    soft : SoftMode
        Whether components may be soft.
    search : SearchOptions
    drift : float
        Precision of the mixture's tables around those of the control rows; see
        :mod:`domix.problems.drift`.
    """

    network: Network
    rows: tuple[MixtureRows, ...]
    groups: tuple[Label, ...] | None
    control_codes: Codes | None
    pseudocount: float
    alpha: float
    bootstrap: int
    graph: GraphMode
    constraints: EdgeConstraints
    contrast: bool
    soft: SoftMode
    search: SearchOptions
    drift: float = math.inf

    @cached_property
    def controls(self) -> Floats | None:
        """Counts of table entries without interventions; None if the tables are known."""
        network = self.network
        if self.control_codes is None:
            return network.flat_counts
        layout = network.tables.layout
        counts = discount(layout, count_entries(layout, self.control_codes), self.drift)
        return counts if network.flat_counts is None else network.flat_counts + counts

    @property
    def control_rows(self) -> float:
        """How many control rows there are, those behind the network's counts included."""
        counted = self.network.flat_counts
        rows = 0.0 if self.control_codes is None else float(len(self.control_codes))
        if counted is None:
            return rows
        return rows + float(counted[self.network.tables.layout.entries_of(0)].sum())

    @cached_property
    def controls_distinct(self) -> DistinctRows:
        """The control rows, each once."""
        assert self.control_codes is not None
        return distinct(self.control_codes, self.network.space.cards)

    @cached_property
    def mixtures(self) -> list[MixtureProblem]:
        """What the estimator reads of each mixture, in the order of ``rows``."""
        return [self._problem(rows) for rows in self.rows]

    def _problem(self, rows: MixtureRows) -> MixtureProblem:
        tables = self.network.tables
        labelled_counts = _count_labelled(tables, rows)
        observed = None if self.controls is None else self.controls + labelled_counts
        problem = Problem(
            tables,
            _distinct_unlabelled(rows, tables.layout.cards),
            observed,
            self.pseudocount,
            rows.background,
            self.search,
        )
        criterion = SelectionCriterion(
            tables.layout.cards, self.alpha, rows.background, len(self.rows)
        )
        return MixtureProblem(problem, criterion, labelled_counts)


def read_inputs(
    net: Network | GraphLike,
    data: RowsLike,
    observational: RowsLike | None = None,
    counts: npt.ArrayLike | None = None,
    alpha: float = 0.05,
    groups: Iterable[Label] | None = None,
    *,
    bootstrap: int = 0,
    include: InterventionsByGroup = (),
    suspected: InterventionsByGroup = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: Iterable[InterventionLike | None] | None = None,
    graph: str | None = None,
    required_edges: NamedEdges = (),
    forbidden_edges: NamedEdges = (),
    tiers: Tiers | None = None,
    contrast: bool | str = "auto",
    soft: bool | str = "auto",
    search: SearchOptions | None = None,
) -> Inputs:
    """Read the arguments of :func:`domix.disentangle`, which describes them and their errors.

    ``search`` holds the numbers that tune the search, for ablations.
    """
    net = read_model(net, data, observational, learnt=graph == GraphMode.LEARN)
    alpha, bootstrap = probability(alpha, "alpha"), check_replicates(bootstrap)
    codes = net.encode(data)
    weights = None if counts is None else check_counts(counts, len(codes))
    controls = None if observational is None else read_observations(net.space, observational)
    pseudocount = PSEUDOCOUNT if net.pseudocount is None else net.pseudocount
    if controls is not None and _counts_are_of(net, controls):
        # The network was fitted to these rows: they must not count twice.
        net = net.with_tables(net.tables)
    changeable = controls is not None and net.flat_counts is None
    mode = read_mode(graph, GraphMode.REPAIR if changeable else GraphMode.GIVEN)
    constraints = read_constraints(net.space, required_edges, forbidden_edges, tiers)
    if mode is not GraphMode.GIVEN and not changeable:
        raise DataError(f"{str(mode)!r} {NEEDS_CONTROLS}", argument="graph")
    if mode is GraphMode.GIVEN and constraints != EdgeConstraints():
        raise DataError(
            "what is known of edges has no effect on a given graph: pass "
            "observational=..., so that it can be repaired or learnt, or leave required_edges, "
            "forbidden_edges and tiers out",
            argument="graph",
        )
    learnt = controls is not None or net.flat_counts is not None
    row_labels = read_labels(net, codes, labels, learnt=learnt)
    if not len(codes):
        raise DataError("there are no rows to disentangle")
    members = None if groups is None else _read_groups(groups, len(codes))
    parts: Mapping[Label, Ints | slice] = members or {"": slice(None)}
    rows = []
    for group, part in parts.items():
        part_weights = None if weights is None else weights[part]
        if part_weights is not None and not part_weights.any():
            raise DataError(
                f"every row of {group!r} has count 0; leave the group out", argument="groups"
            )
        part_labels = row_labels.select(part)
        background = read_background(
            net,
            include=_of_group(include, group, members, "include"),
            suspected=_of_group(suspected, group, members, "suspected"),
            never_intervened=never_intervened,
            max_target_size=max_target_size,
            excluded_values=excluded_values,
            labels=part_labels,
            weights=np.ones(len(codes))[part] if part_weights is None else part_weights,
        )
        rows.append(MixtureRows(codes[part], part_weights, part_labels, background))
    return Inputs(
        net.to_float(),
        tuple(rows),
        None if members is None else tuple(members),
        controls,
        pseudocount,
        alpha,
        bootstrap,
        mode,
        constraints,
        _read_contrast(contrast, controls if changeable else None),
        _read_soft(soft),
        SearchOptions() if search is None else search,
    )


def _counts_are_of(net: Network, controls: Codes) -> bool:
    """Whether the counts of a network are those of the control rows."""
    counts = net.flat_counts
    return counts is not None and np.array_equal(counts, count_entries(net.tables.layout, controls))


def _read_contrast(contrast: bool | str, controls: Codes | None) -> bool:
    """Return whether to compare; ``controls`` is None unless they are all there is of controls."""
    if isinstance(contrast, str) and contrast == "auto":
        return controls is not None and len(controls) >= ContrastOptions().least_control_rows
    if not isinstance(contrast, (bool, np.bool_)):
        raise DataError(f"must be 'auto', True or False, not {contrast!r}", argument="contrast")
    if contrast and controls is None:
        raise DataError(NEEDS_CONTROLS, argument="contrast")
    return bool(contrast)


def _read_soft(soft: bool | str) -> SoftMode:
    if isinstance(soft, str) and soft == "auto":
        return SoftMode.AUTO
    if not isinstance(soft, (bool, np.bool_)):
        raise DataError(f"must be 'auto', True or False, not {soft!r}", argument="soft")
    return SoftMode.ALWAYS if soft else SoftMode.NEVER


def _count_labelled(tables: Tables, rows: MixtureRows) -> Floats:
    """Count table entries in labelled rows, shape (table entries,), but for what is set there."""
    layout = tables.layout
    totals = np.zeros(layout.size)
    for target, members in rows.labels.by_target():
        counts = count_entries(layout, rows.codes[members], rows.weights[members])
        for variable, _ in target:
            counts[layout.entries_of(variable)] = 0.0
        totals += counts
    return totals


def _distinct_unlabelled(rows: MixtureRows, cards: Ints) -> DistinctRows:
    """Merge equal rows that have no label; labelled rows enter a problem as counts only."""
    codes, counts, kept = rows.codes, rows.counts, ~rows.labels.known
    if counts is not None:
        # Rows of count 0 are refused where no other row is left.
        kept &= counts > 0
    if not kept.all():
        codes, counts = codes[kept], None if counts is None else counts[kept]
    return distinct(codes, cards, counts)


def _read_groups(groups: Iterable[Label], rows: int) -> dict[Label, Ints]:
    """Return the rows of each group, in the order in which the groups first occur.

    Raises
    ------
    DataError
        There is not one label for each row, or one is missing or not a label; the row is named.
    """
    members: dict[Label, list[int]] = {}
    for row, entry in enumerate(entries_by_row(groups, rows, "groups")):
        label = entry.item() if isinstance(entry, np.generic) else entry
        if not isinstance(label, str) and is_missing(label):
            raise DataError(
                f"row {row} (counting from 0) has no group; give it one, or leave it out",
                argument="groups",
            )
        if not isinstance(label, (str, int, float, bool)):
            raise DataError(
                f"row {row} (counting from 0) has {entry!r}; a group's label is a text, a number "
                "or a boolean",
                argument="groups",
            )
        members.setdefault(label, []).append(row)
    return {label: np.array(rows_of, dtype=np.int64) for label, rows_of in members.items()}


def _of_group(
    interventions: InterventionsByGroup,
    group: Label,
    groups: Collection[Label] | None,
    argument: str,
) -> Iterable[InterventionLike]:
    """Return what is named for a group: the same for all, or by group."""
    if groups is None or not isinstance(interventions, Mapping):
        return cast("Iterable[InterventionLike]", interventions)
    unknown = [key for key in interventions if key not in groups]
    if unknown:
        raise DataError(
            f"{unknown[0]!r} is not a group; the groups are {listing(groups)}", argument=argument
        )
    return interventions.get(group, ())
