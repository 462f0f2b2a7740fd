import numpy as np
import numpy.typing as npt

def em_step(
    ptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    contested: npt.NDArray[np.int32],
    variable_ptr: npt.NDArray[np.int64],
    variables: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    counts: npt.NDArray[np.float64],
    ratio: npt.NDArray[np.float64],
    change: npt.NDArray[np.float64],
    learn: bool,
    impossible: float,
    weights: npt.NDArray[np.float64],
    value: npt.NDArray[np.float64],
    density: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
    moved: npt.NDArray[np.float64],
) -> float: ...
def normalise_tables(
    row_starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float64],
    log_theta: npt.NDArray[np.float64],
) -> None: ...
def differential(
    ptr: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    variable_ptr: npt.NDArray[np.int64],
    variables: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int32],
    counts: npt.NDArray[np.float64],
    posterior: npt.NDArray[np.float64],
    log_weight_change: npt.NDArray[np.float64],
    log_theta_change: npt.NDArray[np.float64],
    scratch: npt.NDArray[np.float64],
    row_mean: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
    moved: npt.NDArray[np.float64],
) -> None: ...
