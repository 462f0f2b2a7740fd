"""Sampling by the kernel and by its reference implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Mixture, do
from domix._kernels import _sample
from domix.core.codes import target_codes
from domix.query.flat import flat_layout
from reference import sample as reference
from strategies import interventions, network_of_many_states, networks


@given(st.data(), networks(cards=(1, 4)))
def test_sampling_equals_the_reference(data, net):
    target = net.target(data.draw(interventions(net)))
    uniforms = np.random.default_rng(5).random((300, len(net.variables)))
    uniforms[0] = 0.0
    uniforms[1] = np.nextafter(1.0, 0.0)
    layout = net.tables.layout
    out = np.empty(uniforms.shape, dtype=np.uint8)
    [fixed] = target_codes([target], layout.n)
    scratch = np.empty((layout.n, _sample.BLOCK_ROWS), np.uint8)
    _sample.sample(uniforms, flat_layout(layout), net.tables.cumulative, fixed, scratch, out)
    np.testing.assert_array_equal(out, reference.sample(net.tables, uniforms, target))


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "SFC64", "MT19937"])
def test_any_number_of_threads_draws_the_same_rows(bits):
    net = network_of_many_states(19)
    target = do(V3=1, V9=0)
    mix = Mixture(net, {do(): 0.5, target: 0.5})
    drawn = []
    for threads in (1, 2, 5, None):
        rng = np.random.Generator(getattr(np.random, bits)(7))
        # An odd number of 32-bit draws leaves half of a 64-bit one waiting.
        rng.integers(10, size=3, dtype=np.uint32)
        rows = net.sample(100_000, do=target, rng=rng, threads=threads)
        mixed = mix.sample(70_000, rng=rng, threads=threads)
        more = rng.integers(2**32, size=5, dtype=np.uint64)
        drawn.append((rows, mixed, more, rng.integers(10, size=5, dtype=np.uint32)))
    rng = np.random.Generator(getattr(np.random, bits)(7))
    rng.integers(10, size=3, dtype=np.uint32)
    expected = reference.sample(net.tables, rng.random((100_000, 19)), net.target(target))
    np.testing.assert_array_equal(drawn[0][0], expected)
    for other in drawn[1:]:
        for first, second in zip(drawn[0], other, strict=True):
            np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("bits", ["PCG64", "MT19937"])
@given(n=st.integers(0, 300), batch=st.integers(1, 400))
def test_batches_are_the_rows_of_one_draw(bits, n, batch):
    net = network_of_many_states(19)
    mix = Mixture(net, {do(): 0.2, do(V3=1, V9=0): 0.5, do(V1={0: 0.5, 1: 0.5}): 0.3})
    whole, parts = (np.random.Generator(getattr(np.random, bits)(7)) for _ in range(2))
    rows = mix.sample(n, rng=whole)
    batches = list(mix.sample_batches(n, batch, rng=parts))
    assert [len(codes) for codes in batches[:-1]] == [batch] * (len(batches) - 1)
    np.testing.assert_array_equal(np.concatenate(batches), rows)
    assert parts.random() == whole.random()


def test_sampling_keeps_a_half_drawn_number():
    net = network_of_many_states(19)
    left = []
    for draw in (lambda rng: net.sample(1000, rng=rng), lambda rng: rng.random((1000, 19))):
        rng = np.random.default_rng(7)
        rng.integers(10, size=3, dtype=np.uint32)
        draw(rng)
        left.append(rng.integers(10, size=9, dtype=np.uint32))
    np.testing.assert_array_equal(left[0], left[1])
