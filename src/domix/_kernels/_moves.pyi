import numpy as np
import numpy.typing as npt

def single_changes(
    codes: npt.NDArray[np.uint8],
    cells: npt.NDArray[np.int32],
    counts: npt.NDArray[np.float64],
    log_theta: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    log_density: npt.NDArray[np.float64],
    targets: npt.NDArray[np.int16],
    log_weights: npt.NDArray[np.float64],
    slot_ptr: npt.NDArray[np.int64],
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
) -> None: ...
def own_counts(
    ptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    responsibility: npt.NDArray[np.float64],
    cells: npt.NDArray[np.int32],
    out: npt.NDArray[np.float64],
) -> None: ...
def best_transfer(
    change: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]
) -> tuple[float, float]: ...
