"""Scores of answers as sets: what the alternatives of reported targets hold, and who is exact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from domix.results.component import Component
from domix.results.result import Disentanglement
from domix.study.instances.sample import Sample

BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Where the bins of shares begin whose calibration is scored."""


@dataclass(frozen=True)
class SetScore:
    """Counts over all mixtures that were estimated together.

    Attributes
    ----------
    detectable : int
        Number of detectable true targets.
    found, within, exact : int
        How many of these are reported, in the set of a reported target, and reported as exact.
    reported, members, largest : int
        Number of reported targets, sum of the sizes of their sets, and the largest size.
    any_false, any_false_exact : bool
        Whether any target is false that is reported, and that is reported as exact.
    shares : str
        For every share of any member of any set: its bin, + if the member is true and - if not.
    """

    detectable: int
    found: int
    within: int
    exact: int
    reported: int
    members: int
    largest: int
    any_false: bool
    any_false_exact: bool
    shares: str


def score_sets(
    samples: Sequence[Sample],
    results: Sequence[Disentanglement],
    shown: Sequence[Sequence[bool]],
) -> SetScore | None:
    """Score results, one for each sample; None if their sets were not computed.

    ``shown`` says of each true target of each sample whether it is detectable.
    """
    components = [c for result in results for c in result.components]
    if any(c.exact is None for c in components):
        return None
    wanted, found, within, exact = 0, 0, 0, 0
    false: list[Component] = []
    marks: list[str] = []
    for sample, result, detectable in zip(samples, results, shown, strict=True):
        truth = sample.truth.interventions
        by_target = {c.intervention: c for c in result.components}
        members = {a.intervention for c in result.components for a in c.alternatives}
        targets = [t for t, seen in zip(truth, detectable, strict=True) if seen]
        wanted += len(targets)
        found += sum(t in by_target for t in targets)
        within += sum(t in members for t in targets)
        exact += sum(t in by_target and bool(by_target[t].exact) for t in targets)
        false += [c for c in result.components if c.intervention not in truth]
        for alternative in (a for c in result.components for a in c.alternatives):
            mark = "+" if alternative.intervention in truth else "-"
            marks.append(f"{bisect_right(BINS, alternative.share) - 1}{mark}")
    sizes = [len(c.alternatives) for c in components]
    return SetScore(
        wanted,
        found,
        within,
        exact,
        len(components),
        sum(sizes),
        max(sizes),
        bool(false),
        any(c.exact for c in false),
        "".join(marks),
    )
