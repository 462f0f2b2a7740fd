import numpy as np
import numpy.typing as npt

def log_likelihood(
    row_ptr: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float64],
    means: npt.NDArray[np.float64],
    sampling: npt.NDArray[np.float64],
    inverse_kappa: float,
) -> float: ...
