from typing import Self

import numpy as np
import numpy.typing as npt

WIDEST: int

class FlatLayout:
    n: int
    size: int
    def __new__(
        cls,
        cards: npt.NDArray[np.int64],
        offsets: npt.NDArray[np.int64],
        parent_ptr: npt.NDArray[np.int64],
        parent_index: npt.NDArray[np.int64],
        parent_stride: npt.NDArray[np.int64],
        order: npt.NDArray[np.int64],
    ) -> Self: ...

class EliminationOrder:
    layout: FlatLayout
    steps: int
    cost: float
    place: memoryview
    owner: memoryview
    summed: memoryview
    scope_ptr: memoryview
    scope: memoryview
    def __new__(cls, layout: FlatLayout) -> Self: ...

class Plan:
    layout: FlatLayout
    steps: int
    largest_step: int
    summed: memoryview
    scope_ptr: memoryview
    scope: memoryview
    head: memoryview
    after: memoryview
    made: memoryview
    def __new__(cls, order: EliminationOrder) -> Self: ...
    def axes(self, step: int) -> list[int]: ...
    def factors(self, step: int) -> list[int]: ...

class MergedGroups:
    layout: FlatLayout
    ptr: memoryview
    variable: memoryview
    shift: memoryview
    node_ptr: memoryview
    nodes: memoryview
    def __new__(
        cls,
        layout: FlatLayout,
        ptr: npt.NDArray[np.int64],
        variable: npt.NDArray[np.int64],
        shift: npt.NDArray[np.int64],
        node_ptr: npt.NDArray[np.int64],
        nodes: npt.NDArray[np.int64],
    ) -> Self: ...

class Chunk:
    merged: MergedGroups
    groups: memoryview
    table_ptr: memoryview
    tables: memoryview
    wide: memoryview
    set_groups: memoryview
    set_table_ptr: memoryview
    set_tables: memoryview
    set_wide: memoryview
    kept: memoryview
    start: memoryview
    def __new__(
        cls,
        merged: MergedGroups,
        groups: npt.NDArray[np.int64],
        table_ptr: npt.NDArray[np.int64],
        tables: npt.NDArray[np.float64],
        wide: npt.NDArray[np.int64],
        set_groups: npt.NDArray[np.int64],
        set_table_ptr: npt.NDArray[np.int64],
        set_tables: npt.NDArray[np.float64],
        set_wide: npt.NDArray[np.int64],
        kept: npt.NDArray[np.int64],
        start: npt.NDArray[np.float64],
    ) -> Self: ...
