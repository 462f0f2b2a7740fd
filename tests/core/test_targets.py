"""Operations on targets, compared with dictionaries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domix.core.targets import by_size, from_pairs, restricted, union, with_value, without

VARIABLES = st.integers(0, 6)
SETTINGS = st.dictionaries(VARIABLES, st.integers(0, 3))


@given(SETTINGS, VARIABLES, st.integers(0, 3))
def test_setting_and_unsetting_one_variable(setting, variable, value):
    target = from_pairs(setting.items())
    assert with_value(target, variable, value) == from_pairs({**setting, variable: value}.items())
    assert without(target, variable) == from_pairs(
        (i, v) for i, v in setting.items() if i != variable
    )


@given(SETTINGS, st.sets(VARIABLES))
def test_union_of_two_parts(setting, variables):
    target = from_pairs(setting.items())
    inside, outside = restricted(target, variables), restricted(target, set(range(7)) - variables)
    assert {i for i, _ in inside} == set(setting) & variables
    assert union(inside, outside) == union(outside, target) == target


@given(st.lists(SETTINGS, max_size=5))
def test_order_by_size(settings):
    targets = by_size(from_pairs(setting.items()) for setting in settings)
    keys = [(len(target), target) for target in targets]
    assert keys == sorted(keys)
