"""Exclusion: every variable keeps a value that no target uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domix.core.tables import Target

__all__ = ["UsedValues"]


class UsedValues:
    """Which values of each variable some target sets it to.

    Examples
    --------
    >>> used = UsedValues([2, 3], [((0, 1),), ((1, 2),)])
    >>> used.allows(((1, 0),)), used.allows(((0, 0),))
    (True, False)
    """

    def __init__(self, cards: Sequence[int], support: Iterable[Target]) -> None:
        self._cards = cards
        self._used: list[set[int]] = [set() for _ in cards]
        for target in support:
            self.add(target)

    def add(self, target: Target) -> None:
        """Count a target's values as used."""
        for variable, value in target:
            self._used[variable].add(value)

    def blocks(self, variable: int, value: int) -> bool:
        """Whether the value is the variable's last free one."""
        used = self._used[variable]
        return value not in used and len(used) >= self._cards[variable] - 1

    def allows(self, target: Target) -> bool:
        """Whether one more target would leave every variable a free value."""
        return not any(self.blocks(variable, value) for variable, value in target)
