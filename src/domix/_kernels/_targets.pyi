import numpy as np
import numpy.typing as npt

def log_prob_targets(
    codes: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    log_values: npt.NDArray[np.float64],
    total: npt.NDArray[np.float64],
    zeros: npt.NDArray[np.int32],
    set_variable: npt.NDArray[np.int64],
    slot: npt.NDArray[np.int64],
    target_ptr: npt.NDArray[np.int64],
    target_variable: npt.NDArray[np.int64],
    target_value: npt.NDArray[np.int64],
    scratch: npt.NDArray[np.uint8],
    terms: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
