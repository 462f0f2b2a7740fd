import numpy as np
import numpy.typing as npt

from domix._kernels._structures import MergedGroups

def merge(
    log_values: npt.NDArray[np.float64],
    groups: MergedGroups,
    fixed: npt.NDArray[np.int64],
    which: npt.NDArray[np.int64],
    table_ptr: npt.NDArray[np.int64],
    out: npt.NDArray[np.float64],
) -> None: ...
