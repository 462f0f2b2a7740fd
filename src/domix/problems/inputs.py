"""The arguments of :func:`domix.disentangle`, checked and translated from labels to codes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, SupportsIndex, TypedDict

import numpy as np
import numpy.typing as npt

from domix.core.notation import InterventionLike
from domix.core.space import Label
from domix.data.completions import complete
from domix.data.frame import RowsLike, encode
from domix.data.indices import check_index
from domix.data.marks import MissingValues
from domix.data.missing import Encoded, Extra, MissingSummed, RowOptions
from domix.data.rows import DistinctRows, check_counts, distinct
from domix.em.base import Setting
from domix.em.bootstrap import check_replicates
from domix.em.sharded import build_problem
from domix.engine.choice import choose_engine
from domix.engine.parts import Engine
from domix.engine.threads import Threads
from domix.errors import DataError
from domix.model.bare_graph import read_model
from domix.model.graphs import GraphLike
from domix.model.learn import count_entries, read_observations
from domix.model.network import Network
from domix.model.row_labels import RowLabels, read_labels
from domix.options.search import SearchOptions
from domix.problems.background import read_background
from domix.problems.by_group import InterventionsByGroup, of_group, read_groups
from domix.problems.drift import discount
from domix.problems.groups import MixtureProblem
from domix.problems.mixture_rows import MixtureRows
from domix.problems.modes import NEEDS_CONTROLS, SoftMode, read_contrast, read_soft
from domix.query.probability import log_prob
from domix.selection.criterion import SelectionCriterion
from domix.shards.build import shard_codes
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS
from domix.structure.constraints import EdgeConstraints
from domix.structure.edges import GraphMode, NamedEdges, Tiers, read_constraints, read_mode
from domix.util.arrays import Bools, Codes, Floats, Ints
from domix.util.checks import probability

if TYPE_CHECKING:
    from distributed import Client

PSEUDOCOUNT = 1.0
"""Added to each observational count where the network does not say how much."""

LEAST_DIFFERENCE = 1e-5
"""Expected counts that differ by less, for each control row, were fitted to the same rows."""


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
    missing: MissingSummed
    extra: Extra
    missing_values: MissingValues
    client: Client | None
    memory_limit: SupportsIndex | str | None


def check_names(options: Options) -> None:
    """Raise TypeError, as Python does, for an unknown keyword argument."""
    for name in options:
        if name not in Options.__annotations__:
            raise TypeError(f"disentangle() got an unexpected keyword argument {name!r}")


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
    control_counts : ndarray of float64, shape (controls,), or None
        How often each control row occurred; None is once.
    control_absent : ndarray of bool, shape (controls, variables), or None
        Entries of control rows to be summed out; None if there are none.
    engine : Engine
        Where steps over many rows run.
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
    control_counts: Floats | None = None
    control_absent: Bools | None = None
    engine: Engine = field(default_factory=Threads)

    @property
    def is_incomplete(self) -> bool:
        """Whether any row misses an entry that is to be summed out."""
        absent = (self.control_absent, *(rows.absent for rows in self.rows))
        return any(entries is not None for entries in absent)

    @property
    def is_completed(self) -> bool:
        """Whether any row is a completion of one that missed an entry."""
        given = any(rows.given is not None for rows in self.rows)
        return given or self.control_counts is not None

    @cached_property
    def controls(self) -> Floats | None:
        """Counts of table entries without interventions; None if the tables are known."""
        network = self.network
        if self.control_codes is None:
            return network.flat_counts
        counts = discount(network.tables.layout, self.control_entries, self.drift)
        return counts if network.flat_counts is None else network.flat_counts + counts

    @property
    def control_rows(self) -> float:
        """How many control rows there are, those behind the network's counts included."""
        counted = self.network.flat_counts
        rows = float(self.control_number)
        if counted is None:
            return rows
        return rows + float(counted[self.network.tables.layout.entries_of(0)].sum())

    @property
    def control_number(self) -> int:
        """How many control rows there are, those behind the network's counts left out."""
        if self.control_codes is None:
            return 0
        if self.control_counts is None:
            return len(self.control_codes)
        return round(float(self.control_counts.sum()))

    @cached_property
    def control_entries(self) -> Floats:
        """Counts of table entries in the control rows, shape (table entries,)."""
        assert self.control_codes is not None
        layout = self.network.tables.layout
        return count_entries(layout, self.control_codes, self.control_counts)

    @cached_property
    def controls_distinct(self) -> DistinctRows:
        """The control rows, each once."""
        assert self.control_codes is not None
        return distinct(self.control_codes, self.network.space.cards, self.control_counts)

    @cached_property
    def controls_merged(self) -> DistinctRows | ShardedRows:
        """The control rows, equal ones merged; many of them come in shards."""
        assert self.control_codes is not None
        if len(self.control_codes) <= SHARD_ROWS:
            return self.controls_distinct
        cards = self.network.space.cards
        return shard_codes(self.engine, self.control_codes, cards, self.control_counts)

    @cached_property
    def mixtures(self) -> list[MixtureProblem]:
        """What the estimator reads of each mixture, in the order of ``rows``."""
        return [self._problem(rows) for rows in self.rows]

    def _problem(self, rows: MixtureRows) -> MixtureProblem:
        tables = self.network.tables
        labelled_counts = rows.count_labelled(tables)
        observed = None if self.controls is None else self.controls + labelled_counts
        setting = Setting(tables, observed, self.pseudocount, rows.background, self.search)
        problem = build_problem(
            setting, rows.unlabelled(tables.layout.cards, self.engine), self.engine
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
    missing: MissingSummed = "error",
    extra: Extra = "error",
    missing_values: MissingValues = None,
    client: Client | None = None,
    memory_limit: SupportsIndex | str | None = None,
    search: SearchOptions | None = None,
) -> Inputs:
    """Read the arguments of :func:`domix.disentangle`, which describes them and their errors.

    ``search`` holds the numbers that tune the search, for ablations.
    """
    engine = choose_engine(client, memory_limit)
    form = RowOptions(missing=missing, extra=extra, missing_values=missing_values)
    net = read_model(net, data, observational, missing_values, learnt=graph == GraphMode.LEARN)
    alpha, bootstrap = probability(alpha, "alpha"), check_replicates(bootstrap)
    for argument, entries in {"counts": counts, "groups": groups, "labels": labels}.items():
        check_index(data, entries, argument)
    given = encode(net.space, data, summed=True, stacklevel=4, **form)
    codes = given.codes
    weights = None if counts is None else check_counts(counts, given.given)[given.numbers]
    controls = None
    if observational is not None:
        controls = read_observations(net.space, observational, summed=True, **form)
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
    row_labels = read_labels(net, given, labels, learnt=learnt)
    given.require_rows(none="there are no rows to disentangle")
    absent = _fill_labelled(given, row_labels)
    control_absent = None if controls is None else controls.absent
    is_incomplete = absent is not None or control_absent is not None
    if is_incomplete and bootstrap:
        raise DataError(
            "is not known where missing entries are summed out; leave it out, or drop the rows "
            'with missing="drop"',
            argument="bootstrap",
        )
    members = None if groups is None else read_groups(groups, given)
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
            include=of_group(include, group, members, "include"),
            suspected=of_group(suspected, group, members, "suspected"),
            never_intervened=never_intervened,
            max_target_size=max_target_size,
            excluded_values=excluded_values,
            labels=part_labels,
            weights=np.ones(len(codes))[part] if part_weights is None else part_weights,
        )
        part_absent = None if absent is None else absent[part]
        rows.append(MixtureRows(codes[part], part_weights, part_labels, background, part_absent))
    return Inputs(
        net.to_float(),
        tuple(rows),
        None if members is None else tuple(members),
        None if controls is None else controls.codes,
        pseudocount,
        alpha,
        bootstrap,
        mode,
        constraints,
        read_contrast(contrast, len(controls.codes) if controls and changeable else None),
        read_soft(soft, is_incomplete),
        SearchOptions() if search is None else search,
        control_absent=control_absent,
        engine=engine,
    )


def _fill_labelled(rows: Encoded, labels: RowLabels) -> Bools | None:
    """Fill in what the known targets of rows set; return the entries that are still missing."""
    if rows.absent is None:
        return None
    for target, members in labels.by_target():
        for variable, value in target:
            rows.codes[members, variable] = value
            rows.absent[members, variable] = False
    return rows.absent if rows.absent.any() else None


def _counts_are_of(net: Network, controls: Encoded) -> bool:
    """Whether the counts of a network are those of the control rows."""
    counts, layout = net.flat_counts, net.tables.layout
    if counts is None:
        return False
    if controls.absent is None:
        return np.array_equal(counts, count_entries(layout, controls.codes))
    completions = complete(controls.codes, controls.absent, layout.cards)
    shares = completions.shares(log_prob(net.to_float().tables, completions.codes))
    expected = count_entries(layout, completions.codes, shares)
    return np.allclose(counts, expected, atol=LEAST_DIFFERENCE * len(controls.codes))
