import numpy as np
import numpy.typing as npt

def log_ratios(
    rows: npt.NDArray[np.int32],
    variables: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    log_theta: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
def separate(
    ptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    variable_ptr: npt.NDArray[np.int64],
    variables: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    counts: npt.NDArray[np.float64],
    ratio: npt.NDArray[np.float64],
    log_negligible: float,
    best: npt.NDArray[np.float64],
    number: npt.NDArray[np.int32],
    out_ptr: npt.NDArray[np.int64],
    out_rows: npt.NDArray[np.int32],
    contested: npt.NDArray[np.int32],
    mass: npt.NDArray[np.float64],
    moved: npt.NDArray[np.float64],
) -> tuple[int, int]: ...
def mark_informed(
    ptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    variable_ptr: npt.NDArray[np.int64],
    variables: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    row_of_cell: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> None: ...
