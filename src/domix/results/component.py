"""One recovered intervention."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from domix.core.intervention import Intervention
from domix.util.rational import brief

__all__ = ["Component"]


@dataclass(frozen=True)
class Component:
    """One recovered intervention.

    Attributes
    ----------
    intervention : Intervention
    weight : float or Fraction
        Share of the rows (of the probability) that it accounts for.
    std_error : float or None
        Standard error of the weight, given that the support is right; None from a distribution.
    interval : tuple of float or None
        95 % interval of the weight, given that the support is right.
    p_value : float or None
        Likelihood-ratio test of the target's absence, corrected for the number of targets that
        could have been reported: at most ``alpha`` for every target that is reported, unless the
        user included it. It says how surely something is needed there, not that it is this target
        and no look-alike.
    known : bool
        Whether the user included it: then it is reported whatever its p-value.
    """

    intervention: Intervention
    weight: float | Fraction
    std_error: float | None = None
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    known: bool = False

    def __repr__(self) -> str:
        # As dataclasses do it, but for fractions, which may be too long for Python to print.
        shown = (
            f"{name}={brief(value) if isinstance(value, Fraction) else repr(value)}"
            for name, value in vars(self).items()
        )
        return f"Component({', '.join(shown)})"
