"""The arguments of :func:`domix.disentangle`, checked and translated from labels to codes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, SupportsIndex, TypedDict

import numpy as np
import numpy.typing as npt

from domix.core.notation import InterventionLike
from domix.core.space import Label
from domix.data.completions import complete
from domix.data.indices import check_index
from domix.data.marks import MissingValues
from domix.data.missing import Encoded, Extra, MissingSummed, RowOptions
from domix.data.rows import DistinctRows, check_counts
from domix.em.base import Setting
from domix.em.bootstrap import check_replicates
from domix.em.sharded import build_problem
from domix.engine.choice import choose_engine
from domix.engine.parts import Engine
from domix.engine.threads import Threads
from domix.errors import DataError
from domix.model.bare_graph import read_model
from domix.model.graphs import GraphLike
from domix.model.learn import count_entries
from domix.model.network import Network
from domix.options.search import SearchOptions
from domix.problems.background import read_background
from domix.problems.by_group import InterventionsByGroup
from domix.problems.control_rows import AnyControlRows, ControlRows
from domix.problems.drift import discount
from domix.problems.groups import MixtureProblem
from domix.problems.mixture_rows import MixtureRows
from domix.problems.modes import NEEDS_CONTROLS, SoftMode, read_contrast, read_soft
from domix.problems.row_input import (
    divide_rows,
    read_controls,
    read_rows,
    refuse_entries,
    show_rows,
)
from domix.problems.sharded_mixture import AnyMixtureRows
from domix.query.probability import log_prob
from domix.selection.criterion import SelectionCriterion
from domix.shards.rows import ShardedRows
from domix.streams.stream import AnyRows, open_rows
from domix.structure.constraints import EdgeConstraints
from domix.structure.edges import GraphMode, NamedEdges, Tiers, read_constraints, read_mode
from domix.util.arrays import Floats
from domix.util.checks import probability

if TYPE_CHECKING:
    from distributed import Client

PSEUDOCOUNT = 1.0
"""Added to each observational count where the network does not say how much."""

MOST_GATHERED = 2**20
"""Distinct rows by which graphs are judged; of more, about as many are drawn at random."""

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
    control : ControlRows, ShardedControls or None
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
    engine : Engine
        Where steps over many rows run.
    """

    network: Network
    rows: tuple[AnyMixtureRows, ...]
    groups: tuple[Label, ...] | None
    control: AnyControlRows | None
    pseudocount: float
    alpha: float
    bootstrap: int
    graph: GraphMode
    constraints: EdgeConstraints
    contrast: bool
    soft: SoftMode
    search: SearchOptions
    drift: float = math.inf
    engine: Engine = field(default_factory=Threads, compare=False)

    @property
    def is_incomplete(self) -> bool:
        """Whether any row misses an entry that is to be summed out."""
        own = self.control is not None and self.control.is_incomplete
        return own or any(rows.is_incomplete for rows in self.rows)

    @property
    def is_completed(self) -> bool:
        """Whether any row is a completion of one that missed an entry."""
        own = self.control is not None and self.control.is_completed
        return own or any(rows.is_completed for rows in self.rows)

    @cached_property
    def controls(self) -> Floats | None:
        """Counts of table entries without interventions; None if the tables are known."""
        network = self.network
        if self.control is None:
            return network.flat_counts
        counts = discount(network.tables.layout, self.control_entries, self.drift)
        return counts if network.flat_counts is None else network.flat_counts + counts

    @property
    def control_rows(self) -> float:
        """How many control rows there are, those behind the network's counts included."""
        counted = self.network.flat_counts
        rows = 0.0 if self.control is None else float(self.control.number)
        if counted is None:
            return rows
        return rows + float(counted[self.network.tables.layout.entries_of(0)].sum())

    @cached_property
    def control_entries(self) -> Floats:
        """Counts of table entries in the control rows, shape (table entries,)."""
        assert self.control is not None
        return self.control.count_entries(self.network.tables.layout)

    @property
    def controls_merged(self) -> DistinctRows | ShardedRows:
        """The control rows, equal ones merged; many of them come in shards."""
        assert self.control is not None
        return self.control.merged

    @property
    def controls_gathered(self) -> DistinctRows:
        """The control rows in memory, by which graphs are judged: a sample of very many."""
        assert self.control is not None
        return self.control.gather(MOST_GATHERED)

    @property
    def rows_gathered(self) -> list[MixtureRows]:
        """The rows of each mixture in memory, by which graphs are judged: a sample of very many."""
        cards = self.network.space.cards
        return [rows.gather(MOST_GATHERED, cards) for rows in self.rows]

    @cached_property
    def mixtures(self) -> list[MixtureProblem]:
        """What the estimator reads of each mixture, in the order of ``rows``."""
        return [self._problem(rows) for rows in self.rows]

    def _problem(self, rows: AnyMixtureRows) -> MixtureProblem:
        tables = self.network.tables
        labelled_counts = rows.count_labelled(tables)
        observed = None if self.controls is None else self.controls + labelled_counts
        setting = Setting(tables, observed, self.pseudocount, rows.background, self.search)
        unlabelled = rows.unlabelled(tables.layout.cards, self.engine)
        problem = build_problem(setting, unlabelled, self.engine)
        criterion = SelectionCriterion(
            tables.layout.cards, self.alpha, rows.background, len(self.rows)
        )
        return MixtureProblem(problem, criterion, labelled_counts)


def read_inputs(
    net: Network | GraphLike,
    data: AnyRows,
    observational: AnyRows | None = None,
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
    data = open_rows(data, "data")
    if observational is not None:
        observational = open_rows(observational, "observational")
    net = read_model(
        net,
        data,
        observational,
        missing_values,
        learnt=graph == GraphMode.LEARN,
        show=partial(show_rows, engine, missing_values),
    )
    alpha, bootstrap = probability(alpha, "alpha"), check_replicates(bootstrap)
    entries = {"counts": counts, "groups": groups, "labels": labels}
    refuse_entries(data, entries)
    for argument, values in entries.items():
        check_index(data, values, argument)
    given = read_rows(engine, net.space, data, form)
    weights = None
    if counts is not None and isinstance(given, Encoded):
        weights = check_counts(counts, given.given)[given.numbers]
    control = None
    if observational is not None:
        control = read_controls(engine, net.space, observational, form)
    pseudocount = PSEUDOCOUNT if net.pseudocount is None else net.pseudocount
    if control is not None and _counts_are_of(net, control):
        # The network was fitted to these rows: they must not count twice.
        net = net.with_tables(net.tables)
    changeable = control is not None and net.flat_counts is None
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
    rows = divide_rows(
        engine,
        net,
        given,
        form,
        weights=weights,
        labels=labels,
        groups=groups,
        learnt=control is not None or net.flat_counts is not None,
        include=include,
        suspected=suspected,
        background=partial(
            read_background,
            net,
            never_intervened=never_intervened,
            max_target_size=max_target_size,
            excluded_values=excluded_values,
        ),
    )
    is_incomplete = any(own.is_incomplete for own in rows.values())
    is_incomplete |= control is not None and control.is_incomplete
    if is_incomplete and bootstrap:
        raise DataError(
            "is not known where missing entries are summed out; leave it out, or drop the rows "
            'with missing="drop"',
            argument="bootstrap",
        )
    return Inputs(
        net.to_float(),
        tuple(rows.values()),
        None if groups is None else tuple(rows),
        control,
        pseudocount,
        alpha,
        bootstrap,
        mode,
        constraints,
        read_contrast(contrast, control.number if control and changeable else None),
        read_soft(soft, is_incomplete),
        SearchOptions() if search is None else search,
        engine=engine,
    )


def _counts_are_of(net: Network, control: AnyControlRows) -> bool:
    """Whether the counts of a network are those of the control rows."""
    counts, layout = net.flat_counts, net.tables.layout
    if counts is None:
        return False
    if not isinstance(control, ControlRows) or control.absent is None:
        return np.array_equal(counts, control.count_entries(layout))
    completions = complete(control.codes, control.absent, layout.cards)
    shares = completions.shares(log_prob(net.to_float().tables, completions.codes))
    expected = count_entries(layout, completions.codes, shares)
    return np.allclose(counts, expected, atol=LEAST_DIFFERENCE * len(control.codes))
