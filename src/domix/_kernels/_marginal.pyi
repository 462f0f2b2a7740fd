import numpy as np
import numpy.typing as npt

from domix._kernels._structures import Plan

def contract(
    values: npt.NDArray[np.float64],
    plan: Plan,
    known: npt.NDArray[np.int64],
    rescale: bool,
    work: npt.NDArray[np.float64],
) -> None: ...
