import numpy as np
import numpy.typing as npt

WIDEST: int

class FlatLayout:
    n: int
    size: int
    def __init__(
        self,
        cards: npt.NDArray[np.int64],
        offsets: npt.NDArray[np.int64],
        parent_ptr: npt.NDArray[np.int64],
        parent_index: npt.NDArray[np.int64],
        parent_stride: npt.NDArray[np.int64],
        order: npt.NDArray[np.int64],
    ) -> None: ...

class EliminationOrder:
    layout: FlatLayout
    steps: int
    cost: float
    place: memoryview
    owner: memoryview
    summed: memoryview
    scope_ptr: memoryview
    scope: memoryview
    def __init__(self, layout: FlatLayout) -> None: ...

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
    def __init__(self, order: EliminationOrder) -> None: ...
    def axes(self, step: int) -> list[int]: ...
    def factors(self, step: int) -> list[int]: ...

class MergedGroups:
    layout: FlatLayout
    ptr: memoryview
    variable: memoryview
    shift: memoryview
    node_ptr: memoryview
    nodes: memoryview
    def __init__(
        self,
        layout: FlatLayout,
        ptr: npt.NDArray[np.int64],
        variable: npt.NDArray[np.int64],
        shift: npt.NDArray[np.int64],
        node_ptr: npt.NDArray[np.int64],
        nodes: npt.NDArray[np.int64],
    ) -> None: ...

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
    def __init__(
        self,
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
    ) -> None: ...
