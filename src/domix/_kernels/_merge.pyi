import numpy as np
import numpy.typing as npt

def merge(
    cards: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    log_values: npt.NDArray[np.float64],
    group_ptr: npt.NDArray[np.int64],
    group_variable: npt.NDArray[np.int64],
    group_shift: npt.NDArray[np.int64],
    node_ptr: npt.NDArray[np.int64],
    nodes: npt.NDArray[np.int64],
    fixed: npt.NDArray[np.int64],
    which: npt.NDArray[np.int64],
    table_ptr: npt.NDArray[np.int64],
    out: npt.NDArray[np.float64],
) -> None: ...
