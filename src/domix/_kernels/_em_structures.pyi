from typing import Self, final

import numpy as np
import numpy.typing as npt

@final
class DataRows:
    rows: int
    variables: int
    size: int
    codes: memoryview
    entries: memoryview
    counts: memoryview
    def __new__(
        cls,
        codes: npt.NDArray[np.uint8],
        entries: npt.NDArray[np.int32],
        counts: npt.NDArray[np.float64],
        size: int,
    ) -> Self: ...

@final
class ComponentRows:
    data: DataRows
    components: int
    ptr: memoryview
    rows: memoryview
    variable_ptr: memoryview
    variables: memoryview
    def __new__(
        cls,
        data: DataRows,
        ptr: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int32],
        variable_ptr: npt.NDArray[np.int64],
        variables: npt.NDArray[np.int64],
    ) -> Self: ...

@final
class Workspace:
    value: memoryview
    density: memoryview
    expected_counts: memoryview
    intervened_counts: memoryview
    def __new__(
        cls,
        value: npt.NDArray[np.float64],
        density: npt.NDArray[np.float64],
        expected_counts: npt.NDArray[np.float64],
        intervened_counts: npt.NDArray[np.float64],
    ) -> Self: ...

@final
class PrefixLists:
    ptr: memoryview
    prefix: memoryview
    value: memoryview
    def __new__(
        cls,
        ptr: npt.NDArray[np.int64],
        prefix: npt.NDArray[np.int32],
        value: npt.NDArray[np.float64],
    ) -> Self: ...

@final
class LiftGroups:
    lists: PrefixLists
    states: int
    lifts: int
    size: int
    entry: memoryview
    counts: memoryview
    def __new__(
        cls,
        lists: PrefixLists,
        entry: npt.NDArray[np.int64],
        counts: npt.NDArray[np.float64],
        states: int,
        size: int,
    ) -> Self: ...

@final
class LiftPairs:
    groups: LiftGroups
    place: memoryview
    entry: memoryview
    prefix: memoryview
    rate: memoryview
    load: memoryview
    def __new__(
        cls,
        groups: LiftGroups,
        place: npt.NDArray[np.int32],
        entry: npt.NDArray[np.int32],
        prefix: npt.NDArray[np.int32],
    ) -> Self: ...
