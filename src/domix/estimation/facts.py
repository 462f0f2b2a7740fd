"""What the answer of one mixture relies on, and what it cannot exclude, as lines of a summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from domix.claims.measured import describe_limits
from domix.claims.unseen_tables import UnseenTable, find_unseen_tables
from domix.core.background import BackgroundKnowledge
from domix.core.intervention import Intervention
from domix.core.space import Space
from domix.core.tables import Target
from domix.options.claims import ClaimOptions
from domix.problems.groups import Estimate
from domix.problems.inputs import MOST_GATHERED, Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.problems.sharded_mixture import AnyMixtureRows
from domix.results.component import Component
from domix.structure.edges import GraphMode

MOST_NAMED = 3
"""Tables learnt from the mixture alone, variables or targets that a result names."""


def describe_inputs(inputs: Inputs) -> dict[str, str]:
    """State what the answer relies on."""
    facts = {"tables": "known"}
    if inputs.controls is not None:
        facts["tables"] = f"learnt from {inputs.control_rows:,.0f} control rows and these"
        if inputs.control is None:
            facts["model"] = "not checked, as the control rows themselves are missing"
    sampled = _describe_samples(inputs)
    if sampled:
        facts["samples"] = sampled
    if inputs.bootstrap:
        facts["intervals"] = f"percentiles of {inputs.bootstrap} bootstrap replicates"
    return facts


def _describe_samples(inputs: Inputs) -> str:
    """State of which rows graphs were judged by a sample; the text is empty if of none."""
    shares = {}
    if inputs.control is not None:
        shares["control rows"] = inputs.control.gathered_share(MOST_GATHERED)
    if inputs.graph is not GraphMode.GIVEN:
        shares["rows"] = min(rows.gathered_share(MOST_GATHERED) for rows in inputs.rows)
    named = [f"{share:.2g} of the {name}" for name, share in shares.items() if share < 1]
    return f"graphs were judged by a random sample: {' and '.join(named)}" if named else ""


def describe_answer(
    inputs: Inputs,
    rows: AnyMixtureRows,
    components: Sequence[Component],
    unseen: tuple[float, Target] | None,
) -> dict[str, str]:
    """State what the answer of one mixture relies on, and what it cannot exclude."""
    facts = {}
    known = _describe_knowledge(inputs.network.space, rows.background)
    if known:
        facts["background knowledge"] = known
    if inputs.is_completed:
        assert isinstance(rows, MixtureRows)
        facts["missing"] = _describe_missing(rows.given or rows)
    if rows.labelled_total:
        facts["labels"] = f"known for {rows.labelled_total:,.0f} of these rows"
    if unseen is not None:
        share, other = unseen
        intervention = Intervention(inputs.network.space.assignment(other))
        facts["unseen"] = f"up to {share:.2g} of the rows might come from {intervention}"
        if not any(c.intervention for c in components):
            facts["unseen"] += (
                "; a larger share of any target of one variable would have been seen (95 %), but "
                "for look-alikes of do()"
            )
    controls = None if inputs.controls is None else inputs.control_rows
    limits = describe_limits(rows.total, len(components), controls, ClaimOptions())
    if limits is not None:
        facts["alpha"] = limits
    return facts


def _describe_missing(rows: MixtureRows) -> str:
    """State what was summed out, what that takes for granted, and what was left out for it."""
    absent = np.zeros(rows.codes.shape, dtype=bool) if rows.absent is None else rows.absent
    entries, number = int(absent.sum()), int(absent.any(axis=1).sum())
    return (
        f"{entries:,} entries of {number:,} of these rows, summed out as missing at random; soft "
        "targets and look-alikes were not compared"
    )


def describe_unseen_tables(
    inputs: Inputs, rows: AnyMixtureRows, estimate: Estimate
) -> dict[str, str]:
    """Name the tables that no control rows teach, and what might stand behind them."""
    if inputs.controls is None:
        return {}
    fit, space = estimate.fit, inputs.network.space
    expected = fit.weights * rows.total
    found = find_unseen_tables(
        inputs.network.tables.layout, inputs.controls, fit.support, expected, ClaimOptions()
    )
    if not found:
        return {}
    named = []
    for table in found[:MOST_NAMED]:
        state = Intervention(space.assignment(((table.parent, table.value),)))
        named.append(f"{space.names[table.child]} under {state} ({table.controls:,.0f} of them)")
    more = len(found) - len(named)
    named += [f"{more} more"] * bool(more)
    return _describe_doubts(space, fit.support, found) | {
        "few control rows": f"show the tables of {'; '.join(named)}: these are learnt from the "
        "mixture, and a target that sets the variable as well might look the same"
    }


def _describe_doubts(
    space: Space, support: Sequence[Target], tables: Sequence[UnseenTable]
) -> dict[str, str]:
    """Name reported targets that set a variable whose table under the rest of them is unseen."""
    doubts: dict[Target, tuple[Target, UnseenTable]] = {}
    for target in support:
        values = dict(target)
        for table in tables:
            if values.get(table.parent) == table.value and table.child in values:
                others = tuple(pair for pair in target if pair[0] != table.child)
                doubts.setdefault(target, (others, table))
    named = [
        f"{Intervention(space.assignment(target))} might be "
        f"{Intervention(space.assignment(others))}, as {table.controls:,.0f} control rows show "
        f"{space.names[table.child]} under "
        f"{Intervention(space.assignment(((table.parent, table.value),)))}"
        for target, (others, table) in doubts.items()
    ]
    return {"in doubt": "; ".join(named)} if named else {}


def _describe_knowledge(space: Space, known: BackgroundKnowledge) -> str:
    """State what the user knew of the targets, on which the answer rests; empty if nothing."""
    never: list[str] = []
    by_state: dict[object, list[str]] = defaultdict(list)
    for variable, values in sorted(known.excluded.items()):
        name, states = space.names[variable], space.states[variable]
        if known.never_set(variable, len(states)):
            never.append(name)
        else:
            for value in sorted(values):
                by_state[states[value]].append(name)
    parts = [f"never set: {_list_some(never)}"] * bool(never)
    parts += [f"never set to {state}: {_list_some(names)}" for state, names in by_state.items()]
    if known.largest is not None and known.largest < len(space.names):
        parts.append(
            f"targets of at most {known.largest} variable{'' if known.largest == 1 else 's'}"
        )
    own = [target for target in known.included if target not in known.labelled]
    for word, targets in (("known", own), ("suspected", known.suspected)):
        if targets:
            listed = _list_some([str(Intervention(space.assignment(t))) for t in targets])
            parts.append(f"{word}: {listed}")
    return "; ".join(parts)


def _list_some(names: Sequence[str]) -> str:
    """List names, the first of many."""
    more = len(names) - MOST_NAMED
    return ", ".join([*names[:MOST_NAMED], *[f"{more} more"] * (more > 0)])
