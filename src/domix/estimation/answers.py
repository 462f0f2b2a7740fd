"""What is said of each reported target, hard or soft: its credible set, and whether it is exact."""

from __future__ import annotations

from collections.abc import Sequence

from domix.alternatives.exactness import Answer, judge
from domix.alternatives.shares import Shares, find_shares
from domix.alternatives.soft import find_soft_shares
from domix.core.soft.targets import AnyTarget, Draw, SoftTarget
from domix.estimation.soft.soften import Softened
from domix.problems.groups import Block, Estimate, MixtureProblem, are_independent
from domix.work.steps import recorded


@recorded(Answer, Shares, SoftTarget, Draw)
def answer_mixtures(
    mixtures: Sequence[MixtureProblem],
    estimates: Sequence[Estimate],
    softened: Sequence[Softened | None],
    alpha: float,
) -> list[list[Answer]]:
    """Return what is said of the targets of each mixture, in the order of its components.

    ``alpha`` bounds the expected number of false targets among the exact ones of all mixtures. None
    of a soft answer is called exact: by the same rule, too many were false
    (docs/reference/measured.md).
    """
    blocks = [Block(mixture) for mixture in mixtures]
    for block, estimate, soft in zip(blocks, estimates, softened, strict=True):
        block.start_from(estimate)
        block.take(estimate.fit)
        if soft is not None:
            block.table_counts = block.labelled_counts + soft.table_counts
    shares: list[Sequence[Shares[AnyTarget]]] = []
    for block, soft in zip(blocks, softened, strict=True):
        if soft is not None:
            shares.append(find_soft_shares(soft.soft, block.criterion))
            continue
        if not are_independent(blocks):
            block.observe(blocks)
        shares.append(find_shares(block.problem, block.criterion, block.fit))
    hard = [own for own, soft in zip(shares, softened, strict=True) if soft is None]
    judged = iter(judge(hard, alpha))
    return [
        next(judged) if soft is None else [Answer(s, None) for s in own]
        for own, soft in zip(shares, softened, strict=True)
    ]
