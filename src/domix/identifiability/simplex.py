"""Small systems of equations and inequalities over the rationals, solved exactly.

The polytopes here are {x >= 0 : A x = A x0} for a known point x0 of theirs, so nothing has to look
for a first solution, and they are bounded. Everything is dense and meant for up to a few hundred
columns; what is large is refused by whoever sets the system up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

__all__ = ["Echelon", "Polytope", "TooLargeError", "Vector"]

Vector = Mapping[int, Fraction]
"""Column to entry; absent is 0."""

MOST_WORK = 4_000_000
"""Steps of arithmetic on numbers of 64 bits, roughly, that one polytope may ask for: about ten
seconds' worth. A count and no clock, so that the same input always has the same answer."""

VERTEX_WORK = MOST_WORK // 8


class TooLargeError(Exception):
    """A limit was passed; the message names it."""


class Echelon:
    """Independent vectors, each with a pivot: its least column, where its entry is 1.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> span = Echelon()
    >>> span.insert({0: F(2), 1: F(1)}), span.insert({0: F(4), 1: F(2)})
    (True, False)
    >>> len(span)
    1
    """

    __slots__ = ("rows",)

    def __init__(self, vectors: Iterable[Vector] = ()) -> None:
        self.rows: dict[int, dict[int, Fraction]] = {}
        for vector in vectors:
            self.insert(vector)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Vector]:
        return iter(self.rows.values())

    def insert(self, vector: Vector) -> bool:
        """Add a vector to the span; False if it is in there already."""
        rest = {column: entry for column, entry in vector.items() if entry}
        while rest:
            pivot = min(rest)
            scale = rest[pivot]
            row = self.rows.get(pivot)
            if row is None:
                self.rows[pivot] = {column: entry / scale for column, entry in rest.items()}
                return True
            _subtract(rest, row, scale)
        return False

    def reduced(self) -> dict[int, dict[int, Fraction]]:
        """The same span, by pivot: a pivot's column is 0 in all vectors but its own."""
        out: dict[int, dict[int, Fraction]] = {}
        for pivot in sorted(self.rows, reverse=True):
            row = dict(self.rows[pivot])
            for column in [c for c in row if c in out]:
                _subtract(row, out[column], row[column])
            out[pivot] = row
        return out


def _subtract(row: dict[int, Fraction], other: Vector, scale: Fraction) -> None:
    for column, entry in other.items():
        left = row.get(column, 0) - scale * entry
        if left:
            row[column] = Fraction(left)
        else:
            row.pop(column, None)


class Polytope:
    """{x >= 0 : A x = A x0}, bounded, with the simplex method in exact arithmetic.

    A *basis* is a set of columns that the equations express by the others. The state is always at
    a vertex: every column outside the basis is 0. Bland's rule (the least column that improves,
    the least that blocks) keeps degenerate vertices from making it turn in circles.

    Parameters
    ----------
    columns
        How many there are.
    equations
        Vectors that span the rows of A.
    point
        x0, all entries at least 0.

    Source
    ------
    R. Bland, "New finite pivoting rules for the simplex method", Mathematics of Operations
    Research 2 (1977).

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> triangle = Polytope(3, [{0: F(1), 1: F(1), 2: F(1)}], [F(1), F(0), F(0)])
    >>> triangle.dimension, str(triangle.maximum(2)), str(triangle.minimum(0))
    (2, '1', '0')
    >>> len(triangle.vertices(most=8))
    3

    Raises
    ------
    TooLargeError
        An answer would take more than ``MOST_WORK``.
    """

    def __init__(
        self, columns: int, equations: Iterable[Vector], point: Sequence[Fraction]
    ) -> None:
        # Columns where the point is positive are made basic first: then few are positive outside.
        order = sorted(range(columns), key=lambda c: (point[c] == 0, c))
        rank = {c: i for i, c in enumerate(order)}
        span = Echelon({rank[c]: e for c, e in row.items()} for row in equations)
        self._x = list(point)
        # Basic column to how it falls when a column outside the basis rises by 1.
        self._rows: dict[int, dict[int, Fraction]] = {
            order[pivot]: {order[c]: e for c, e in row.items() if c != pivot}
            for pivot, row in span.reduced().items()
        }
        self._outside = {c for c in range(columns) if c not in self._rows}
        self._work = 0
        self._go_to_vertex()

    @property
    def dimension(self) -> int:
        """Of the solutions of the equations; the polytope's own, if some point has no zero."""
        return len(self._outside)

    @property
    def point(self) -> tuple[Fraction, ...]:
        """The vertex that the last question ended at."""
        return tuple(self._x)

    def directions(self) -> list[dict[int, Fraction]]:
        """A basis of the solutions of A z = 0."""
        return [
            {c: Fraction(1), **{b: -row[c] for b, row in self._rows.items() if c in row}}
            for c in sorted(self._outside)
        ]

    def maximum(self, column: int) -> Fraction:
        """The largest value that a column takes; moves to where it does."""
        if column in self._outside:
            self._enter(column)
        while column in self._rows:
            rising = [c for c, entry in self._rows[column].items() if entry < 0]
            if not rising:
                break
            self._enter(min(rising))
        return self._x[column]

    def minimum(self, column: int) -> Fraction:
        """The least value that a column takes; moves to where it does."""
        while column in self._rows and self._x[column]:
            falling = [c for c, entry in self._rows[column].items() if entry > 0]
            if not falling:
                break
            self._enter(min(falling))
        return self._x[column]

    def vertices(self, most: int) -> list[tuple[Fraction, ...]] | None:
        """All vertices, in lexicographic order from the largest.

        None if there are more than ``most``, or if finding them takes more than ``VERTEX_WORK``: a
        vertex where many columns are 0 has many bases, and all are looked at.
        """
        found: set[tuple[Fraction, ...]] = set()
        seen = {frozenset(self._rows)}
        waiting = [self._copy()]
        work = 0
        while waiting:
            here = waiting.pop()
            found.add(tuple(here._x))
            if len(found) > most or work > VERTEX_WORK:
                return None
            for column in sorted(here._outside):
                for row in here._blocking(column)[1]:
                    basis = frozenset(here._rows) - {row} | {column}
                    if basis not in seen:
                        seen.add(basis)
                        there = here._copy()
                        there._exchange(row, column)
                        work += there._work
                        waiting.append(there)
        return sorted(found, reverse=True)

    def _copy(self) -> Polytope:
        twin = object.__new__(Polytope)
        twin._x = list(self._x)
        twin._rows = {b: dict(row) for b, row in self._rows.items()}
        twin._outside = set(self._outside)
        twin._work = 0
        return twin

    def _go_to_vertex(self) -> None:
        """Lower every column outside the basis to 0, or until a basic one that falls takes over."""
        for column in [c for c in sorted(self._outside) if self._x[c]]:
            limits = {
                b: self._x[b] / -row[column]
                for b, row in self._rows.items()
                if row.get(column, 0) < 0
            }
            step = min([self._x[column], *limits.values()])
            self._shift(column, -step)
            if self._x[column]:
                self._swap(min(b for b, limit in limits.items() if limit == step), column)

    def _blocking(self, column: int) -> tuple[Fraction, list[int]]:
        """How far a column can rise, and the basic columns that are 0 then."""
        limits = {
            b: self._x[b] / row[column] for b, row in self._rows.items() if row.get(column, 0) > 0
        }
        step = min(limits.values())
        return step, sorted(b for b, limit in limits.items() if limit == step)

    def _enter(self, column: int) -> None:
        self._exchange(self._blocking(column)[1][0], column)

    def _exchange(self, leaving: int, entering: int) -> None:
        self._shift(entering, self._x[leaving] / self._rows[leaving][entering])
        self._swap(leaving, entering)

    def _shift(self, column: int, step: Fraction) -> None:
        if step:
            self._x[column] += step
            for b, row in self._rows.items():
                if column in row:
                    self._x[b] -= row[column] * step

    def _swap(self, leaving: int, entering: int) -> None:
        row = self._rows.pop(leaving)
        scale = row.pop(entering)
        new = {c: entry / scale for c, entry in row.items()}
        new[leaving] = 1 / scale
        self._count_work(new)
        for other in self._rows.values():
            share = other.pop(entering, None)
            if share is not None:
                _subtract(other, new, share)
        self._rows[entering] = new
        self._outside.remove(entering)
        self._outside.add(leaving)

    def _count_work(self, row: Vector) -> None:
        """Of subtracting a row from all others."""
        bits = sum(e.numerator.bit_length() + e.denominator.bit_length() for e in row.values())
        self._work += len(self._rows) * (len(row) + bits // 64)
        if self._work > MOST_WORK:
            raise TooLargeError(
                f"the intervals of {len(self._x)} weights would take more than {MOST_WORK:,} steps"
            )
