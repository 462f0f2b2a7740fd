"""What the moves of the search propose, and what it must keep."""

from __future__ import annotations

import pytest

from domix import disentangle
from domix.disentangle.exclusion import spent
from domix.study.generator import random_instance


@pytest.mark.parametrize(("seed", "n", "most", "rows"), [(38, 3, 5, 500), (154, 4, 3, 400)])
def test_a_division_that_uses_every_value_does_not_get_in(seed, n, most, rows):
    # 20 control rows, so that tables bend; the parts of a division broke exclusion here.
    mix = random_instance(n, seed, cards=range(2, most + 1)).mixture
    net = mix.network
    control = net.sample(20, rng=seed + 1)
    result = disentangle(net, mix.sample(rows, rng=seed), observational=control)
    assert not list(spent(net.tables.layout, result.mixture.targets))
