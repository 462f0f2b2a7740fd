"""On what identification rests: exclusion, positivity, and how far P_mix was compared.

Members equal their text and are shown as it, so results, JSON and certificates hold the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class _Text(StrEnum):
    """Text with a closed set of values, shown as text."""

    __repr__ = str.__repr__


class Exclusion(_Text):
    """Where every variable has a state that no target uses.

    Examples
    --------
    >>> Exclusion.PER_PREFIX, Exclusion.PER_PREFIX == "per prefix"
    ('per prefix', True)
    """

    GLOBAL = "global"
    """Among all targets."""
    PER_PREFIX = "per prefix"
    """Among the targets that agree on the variables before it, in topological order."""
    BROKEN = "broken"
    """Not even there."""


class Positivity(_Text):
    """Which entries of the conditional probability tables are positive."""

    EVERYWHERE = "everywhere"
    WHERE_NEEDED = "where needed"
    """The entries that are 0 do not affect uniqueness."""
    WEAK = "weak"
    """The answer is unique among the mixtures whose unused states are possible."""
    VIOLATED = "not"
    """An unused state is impossible where uniqueness needs it."""
    NOT_EVERYWHERE = "not everywhere"
    """Some entry is 0; of a network alone, no more is known."""


class Equality(_Text):
    """How far a mixture was compared with the distribution that it was computed from."""

    EVERYWHERE = "everywhere"
    """The probability of every configuration."""
    STRUCTURAL = "structural"
    """Targets and weights."""
    CONFIGURATIONS_READ = "on the cells read"
    """The probabilities that lifting asked for."""


CLAIMS: Mapping[str, Mapping[str, str]] = {
    "equality": {
        Equality.STRUCTURAL: "P_mix was given by these targets and weights.",
        Equality.EVERYWHERE: "The mixture has the probability P_mix at every configuration.",
        Equality.CONFIGURATIONS_READ: (
            "P_mix was given as a function, and the mixture has its probabilities at the "
            "configurations of the lifts."
        ),
    },
    "exclusion": {
        Exclusion.GLOBAL: "Every variable has a state that no target uses.",
        Exclusion.PER_PREFIX: (
            "Among the targets that agree on the variables before it, every variable has a state "
            "that none of them uses."
        ),
    },
    "positivity": {
        Positivity.EVERYWHERE: "No table entry is 0.",
        Positivity.WHERE_NEEDED: "Table entries that are 0 do not affect uniqueness.",
        Positivity.WEAK: (
            "Some unused states are impossible where they are read, so the mixture is the only one "
            "among those whose unused states are possible."
        ),
    },
}
"""What the guarantees of a mixture mean, in a sentence each."""


def explain(name: str, holds: str) -> str:
    """Return a guarantee of a mixture, as :attr:`Guarantees.facts` holds it, as a sentence.

    Examples
    --------
    >>> explain("exclusion", "global")
    'Every variable has a state that no target uses.'
    """
    return CLAIMS[name].get(holds, f"The {name} is: {holds}.")


@dataclass(frozen=True)
class Guarantees:
    """On what a mixture computed from a distribution rests.

    Attributes
    ----------
    exclusion : Exclusion
    positivity : Positivity
    equality : Equality
    comparisons : int
        At how many drawn configurations P_mix was compared as well.
    """

    exclusion: Exclusion
    positivity: Positivity
    equality: Equality
    comparisons: int = 0

    @property
    def facts(self) -> dict[str, str]:
        """The guarantees as text, as results and certificates hold them.

        Examples
        --------
        >>> Guarantees(
        ...     Exclusion.GLOBAL, Positivity.EVERYWHERE, Equality.CONFIGURATIONS_READ, 100
        ... ).facts["equality"]
        'on the cells read and at 100 configurations drawn'
        """
        drawn = f" and at {self.comparisons} configurations drawn" if self.comparisons else ""
        return {
            "exclusion": str(self.exclusion),
            "positivity": str(self.positivity),
            "equality": f"{self.equality}{drawn}",
        }
