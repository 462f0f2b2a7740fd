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
    """Why a target may be another one seen through a model that is not exactly right.

    Attributes
    ----------
    kind : RelationKind
        ``"leak"``: it differs from the other in one variable and has at most a tenth of its
        weight, as where entries are misread or an edit is incomplete. ``"refinement"``: it sets
        what the other sets, and more, as where an edge is missing.
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
class ExplainedTarget:
    """A target that was not reported because control rows explain it as well.

    Attributes
    ----------
    intervention : Intervention
    weight : float
        Its weight before.
    """

    intervention: Intervention
    weight: float


@dataclass(frozen=True)
class ContrastReport:
    """What control rows say of the mixture.

    Attributes
    ----------
    drift : float
        Precision of the mixture's tables around those of the control rows; infinite if they do not
        differ. The mean divergence of a row of k states is about (k - 1) / (2 drift) nats.
    background : mapping of Intervention to float
        Targets that control rows seem to contain, which cannot be, with their shares: the model is
        not exactly right.
    explained : tuple of ExplainedTarget
        By falling weight.

    Examples
    --------
    >>> report = ContrastReport(math.inf)
    >>> report.misfit
    False
    """

    drift: float
    background: tuple[tuple[Intervention, float], ...] = ()
    explained: tuple[ExplainedTarget, ...] = ()

    @property
    def misfit(self) -> bool:
        """Whether control rows contradict the model."""
        return math.isfinite(self.drift) or bool(self.background or self.explained)
