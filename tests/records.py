"""Random records for the formats: odd names, odd labels, and numbers of every size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from domix.formats.record import NetworkRecord

# Characters that a BIF file can hold between quotes; surrogates are not UTF-8.
LINE = st.characters(exclude_categories=["Cs"], exclude_characters='"\r\n')
ANY = st.characters(exclude_categories=["Cs"])
TRICKY = st.sampled_from(
    ["Asy/Patch", "<5", "12+", ">=3.5%", "a//b", "a/*b", "x y", "a,b", "a|b", "(0,5]", "{", ";"]
) | st.sampled_from(["table", "default", "property", "variable", "0", "1e-5", "1/3", "naïve", "-"])
LABELS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def records(draw, *, exact=False, typed=False):
    """A record of up to four variables; ``typed`` adds labels that are not text, and counts."""
    letters = ANY if typed else LINE
    names = draw(
        st.lists(st.text(letters, min_size=1) | TRICKY, min_size=1, max_size=4, unique=True)
    )
    text = st.text(letters) | TRICKY
    label = text | LABELS if typed else text
    states = {
        name: tuple(draw(st.lists(label, min_size=1, max_size=3, unique_by=str))) for name in names
    }
    order = draw(st.permutations(names))
    parents = {
        name: tuple(draw(st.permutations(order[:i]))[: draw(st.integers(0, 3))])
        for i, name in enumerate(order)
    }
    entry = st.fractions(min_value=0) if exact else st.floats(0, allow_infinity=False)
    tables = {name: _table(draw, states, parents[name], name, entry) for name in names}
    if not (typed and draw(st.booleans())):
        return NetworkRecord(states, {name: parents[name] for name in names}, tables)
    count = st.integers(0, 2**40).map(float)
    counts = {name: _table(draw, states, parents[name], name, count) for name in names}
    return NetworkRecord(
        states, {name: parents[name] for name in names}, tables, counts, draw(st.floats(0, 10))
    )


def _table(draw, states, parents, name, entry):
    shape = [len(states[each]) for each in (*parents, name)]
    few = draw(st.lists(entry, min_size=1, max_size=6))
    exact = isinstance(few[0], Fraction)
    table = np.empty(shape, dtype=object if exact else np.float64)
    table.reshape(-1)[:] = [few[i % len(few)] for i in range(table.size)]
    return table


def assert_same(left, right):
    """Equal in every bit, label types and orders included."""
    assert list(left.states.items()) == list(right.states.items())
    for name, labels in left.states.items():
        assert [type(label) for label in labels] == [type(label) for label in right.states[name]]
    assert left.parents == right.parents
    _same_arrays(left.tables, right.tables)
    assert (left.counts is None) == (right.counts is None)
    if left.counts is not None:
        _same_arrays(left.counts, right.counts)
    assert left.pseudocount == right.pseudocount


def _same_arrays(left, right):
    assert left.keys() == right.keys()
    for name, array in left.items():
        assert (array.dtype, array.shape) == (right[name].dtype, right[name].shape)
        if array.dtype == object:
            assert array.tolist() == right[name].tolist()
        else:
            assert array.tobytes() == right[name].tobytes()
