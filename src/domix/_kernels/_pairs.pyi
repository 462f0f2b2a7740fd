import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import DataRows

def pair_changes(
    data: DataRows,
    theta: npt.NDArray[np.float64],
    log_density: npt.NDArray[np.float64],
    variables: npt.NDArray[np.int64],
    first_slot: npt.NDArray[np.int64],
    inverse: npt.NDArray[np.float64],
    moments: npt.NDArray[np.float64],
) -> None: ...
