from __future__ import annotations

import math

import pytest

from domix.util.numerics import chi_square_tail

# Upper quantiles as printed in any table.
QUANTILES = [
    *((3.8415, 1, 0.05), (5.9915, 2, 0.05), (11.0705, 5, 0.05), (124.342, 100, 0.05)),
    *((10.8276, 1, 1e-3), (13.8155, 2, 1e-3), (20.515, 5, 1e-3), (149.449, 100, 1e-3)),
]


@pytest.mark.parametrize(("x", "df", "tail"), QUANTILES)
def test_quantiles(x, df, tail):
    assert chi_square_tail(x, df) == pytest.approx(tail, rel=1e-3)


def test_far_tails_keep_their_digits():
    assert chi_square_tail(1000.0, 2) == pytest.approx(math.exp(-500.0), rel=1e-9)
    assert chi_square_tail(0.0, 3) == 1.0
    assert chi_square_tail(1.0, 255) == pytest.approx(1.0)
