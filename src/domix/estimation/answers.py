"""Answers as sets: what could stand in place of each target, and which targets are exact."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix.alternatives.exactness import find_exact
from domix.alternatives.shares import Shares, find_shares
from domix.estimation.groups import Block, Estimate, MixtureProblem, are_independent


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said of one target: its credible set, and whether it is exact."""

    shares: Shares
    exact: bool


def answer_mixtures(
    mixtures: Sequence[MixtureProblem],
    estimates: Sequence[Estimate],
    alpha: float,
) -> list[list[Answer]]:
    """Return what is said of the targets of each mixture, in the order of its support.

    ``alpha`` bounds the expected number of false targets among the exact ones of all mixtures.
    """
    blocks = [Block(mixture) for mixture in mixtures]
    for block, estimate in zip(blocks, estimates, strict=True):
        block.start_from(estimate)
        block.take(estimate.fit)
    shares: list[list[Shares]] = []
    for block in blocks:
        if not are_independent(blocks):
            block.observe(blocks)
        shares.append(find_shares(block.problem, block.criterion, block.fit))
    exact = iter(find_exact([s.own for s in itertools.chain(*shares)], alpha))
    return [[Answer(s, next(exact)) for s in of_mixture] for of_mixture in shares]
