"""What a cell changes of the model's assumptions: the world, and what the estimator gets of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where the true graph comes from, and the true CPTs of a world that has any.

    Scale-free graphs have 2n edges, and random ones 1.5 n; the others are published networks.
    """

    SCALE_FREE = "scale-free"
    RANDOM = "random graph"
    SACHS = "sachs"
    CHILD = "child"
    ALARM = "alarm"
    INSURANCE = "insurance"
    HAILFINDER = "hailfinder"
    HEPAR2 = "hepar2"


RANDOM_SOURCES = (Source.SCALE_FREE, Source.RANDOM)


class WorldKind(StrEnum):
    """How rows come about; see :mod:`domix.worlds`."""

    EXACT = "exact"
    DRIFT = "drift"
    CONFOUNDER = "confounder"
    BINNED_LINEAR = "binned linear"
    BINNED_NONLINEAR = "binned nonlinear"
    SOFT = "soft"
    SOFT_ZERO = "soft, with a zero"
    SOFT_FULL = "soft, full support"
    SOFT_MIXED = "hard and soft"


class Given(StrEnum):
    """How the graph that the estimator gets differs from the true one."""

    TRUE = "true graph"
    TWO_MISSING = "2 missing"
    THREE_MISSING = "3 missing"
    TWO_REVERSED = "2 reversed"
    THREE_REVERSED = "3 reversed"
    TWO_SPURIOUS = "2 spurious"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Setting:
    """The conditions of a cell in which graph or model may be wrong.

    Attributes
    ----------
    source : Source
    world : WorldKind
    given : Given
    flips : float
        Probability that an entry of controls and mixture is replaced by another state.
    controls : int or None
        Number of control rows; None is as many as rows of the mixture.

    Examples
    --------
    >>> str(Setting(Source.RANDOM, given=Given.UNKNOWN, controls=1024))
    'random graph, exact, unknown, 1024 controls'
    """

    source: Source = Source.SCALE_FREE
    world: WorldKind = WorldKind.EXACT
    given: Given = Given.TRUE
    flips: float = 0.0
    controls: int | None = None

    def __str__(self) -> str:
        parts = [str(self.source), str(self.world)]
        if self.given is not Given.TRUE:
            parts.append(str(self.given))
        if self.flips:
            parts.append(f"flips {self.flips:.1%}".replace(".0%", "%"))
        if self.controls is not None:
            parts.append(f"{self.controls} controls")
        return ", ".join(parts)
