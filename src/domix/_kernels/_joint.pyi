import numpy as np
import numpy.typing as npt

def step(n: int) -> int: ...
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
    group_ptr: npt.NDArray[np.int64],
    group_variable: npt.NDArray[np.int64],
    group_shift: npt.NDArray[np.int64],
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
    scratch: npt.NDArray[np.uint8],
    index: npt.NDArray[np.uint8],
    terms: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> bool: ...
