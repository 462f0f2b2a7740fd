"""Control rows disentangled as if they were a mixture, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domix.core.intervention import Intervention
from domix.formats.interventions import intervention_document, read_intervention
from domix.util.strict_json import Node


@dataclass(frozen=True)
class FalseTarget:
    """A target found in control rows, where nothing was done.

    Attributes
    ----------
    intervention : Intervention
        The target.
    weight : float
        Its share of the rows.
    p_value : float
        Its p-value, as that of a component.
    """

    intervention: Intervention
    weight: float
    p_value: float


@dataclass(frozen=True)
class NegativeControl:
    """Control rows disentangled as if they were a mixture: do() alone is expected.

    Attributes
    ----------
    split : int
        The number of the random split, from 0; each is used twice.
    rows, controls : int
        Number of the rows that were disentangled, and of the others, from which the tables were
        learnt.
    false_targets : tuple of FalseTarget
        The targets found, by falling weight, without do().
    """

    split: int
    rows: int
    controls: int
    false_targets: tuple[FalseTarget, ...]


def run_document(run: NegativeControl) -> dict[str, Any]:
    """Return a negative control as plain values; the inverse of :func:`read_run`."""
    targets = [
        {**vars(target), "intervention": intervention_document(target.intervention)}
        for target in run.false_targets
    ]
    return {**vars(run), "false_targets": targets}


def read_run(run: Node) -> NegativeControl:
    """Read a negative control."""
    fields = run.fields(list(NegativeControl.__annotations__))
    return NegativeControl(
        fields["split"].whole_number(),
        fields["rows"].whole_number(),
        fields["controls"].whole_number(),
        tuple(_read_target(target) for target in fields["false_targets"].items()),
    )


def _read_target(target: Node) -> FalseTarget:
    fields = target.fields(list(FalseTarget.__annotations__))
    return FalseTarget(
        read_intervention(fields["intervention"]),
        fields["weight"].number(),
        fields["p_value"].number(),
    )
