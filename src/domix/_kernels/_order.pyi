import numpy as np
import numpy.typing as npt

KEPT: int
GIVEN: int
SET: int
WIDEST: int

def order(
    cards: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    names: npt.NDArray[np.int64],
    flags: npt.NDArray[np.uint8],
    near: npt.NDArray[np.uint64],
    score: npt.NDArray[np.float64],
    axes: npt.NDArray[np.int32],
    variable: npt.NDArray[np.int32],
    local: npt.NDArray[np.int32],
    by_fill: bool,
    place: npt.NDArray[np.int32],
    owner: npt.NDArray[np.int32],
    summed: npt.NDArray[np.int32],
    scope_ptr: npt.NDArray[np.int32],
    scope: npt.NDArray[np.int32],
) -> tuple[int, float]: ...
