"""What the answer of one mixture relies on, and what it cannot exclude, as lines of a summary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix.claims.measured import describe_limits
from domix.claims.unseen_tables import find_unseen_tables
from domix.core.intervention import Intervention
from domix.core.tables import Target
from domix.options.claims import ClaimOptions
from domix.problems.groups import Estimate
from domix.problems.inputs import MOST_GATHERED, Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.problems.sharded_mixture import AnyMixtureRows
from domix.results.component import Component
from domix.structure.edges import GraphMode

MOST_NAMED_TABLES = 3
"""Tables learnt from the mixture alone that a result names."""


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
    for table in found[:MOST_NAMED_TABLES]:
        state = Intervention(space.assignment(((table.parent, table.value),)))
        named.append(f"{space.names[table.child]} under {state} ({table.controls:,.0f} of them)")
    more = len(found) - len(named)
    named += [f"{more} more"] * bool(more)
    return {
        "few control rows": f"show the tables of {'; '.join(named)}: these are learnt from the "
        "mixture, and a target that sets the variable as well might look the same"
    }
