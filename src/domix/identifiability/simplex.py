"""Small systems of equations and inequalities over the rationals, solved exactly.

The polytopes here are {x >= 0 : A x = A x0} for a given point x0, so no first solution has to be
found, and they are bounded. The algorithms are meant for up to a few hundred columns; callers limit
the size of the systems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

Vector = Mapping[int, Fraction]
"""Column to entry; absent means 0."""

MAX_WORK = 4_000_000
"""Operations on numbers of 64 bits, roughly, per polytope: about ten seconds. They are counted, not
timed, so that the same input always has the same answer."""

MAX_VERTEX_WORK = MAX_WORK // 8
"""The same for listing vertices."""


class TooLargeError(Exception):
    """A limit on size or work would be exceeded; the message names it. Internal."""


class Echelon:
    """A basis of a vector space in echelon form: the pivot of a vector, its least column, is 1.

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
        """Add a vector to the span; return False if the span already contains it."""
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
        """Return the reduced echelon form, by pivot: its column is 0 in all other vectors."""
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
    """The bounded polytope {x >= 0 : A x = A x0}, with the simplex method in exact arithmetic.

    A *basis* is a set of columns that the equations express by the others. The state is always at
    a vertex: every column outside the basis is 0. Bland's rule (the least column that improves
    enters, the least that blocks leaves) prevents cycles at degenerate vertices.

    Parameters
    ----------
    columns : int
        Number of columns of A.
    equations : iterable of Vector
        Vectors that span the rows of A.
    point : sequence of Fraction
        x0, all entries at least 0.

    Raises
    ------
    TooLargeError
        An answer would take more than ``MAX_WORK``.

    References
    ----------
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
    """

    def __init__(
        self, columns: int, equations: Iterable[Vector], point: Sequence[Fraction]
    ) -> None:
        # Columns where the point is positive are made basic first: then few are positive outside.
        order = sorted(range(columns), key=lambda c: (point[c] == 0, c))
        rank = {c: i for i, c in enumerate(order)}
        span = Echelon({rank[c]: e for c, e in row.items()} for row in equations)
        self._x = list(point)
        # Basic column to how much it decreases when a column outside the basis increases by 1.
        self._rows: dict[int, dict[int, Fraction]] = {
            order[pivot]: {order[c]: e for c, e in row.items() if c != pivot}
            for pivot, row in span.reduced().items()
        }
        self._outside = {c for c in range(columns) if c not in self._rows}
        self._work = 0
        self._go_to_vertex()

    @property
    def dimension(self) -> int:
        """Dimension of the solutions; also of the polytope, if some point has no zero."""
        return len(self._outside)

    @property
    def point(self) -> tuple[Fraction, ...]:
        """The current vertex: where the last minimum or maximum is attained."""
        return tuple(self._x)

    def directions(self) -> list[dict[int, Fraction]]:
        """Return a basis of the solutions of A z = 0."""
        return [
            {c: Fraction(1), **{b: -row[c] for b, row in self._rows.items() if c in row}}
            for c in sorted(self._outside)
        ]

    def maximum(self, column: int) -> Fraction:
        """Return the largest value of a column, and move to a vertex that attains it."""
        if column in self._outside:
            self._enter(column)
        while column in self._rows:
            rising = [c for c, entry in self._rows[column].items() if entry < 0]
            if not rising:
                break
            self._enter(min(rising))
        return self._x[column]

    def minimum(self, column: int) -> Fraction:
        """Return the least value of a column, and move to a vertex that attains it."""
        while column in self._rows and self._x[column]:
            falling = [c for c, entry in self._rows[column].items() if entry > 0]
            if not falling:
                break
            self._enter(min(falling))
        return self._x[column]

    def vertices(self, most: int) -> list[tuple[Fraction, ...]] | None:
        """List all vertices, in lexicographic order from the largest.

        The list is None if there are more than ``most``, or if finding them takes more than
        ``MAX_VERTEX_WORK``: a vertex where many columns are 0 has many bases, and all are visited.
        """
        found: set[tuple[Fraction, ...]] = set()
        visited = {frozenset(self._rows)}
        stack = [self._copy()]
        work = 0
        while stack:
            current = stack.pop()
            found.add(tuple(current._x))
            if len(found) > most or work > MAX_VERTEX_WORK:
                return None
            for column in sorted(current._outside):
                for row in current._blocking(column)[1]:
                    basis = frozenset(current._rows) - {row} | {column}
                    if basis not in visited:
                        visited.add(basis)
                        neighbour = current._copy()
                        neighbour._exchange(row, column)
                        work += neighbour._work
                        stack.append(neighbour)
        return sorted(found, reverse=True)

    def _copy(self) -> Polytope:
        copy = object.__new__(Polytope)
        copy._x = list(self._x)
        copy._rows = {b: dict(row) for b, row in self._rows.items()}
        copy._outside = set(self._outside)
        copy._work = 0
        return copy

    def _go_to_vertex(self) -> None:
        """Decrease columns outside the basis to 0, or exchange them for basic ones that are 0."""
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
        """Return how far a column can increase, and the basic columns that are 0 then."""
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
        """Count the work of subtracting a row from all others."""
        bits = sum(e.numerator.bit_length() + e.denominator.bit_length() for e in row.values())
        self._work += len(self._rows) * (len(row) + bits // 64)
        if self._work > MAX_WORK:
            raise TooLargeError(
                f"the intervals of {len(self._x)} weights would take more than {MAX_WORK:,} steps"
            )
