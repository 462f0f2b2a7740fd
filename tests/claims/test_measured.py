"""Where a result says that its claims were not measured."""

from __future__ import annotations

import pytest

from domix import Network, disentangle
from domix.claims.measured import describe_limits
from domix.options.claims import ClaimOptions
from strategies import planted


@pytest.mark.parametrize(
    ("rows", "targets", "controls", "words"),
    [
        (128, 6, None, ["128 rows (at least 256)", "21 rows per target"]),
        (255, 1, 5000, ["255 rows"]),
        (300, 12, 5000, ["25 rows per target (at least 40)"]),
        (1000, 3, 40, ["40 control rows (at least 256)"]),
    ],
)
def test_what_is_outside_is_named(rows, targets, controls, words):
    text = describe_limits(rows, targets, controls, ClaimOptions())
    assert all(word in text for word in words)
    assert text.count("at least") == len(words)


def test_nothing_is_said_within_the_limits():
    assert describe_limits(256, 6, None, ClaimOptions()) is None
    assert describe_limits(1000, 6, 256, ClaimOptions()) is None


def test_a_result_says_it_in_its_facts():
    mix = planted(5, [{}, {0: 1}], seed=7)
    net = mix.network
    few, many = mix.sample(100, rng=0), mix.sample(2000, rng=0)
    assert "100 rows (at least 256)" in disentangle(net, few).facts["alpha"]
    assert "alpha" not in disentangle(net, many).facts
    learnt = Network.fit(net.parents, net.sample(50, rng=1), net.states)
    result = disentangle(learnt, many)
    assert result.facts["alpha"] == "not measured for 50 control rows (at least 256)"
    assert result.facts["alpha"] in result.summary()
    groups = disentangle(net, many, groups=["few"] * 100 + ["many"] * 1900)
    assert ["alpha" in groups[name].facts for name in ("few", "many")] == [True, False]
