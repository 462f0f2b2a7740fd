"""Operations on targets: tuples of (variable, value) pairs in increasing order of the variable."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Container, Iterable

from domix.core.tables import Target


def from_pairs(pairs: Iterable[tuple[int, int]]) -> Target:
    """Return the target of (variable, value) pairs in any order.

    Examples
    --------
    >>> from_pairs({2: 1, 0: 0}.items())
    ((0, 0), (2, 1))
    """
    return tuple(sorted(pairs))


def with_value(target: Target, variable: int, value: int) -> Target:
    """Return a target that sets a variable to a value, whatever it did with the variable before.

    Examples
    --------
    >>> with_value(((0, 0), (2, 1)), 1, 3), with_value(((0, 0), (2, 1)), 2, 0)
    (((0, 0), (1, 3), (2, 1)), ((0, 0), (2, 0)))
    """
    start = bisect_left(target, (variable,))
    end = start + (start < len(target) and target[start][0] == variable)
    return (*target[:start], (variable, value), *target[end:])


def without(target: Target, variable: int) -> Target:
    """Return a target that does not set a variable.

    Examples
    --------
    >>> without(((0, 0), (2, 1)), 2), without(((0, 0), (2, 1)), 1)
    (((0, 0),), ((0, 0), (2, 1)))
    """
    return tuple(pair for pair in target if pair[0] != variable)


def restricted(target: Target, variables: Container[int]) -> Target:
    """Return the part of a target that sets some variables.

    Examples
    --------
    >>> restricted(((0, 0), (2, 1)), {1, 2})
    ((2, 1),)
    """
    return tuple(pair for pair in target if pair[0] in variables)


def union(one: Target, other: Target) -> Target:
    """Return the target that sets what either of two targets sets; they must not contradict.

    Examples
    --------
    >>> union(((0, 0), (2, 1)), ((0, 0), (1, 3)))
    ((0, 0), (1, 3), (2, 1))
    """
    return tuple(sorted({*one, *other}))


def by_size(targets: Iterable[Target]) -> list[Target]:
    """Return targets in the order of their size, then of their variables and values.

    Examples
    --------
    >>> by_size([((0, 0), (1, 1)), ((1, 0),), ()])
    [(), ((1, 0),), ((0, 0), (1, 1))]
    """
    return sorted(targets, key=lambda target: (len(target), target))
