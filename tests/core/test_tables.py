"""Layouts: orders, cycles, and how large they may be."""

from __future__ import annotations

import pytest

from domix import Network, NetworkError
from domix.core.graph import CycleError, topological_order
from domix.core.tables import Layout, TableTooLargeError


def test_entries_are_in_c_order_of_parents_and_values():
    layout = Layout.build([2, 3, 2], [[], [], [1, 0]])
    entries = [layout.entry(2, (a, b, c)) for b in range(3) for a in range(2) for c in range(2)]
    assert entries == list(range(5, 17))
    assert layout.shape(2) == (3, 2, 2)


def test_a_cycle_is_named_in_the_order_of_its_arrows():
    with pytest.raises(CycleError) as caught:
        topological_order([[], [0, 3], [1], [2]])
    cycle = caught.value.cycle
    assert sorted(cycle) == [1, 2, 3]
    assert [[], [0, 3], [1], [2]][cycle[1]].count(cycle[0]) == 1


def test_more_entries_than_32_bits_number_are_refused():
    with pytest.raises(TableTooLargeError):
        Layout.build([2] * 33, [[]] * 32 + [list(range(32))])


@pytest.mark.parametrize("parents", [40, 70])
def test_too_many_parents_are_refused(parents):
    names = [f"V{i}" for i in range(parents)]
    graph = {**{name: [] for name in names}, "W": names}
    states = {name: [0, 1] for name in graph}
    with pytest.raises(NetworkError, match=f"variable 'W': a table for {parents} parents"):
        Network(graph, states, {name: [0.5, 0.5] for name in graph})
    with pytest.raises(NetworkError, match=f"variable 'W': a table for {parents} parents"):
        Network.fit(graph, [[0] * (parents + 1)], states)
