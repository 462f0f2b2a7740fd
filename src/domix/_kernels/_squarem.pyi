import numpy as np
import numpy.typing as npt

def step_length(
    p0: npt.NDArray[np.float64],
    p1: npt.NDArray[np.float64],
    p2: npt.NDArray[np.float64],
    total: float,
    l0: npt.NDArray[np.float64],
    l1: npt.NDArray[np.float64],
    l2: npt.NDArray[np.float64],
    table_counts: npt.NDArray[np.float64],
) -> float: ...
def extrapolate(
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    third: npt.NDArray[np.float64],
    step: float,
    out: npt.NDArray[np.float64],
) -> None: ...
