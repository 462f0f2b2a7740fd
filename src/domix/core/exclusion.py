"""Exclusion: every variable has a value that no target uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domix.core.tables import Layout, Target


class UsedValues:
    """The values of each variable to which some target sets it.

    Parameters
    ----------
    cards : sequence of int
        The number of values of each variable.
    support : iterable of Target
        The targets.

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
        """Add a target, whose values are used from now on."""
        for variable, value in target:
            self._used[variable].add(value)

    def blocks(self, variable: int, value: int) -> bool:
        """Whether a value is the last unused one of its variable."""
        used = self._used[variable]
        return value not in used and len(used) >= self._cards[variable] - 1

    def allows(self, target: Target) -> bool:
        """Whether every variable would have an unused value with one more target."""
        return not any(self.blocks(variable, value) for variable, value in target)


def exhausted(layout: Layout, targets: Sequence[Target]) -> Iterator[tuple[int, list[Target]]]:
    """Yield each variable of which the targets use every value, with the targets that set it."""
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
    """Do as :func:`exhausted` among targets that agree on the variables before, in the order.

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
        refined: list[list[Target]] = []
        for group in groups:
            by_value: dict[int | None, list[Target]] = {}
            for target in group:
                by_value.setdefault(fixed[target].get(i), []).append(target)
            if len(by_value.keys() - {None}) == layout.cards[i]:
                yield i, [target for target in group if i in fixed[target]]
            refined.extend(by_value.values())
        groups = refined
