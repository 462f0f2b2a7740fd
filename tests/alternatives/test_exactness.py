"""Which targets are exact."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domix.alternatives.exactness import find_exact

shares = st.lists(st.floats(0, 1), max_size=12)
alphas = st.floats(0.001, 0.5)


@given(shares, alphas)
def test_expected_false_targets_stay_within_alpha(shares, alpha):
    exact = find_exact(shares, alpha)
    chosen = [share for share, e in zip(shares, exact, strict=True) if e]
    left = [share for share, e in zip(shares, exact, strict=True) if not e]
    assert sum(1 - share for share in chosen) <= alpha + 1e-12
    if left:
        assert not chosen or max(left) <= min(chosen)
        assert sum(1 - share for share in [*chosen, max(left)]) > alpha - 1e-12


@given(shares, shares, alphas)
def test_more_groups_make_no_target_exact(one, other, alpha):
    alone, together = find_exact(one, alpha), find_exact([*one, *other], alpha)[: len(one)]
    assert sum(together) <= sum(alone)
