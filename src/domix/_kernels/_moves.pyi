import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import ComponentRows, DataRows

def single_changes(
    data: DataRows,
    theta: npt.NDArray[np.float64],
    log_theta: npt.NDArray[np.float64],
    log_density: npt.NDArray[np.float64],
    targets: npt.NDArray[np.int16],
    log_weights: npt.NDArray[np.float64],
    slot_ptr: npt.NDArray[np.int64],
    moments: npt.NDArray[np.float64],
) -> None: ...
def own_counts(
    pairs: ComponentRows,
    expected: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
def best_transfer(
    change: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]
) -> tuple[float, float]: ...
