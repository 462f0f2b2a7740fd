"""What control rows say of the targets of a result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from domix.core.intervention import Intervention


class RelationKind(StrEnum):
    """How a target relates to another one of the same result."""

    REFINEMENT = "refinement"
    LEAK = "leak"


@dataclass(frozen=True)
class Relation:
    """Another target that may be behind one, where the model is not exactly right.

    Attributes
    ----------
    kind : RelationKind
        ``"leak"``: it differs from the other in one variable and has at most a tenth of its weight,
        as where values are misread or an edit is incomplete. ``"refinement"``: it sets what the
        other sets, and more, as where an edge is missing. True targets can be either.
    intervention : Intervention
        The other target; of several, the heaviest.

    Examples
    --------
    >>> from domix import do
    >>> str(Relation(RelationKind.LEAK, do(A="low")))
    'leak of do(A=low)'
    """

    kind: RelationKind
    intervention: Intervention

    def __str__(self) -> str:
        return f"{self.kind} of {self.intervention}"


@dataclass(frozen=True)
class WeightedTarget:
    """A target that is not reported, with a weight.

    Attributes
    ----------
    intervention : Intervention
    weight : float
    """

    intervention: Intervention
    weight: float

    def __str__(self) -> str:
        return f"{self.intervention} ({self.weight:.3f})"


@dataclass(frozen=True)
class ContrastReport:
    """How the mixture was compared with control rows.

    Attributes
    ----------
    drift : float
        Precision of the mixture's tables around those of the control rows; infinite if they do not
        differ. The mean divergence of a row with k states is about (k - 1) / (2 drift) nats.
    background : tuple of WeightedTarget
        Targets that the control rows seem to contain, with their shares of them. There cannot be
        any: they show what the network does not explain.
    explained : tuple of WeightedTarget
        Targets of the mixture that are not reported because control rows may explain them as well,
        with the weights that they had.

    Examples
    --------
    >>> from domix import do
    >>> ContrastReport(math.inf).misfit
    False
    >>> doubt = ContrastReport(math.inf, explained=(WeightedTarget(do(A="low"), 0.04),))
    >>> print(doubt)
    not reported, as control rows may explain them as well: do(A=low) (0.040)
    >>> doubt.misfit, doubt.undecided
    (True, True)
    """

    drift: float
    background: tuple[WeightedTarget, ...] = ()
    explained: tuple[WeightedTarget, ...] = ()

    @property
    def misfit(self) -> bool:
        """Whether control rows contradict the model, or leave targets in doubt."""
        return math.isfinite(self.drift) or bool(self.background or self.explained)

    @property
    def undecided(self) -> bool:
        """Whether targets are in doubt, and nothing else speaks against the model.

        The mixture does not have so much more of them than the control rows that a wrong model
        can be ruled out. With few rows, this happens to true targets as well.
        """
        return self.misfit and math.isinf(self.drift) and not self.background

    def __str__(self) -> str:
        parts = []
        if math.isfinite(self.drift):
            parts.append(
                "the tables of the mixture differ from those of the controls (a row of a table "
                f"predicts as well as {self.drift:.0f} rows would)"
            )
        if self.background:
            parts.append(f"control rows seem to contain {', '.join(map(str, self.background))}")
        if self.explained:
            found = ", ".join(map(str, self.explained))
            may = "may " if self.undecided else ""
            parts.append(f"not reported, as control rows {may}explain them as well: {found}")
        return "; ".join(parts) if parts else "control rows and mixture fit the model"
