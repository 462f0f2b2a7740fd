"""Which targets are exact: those that are hardly anything else, for all mixtures together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from domix.alternatives.shares import Shares
from domix.core.soft.targets import AnyTarget


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said of one target: its credible set, and whether it is exact, if that is known."""

    shares: Shares[AnyTarget]
    exact: bool | None


def judge(shares: Sequence[Sequence[Shares[AnyTarget]]], alpha: float) -> list[list[Answer]]:
    """Say of the targets of each mixture which are exact, all mixtures together."""
    exact = iter(find_exact([s.own for s in itertools.chain(*shares)], alpha))
    return [[Answer(s, next(exact)) for s in of_mixture] for of_mixture in shares]


def find_exact(shares: Sequence[float], alpha: float) -> list[bool]:
    """Return which targets are exact, given each target's own share.

    They are taken by falling share while the sum of one minus the share is at most ``alpha``. That
    sum is the expected number of false targets among them, so at least the chance of any.

    Examples
    --------
    >>> find_exact([0.7, 0.999, 0.98, 0.96], 0.05)
    [False, True, True, False]
    """
    exact = [False] * len(shares)
    expected = 0.0
    for share, place in sorted((-share, place) for place, share in enumerate(shares)):
        expected += 1.0 + share
        if expected > alpha:
            break
        exact[place] = True
    return exact
