from typing import Self, final

import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import Workspace

@final
class SlotPairs:
    components: int
    size: int
    places: memoryview
    counts: memoryview
    ptr: memoryview
    rows: memoryview
    slot_ptr: memoryview
    variables: memoryview
    starts: memoryview
    def __new__(
        cls,
        places: npt.NDArray[np.int32],
        counts: npt.NDArray[np.float64],
        ptr: npt.NDArray[np.int64],
        rows: npt.NDArray[np.int32],
        slot_ptr: npt.NDArray[np.int64],
        variables: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
    ) -> Self: ...

def log_ratios(
    pairs: SlotPairs,
    log_factor: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
def e_step(
    pairs: SlotPairs,
    ratio: npt.NDArray[np.float64],
    change: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    impossible_row_cost: float,
    workspace: Workspace,
) -> float: ...
