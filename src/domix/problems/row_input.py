"""The rows of a call, in memory or in batches, as the mixtures and control rows that they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.notation import InterventionLike
from domix.core.space import Label, Space
from domix.data.frame import RowsLike, encode
from domix.data.marks import MissingMarks, MissingValues
from domix.data.missing import Encoded, RowOptions
from domix.data.states import ShownLabels
from domix.engine.parts import Engine
from domix.errors import DataError
from domix.model.learn import read_observations
from domix.model.network import Network
from domix.model.row_labels import UNLABELLED, RowLabels, read_labels
from domix.problems.by_group import InterventionsByGroup, of_group, read_groups
from domix.problems.control_rows import AnyControlRows, ControlRows, ShardedControls
from domix.problems.mixture_rows import MixtureRows
from domix.problems.sharded_mixture import AnyMixtureRows, NumberedRows, ShardedMixture
from domix.problems.streamed import StreamedRows, read_stream, show_stream
from domix.shards.build import shard_codes
from domix.shards.shard import SHARD_ROWS
from domix.streams.stream import OpenedRows, RowStream
from domix.util.arrays import Bools, Floats, Ints

NO_LABELS = RowLabels((), np.empty(0, np.int64), np.empty(0, np.int64))


def is_summed(form: RowOptions) -> bool:
    """Whether missing entries are summed out, for which all rows must be in memory."""
    return form.get("missing") == "marginalize"


def refuse_entries(data: object, entries: Mapping[str, object]) -> None:
    """Refuse what is given for each row, by argument, where rows are read in batches.

    Raises
    ------
    DataError
    """
    given = next((argument for argument, value in entries.items() if value is not None), None)
    if given is not None and isinstance(data, RowStream):
        calls = "; or call disentangle once for each group" if given == "groups" else ""
        raise DataError(
            "cannot be given for rows that are read in batches, of files or lazy frames; give the "
            f"rows as a data frame{calls}",
            argument=given,
        )


def show_rows(
    engine: Engine, missing_values: MissingValues, names: list[str], rows: OpenedRows
) -> RowsLike | ShownLabels:
    """Return rows in memory as they are, and the labels of rows that are read in batches."""
    if not isinstance(rows, RowStream):
        return rows
    return show_stream(engine, names, rows, MissingMarks(missing_values))


def read_rows(
    engine: Engine, space: Space, data: OpenedRows, form: RowOptions
) -> Encoded | StreamedRows:
    """Read the rows of the mixtures."""
    if isinstance(data, RowStream):
        return read_stream(engine, space, data, form, stacklevel=5)
    return encode(space, data, summed=True, stacklevel=5, **form)


def read_controls(
    engine: Engine, space: Space, data: OpenedRows, form: RowOptions
) -> AnyControlRows:
    """Read the rows without interventions: into shards if there are many.

    Raises
    ------
    DataError
        There are no rows, or they do not fit the variables.
    """
    rows: Encoded | StreamedRows
    if isinstance(data, RowStream):
        rows = read_stream(engine, space, data, form, stacklevel=5)
    else:
        rows = read_observations(space, data, summed=True, stacklevel=6, **form)
    if isinstance(rows, StreamedRows):
        return ShardedControls(rows.shards, space.cards)
    if is_summed(form) or len(rows.codes) <= SHARD_ROWS:
        return ControlRows(rows.codes, space.cards, absent=rows.absent)
    shards = shard_codes(engine, rows.codes, space.cards, numbers=rows.numbers)
    return ShardedControls(shards, space.cards)


def divide_rows(
    engine: Engine,
    net: Network,
    given: Encoded | StreamedRows,
    form: RowOptions,
    *,
    weights: Floats | None,
    labels: Iterable[InterventionLike | None] | None,
    groups: Iterable[Label] | None,
    learnt: bool,
    include: InterventionsByGroup,
    suspected: InterventionsByGroup,
    background: partial[BackgroundKnowledge],
) -> dict[Label, AnyMixtureRows]:
    """Return the rows of each group, with what is known of them; of "" without groups.

    Parameters
    ----------
    engine : Engine
        Holds the shards.
    net : Network
    given : Encoded or StreamedRows
    form : RowOptions
        How they were read.
    weights : ndarray of float64, shape (rows,), or None
    labels, groups, include, suspected
        As in :func:`domix.disentangle`.
    learnt : bool
        Whether tables are.
    background : callable
        :func:`read_background` but for what differs between groups.

    Raises
    ------
    DataError
        There are no rows, in any group; or labels or groups do not fit them.
    """
    if isinstance(given, StreamedRows):
        own = background(
            include=of_group(include, "", None, "include"),
            suspected=of_group(suspected, "", None, "suspected"),
            labels=NO_LABELS,
            weights=np.empty(0),
        )
        nothing = np.empty((0, len(net.space)), np.uint8)
        unlabelled = MixtureRows(nothing, None, NO_LABELS, own)
        return {"": ShardedMixture(given.shards, unlabelled, own, given)}
    row_labels = read_labels(net, given, labels, learnt=learnt)
    given.require_rows(none="there are no rows to disentangle")
    absent = _fill_labelled(given, row_labels)
    members = None if groups is None else read_groups(groups, given)
    parts: Mapping[Label, Ints | slice] = members or {"": slice(None)}
    rows: dict[Label, AnyMixtureRows] = {}
    for group, part in parts.items():
        part_weights = None if weights is None else weights[part]
        if part_weights is not None and not part_weights.any():
            raise DataError(
                f"every row of {group!r} has count 0; leave the group out", argument="groups"
            )
        part_labels = row_labels.select(part)
        codes = given.codes[part]
        own = background(
            include=of_group(include, group, members, "include"),
            suspected=of_group(suspected, group, members, "suspected"),
            labels=part_labels,
            weights=np.ones(len(codes)) if part_weights is None else part_weights,
        )
        part_absent = None if absent is None else absent[part]
        mixture = MixtureRows(codes, part_weights, part_labels, own, part_absent)
        rows[group] = mixture if is_summed(form) else _shard_mixture(engine, net, mixture)
    return rows


def _shard_mixture(engine: Engine, net: Network, rows: MixtureRows) -> AnyMixtureRows:
    """Put rows that have no label into shards, if there are many."""
    unlabelled = rows.labels.indices == UNLABELLED
    if rows.counts is not None:
        # Rows of count 0 are refused where no other row is left.
        unlabelled &= rows.counts > 0
    if np.count_nonzero(unlabelled) <= SHARD_ROWS:
        return rows
    codes, counts, numbers = rows.codes, rows.counts, rows.labels.row_numbers
    if not unlabelled.all():
        codes, numbers = codes[unlabelled], numbers[unlabelled]
        counts = None if counts is None else counts[unlabelled]
    shards = shard_codes(engine, codes, net.space.cards, counts, numbers)
    labelled = rows.select(np.flatnonzero(rows.labels.known))
    return ShardedMixture(shards, labelled, rows.background, NumberedRows(codes, numbers))


def _fill_labelled(rows: Encoded, labels: RowLabels) -> Bools | None:
    """Fill in what the known targets of rows set; return the entries that are still missing."""
    if rows.absent is None:
        return None
    for target, members in labels.by_target():
        for variable, value in target:
            rows.codes[members, variable] = value
            rows.absent[members, variable] = False
    return rows.absent if rows.absent.any() else None
