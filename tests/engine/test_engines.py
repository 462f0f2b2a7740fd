"""Results of steps do not depend on where they run."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine_steps
from domix.engine.choice import choose_engine
from domix.engine.cluster import Cluster
from domix.engine.threads import Threads
from domix.errors import DataError

DTYPES = ["u1", "i4", "i8", "f8", "?", "U3", "O"]


@pytest.fixture(scope="module")
def engines(client):
    return [Threads(2), Threads(1, memory_limit=1), Threads(2, memory_limit=1), Cluster(client)]


@st.composite
def arrays(draw):
    shape = draw(st.lists(st.integers(0, 4), max_size=3))
    numbers = np.arange(np.prod(shape, dtype=int)) % 7
    array = numbers.reshape(shape).astype(draw(st.sampled_from(DTYPES)))
    form = draw(st.sampled_from(["C", "F", "strided", "read-only"]))
    if form == "F":
        array = np.asfortranarray(array)
    elif form == "strided":
        array = array[..., ::2] if shape else array
    array.flags.writeable = form != "read-only"
    return array


values = st.one_of(
    arrays(),
    st.builds(engine_steps.Bundle, arrays(), arrays(), st.floats(allow_nan=False)),
    st.none(),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=3),
)


def run(engine, parts, common, numbers):
    """Hold, select, chain and collect."""
    given_parts = engine.spread(parts)
    doubled = engine.hold(engine_steps.double, given_parts, times=3)
    chosen = engine.chain(doubled, given_parts).select(numbers)
    both = engine.hold(engine_steps.pair, chosen, engine.spread(numbers), common=common)
    assert len(both) == len(numbers)
    return [engine.collect(engine_steps.describe, own) for own in (doubled, both)]


# Threads of the cluster draw random numbers while examples are drawn, which is harmless.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
@settings(max_examples=25)
@given(parts=st.lists(values, max_size=4), common=arrays(), data=st.data())
def test_results_are_the_same_everywhere(engines, parts, common, data):
    common = np.zeros(common.shape) if common.dtype.kind in "UO" else common
    last = 2 * len(parts) - 1
    numbers = data.draw(st.lists(st.integers(0, last), max_size=6)) if parts else []
    expected = run(Threads(1), parts, common, numbers)
    for engine in engines:
        assert run(engine, parts, common, numbers) == expected


def test_large_common_arguments(engines):
    common = np.arange(300_000.0)
    for engine in engines:
        parts = engine.hold(
            engine_steps.pair, engine.spread([1, 2]), engine.spread([3, 4]), common=common
        )
        found = engine.collect(engine_steps.describe, parts)
        assert found == [(1, {"second": 3}, common.sum()), (2, {"second": 4}, common.sum())]


def test_an_error_of_a_step_is_raised(engines):
    for engine in engines:
        held = engine.spread(["good", "bad"])
        with pytest.raises(DataError, match=r"^data: bad is bad$") as caught:
            engine.collect(engine_steps.fail_at, held, bad="bad")
        assert caught.value.argument == "data"


def test_parts_of_unequal_number_are_refused(engines):
    for engine in engines:
        with pytest.raises(ValueError, match=r"shorter|longer"):
            engine.collect(os.path.join, engine.spread(["a", "b"]), engine.spread(["c"]))


def test_no_call_begins_after_an_error():
    begun = []

    def step(number):
        begun.append(number)
        if number == 1:
            raise DataError("bad")
        engine_steps.wait(number, seconds=0.02)

    engine = Threads(2)
    with pytest.raises(DataError):
        engine.collect(step, engine.spread(range(50)))
    assert len(begun) < 10


def test_results_can_be_pickled(engines):
    # Parts in files are arrays like others once a step returns them.
    array = np.arange(6.0).reshape(2, 3)
    for engine in engines:
        [found] = engine.collect(np.asarray, engine.hold(np.asarray, engine.spread([array])))
        assert np.array_equal(pickle.loads(pickle.dumps(found)), array)


def test_a_limit_is_not_for_the_workers_of_a_cluster():
    with pytest.raises(DataError, match="memory_limit: is for the threads of this process"):
        choose_engine(client=object(), memory_limit="1GB")
