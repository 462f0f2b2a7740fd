"""Scores of an estimate where graph or model may be wrong: exact targets, errors, and edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domix.core.intervention import Intervention
from domix.results.graph import EdgeDirection
from domix.results.result import Disentanglement
from domix.study.instances.sample import Sample
from domix.study.scoring.metrics import compare
from domix.worlds.graphs import count_differences

Settings = frozenset[tuple[str, object]]
"""An intervention as a set, so that supersets are comparable."""


@dataclass(frozen=True)
class MisfitScore:
    """Scores of an estimate, over true and reported targets other than do().

    Attributes
    ----------
    reported : int
        Number of reported targets.
    recall : float or None
        Share of the true targets that are reported; None if nothing was done.
    precision : float or None
        Share of the reported targets that are true; None if none is reported.
    near : int
        Number of false targets that are supersets of a true one.
    roots : float or None
        Precision among the reported targets that are no superset of another reported one.
    tv : float
        Total variation of the weights, do() included.
    null_targets : int
        Number of targets reported for the null rows: all are false.
    shd : int
        Structural Hamming distance of the graph to the true one.
    by_controls, by_interventions : int
        Number of edges of a repaired or learnt graph that controls, or interventions, direct.
    by_controls_right, by_interventions_right : int
        Number of these edges that the true graph has, in that direction.
    """

    reported: int
    recall: float | None
    precision: float | None
    near: int
    roots: float | None
    tv: float
    null_targets: int
    shd: int
    by_controls: int
    by_controls_right: int
    by_interventions: int
    by_interventions_right: int


def score_misfit(sample: Sample, estimate: Disentanglement, null: Disentanglement) -> MisfitScore:
    """Score the estimates from the rows of an instance and from its null rows."""
    true = _list_settings(sample.truth.interventions)
    reported = _list_settings([c.intervention for c in estimate.components])
    hits = [target for target in reported if target in true]
    roots = [target for target in reported if not any(other < target for other in reported)]
    false = [target for target in reported if target not in true]
    by_controls, by_controls_right = _count_directed(sample, estimate, EdgeDirection.CONTROLS)
    by_targets, by_targets_right = _count_directed(sample, estimate, EdgeDirection.INTERVENTIONS)
    return MisfitScore(
        reported=len(reported),
        recall=_share(len(hits), len(true)),
        precision=_share(len(hits), len(reported)),
        near=sum(any(target > t for t in true) for target in false),
        roots=_share(sum(target in true for target in roots), len(roots)),
        tv=compare(sample.truth, estimate).total_variation,
        null_targets=len(_list_settings([c.intervention for c in null.components])),
        shd=count_differences(
            sample.truth.network.tables.layout.parents, estimate.network.tables.layout.parents
        ),
        by_controls=by_controls,
        by_controls_right=by_controls_right,
        by_interventions=by_targets,
        by_interventions_right=by_targets_right,
    )


def _list_settings(interventions: Sequence[Intervention]) -> list[Settings]:
    """List interventions other than do(), soft ones by their modes."""
    return [frozenset(dict(t.mode).items()) for t in interventions if len(t)]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _count_directed(
    sample: Sample, estimate: Disentanglement, direction: EdgeDirection
) -> tuple[int, int]:
    """Count the edges that are directed in one way, and those of them that are true."""
    if estimate.graph is None:
        return 0, 0
    parents = sample.truth.network.parents
    edges = [edge for edge in estimate.graph.edges if edge.direction is direction]
    return len(edges), sum(edge.cause in parents[edge.effect] for edge in edges)
