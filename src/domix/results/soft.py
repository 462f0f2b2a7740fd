"""Which shape the components of a result have where not all are hard targets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domix.results.contrast import WeightedTarget


class SoftShape(StrEnum):
    """How components differ from hard targets."""

    FREE = "free"
    LEAK = "leak"
    MISREAD = "misread"


DESCRIPTIONS = {
    SoftShape.FREE: "some targets draw values",
    SoftShape.LEAK: "settings fail at one rate",
    SoftShape.MISREAD: "set values are misread at one rate",
}
"""The shapes, as a summary describes them."""


@dataclass(frozen=True)
class SoftReport:
    """Why a result has soft components, and what the hard answer was.

    Attributes
    ----------
    shape : SoftShape
        ``"free"``: variables have distributions of their own. ``"leak"``: all settings fail at one
        rate, to any other value alike, as incomplete edits do. ``"misread"``: the same of what is
        seen, while the children of a variable follow the value that was set.
    gain : float
        Nats of penalized log-likelihood over the best hard answer, in which targets that one soft
        component replaces without any loss are counted once.
    rate : float or None
        The rate at which settings fail, or are misread; None for ``"free"``.
    hard : tuple of WeightedTarget
        The hard answer, by falling weight.

    Examples
    --------
    >>> str(SoftReport(SoftShape.LEAK, 41.5, 0.125))
    'settings fail at one rate (0.125); 41.5 nats better than 0 hard targets'
    """

    shape: SoftShape
    gain: float
    rate: float | None = None
    hard: tuple[WeightedTarget, ...] = ()

    def __str__(self) -> str:
        rate = "" if self.rate is None else f" ({self.rate:.3f})"
        many = "" if len(self.hard) == 1 else "s"
        better = f"{self.gain:.1f} nats better than {len(self.hard)} hard target{many}"
        return f"{DESCRIPTIONS[self.shape]}{rate}; {better}"
