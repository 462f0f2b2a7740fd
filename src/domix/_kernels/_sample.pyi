import numpy as np
import numpy.typing as npt

from domix._kernels._structures import FlatLayout

def sample(
    uniforms: npt.NDArray[np.float64],
    layout: FlatLayout,
    cumulative: npt.NDArray[np.float64],
    fixed: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
) -> None: ...
