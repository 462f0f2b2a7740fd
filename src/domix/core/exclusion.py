"""Exclusion: every variable keeps a value that no target uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domix.core.tables import Layout, Target

__all__ = ["UsedValues", "exhausted", "exhausted_per_prefix"]


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


def exhausted(layout: Layout, targets: Sequence[Target]) -> Iterator[tuple[int, list[Target]]]:
    """The variables of which the targets use every value, with those that set it."""
    setting: dict[int, list[Target]] = {}
    for target in targets:
        for i, _ in target:
            setting.setdefault(i, []).append(target)
    for i, group in sorted(setting.items()):
        if len({dict(target)[i] for target in group}) == layout.cards[i]:
            yield i, group


def exhausted_per_prefix(
    layout: Layout, targets: Sequence[Target]
) -> Iterator[tuple[int, list[Target]]]:
    """The same among targets that agree on all variables before, in topological order.

    Examples
    --------
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> targets = [((1, 0),), ((0, 1), (1, 1))]
    >>> list(exhausted(layout, targets)), list(exhausted_per_prefix(layout, targets))
    ([(1, [((1, 0),), ((0, 1), (1, 1))])], [])
    """
    fixed = {target: dict(target) for target in targets}
    groups = [list(targets)]
    for i in layout.order:
        parts: list[list[Target]] = []
        for group in groups:
            doing: dict[int | None, list[Target]] = {}
            for target in group:
                doing.setdefault(fixed[target].get(i), []).append(target)
            if len(doing.keys() - {None}) == layout.cards[i]:
                yield i, [target for target in group if i in fixed[target]]
            parts.extend(doing.values())
        groups = parts
