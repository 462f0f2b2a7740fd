"""The exact simplex method, compared with all vertices found support by support."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from domix.identifiability import simplex
from domix.identifiability.simplex import Echelon, Polytope, TooLargeError


def every_vertex(columns, equations, point):
    """The non-negative solutions with linearly independent columns."""
    right = [sum(e * point[c] for c, e in row.items()) for row in equations]
    found = set()
    for size in range(columns + 1):
        for support in combinations(range(columns), size):
            rows = [
                {**{c: row[c] for c in support if c in row}, columns: -b}
                for row, b in zip(equations, right, strict=True)
            ]
            solved = Echelon(rows).reduced()
            if columns in solved or len(solved) < size:
                continue
            x = [Fraction(0)] * columns
            for c, row in solved.items():
                x[c] = -row.get(columns, Fraction(0))
            if min(x) >= 0:
                found.add(tuple(x))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("seed", range(40))
def test_all_vertices_and_the_bounds_of_every_column(seed):
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(2, 7))
    equations = [dict.fromkeys(range(columns), Fraction(1))]
    rows = rng.integers(-3, 4, size=(rng.integers(0, columns), columns)).tolist()
    equations += [{c: Fraction(e) for c, e in enumerate(row)} for row in rows]
    # Many zeros give degenerate vertices; few give a starting point that is not a vertex.
    point = [Fraction(int(e)) for e in rng.choice([0, 0, 1, 2, 3], columns)]
    expected = every_vertex(columns, equations, point)
    solver = Polytope(columns, equations, point)
    assert solver.vertices(most=1000) == expected
    for c in rng.permutation(columns).tolist():
        assert solver.maximum(c) == max(x[c] for x in expected) == solver.point[c]
        assert solver.minimum(c) == min(x[c] for x in expected) == solver.point[c]
    assert len(solver.directions()) == columns - len(Echelon(equations))
    for z in solver.directions():
        assert all(sum(row.get(c, 0) * e for c, e in z.items()) == 0 for row in equations)


def cube(size):
    """x_i + y_i = 1 for every i."""
    rows = [{i: Fraction(1), size + i: Fraction(1)} for i in range(size)]
    return Polytope(2 * size, rows, [Fraction(1)] * size + [Fraction(0)] * size)


def test_the_number_of_vertices_is_limited():
    assert len(cube(4).vertices(most=16)) == 16
    assert cube(4).vertices(most=15) is None


def test_the_amount_of_work_is_limited(monkeypatch):
    monkeypatch.setattr(simplex, "MAX_WORK", 5)
    solver = cube(3)
    with pytest.raises(TooLargeError, match="6 weights would take more than 5 steps"):
        [solver.maximum(c) for c in range(6)]
    monkeypatch.setattr(simplex, "MAX_VERTEX_WORK", 5)
    assert cube(3).vertices(most=1000) is None
