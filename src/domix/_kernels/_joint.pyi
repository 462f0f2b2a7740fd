import numpy as np
import numpy.typing as npt

BLOCK: int

def scratch_bytes(n: int) -> int: ...
def cells(
    codes: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    scratch: npt.NDArray[np.uint8],
    out: npt.NDArray[np.int32],
) -> None: ...
def log_prob(
    codes: npt.NDArray[np.uint8],
    cards: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    log_values: npt.NDArray[np.float64],
    wide: npt.NDArray[np.int64],
    group_ptr: npt.NDArray[np.int64],
    group_variable: npt.NDArray[np.int64],
    group_shift: npt.NDArray[np.int64],
    table_ptr: npt.NDArray[np.int64],
    merged: npt.NDArray[np.float64],
    scratch: npt.NDArray[np.uint8],
    out: npt.NDArray[np.float64],
) -> bool: ...
