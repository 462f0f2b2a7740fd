import numpy as np
import numpy.typing as npt

from domix._kernels._structures import FlatLayout

BLOCK_ROWS: int

def sample(
    uniforms: npt.NDArray[np.float64],
    layout: FlatLayout,
    cumulative: npt.NDArray[np.float64],
    fixed: npt.NDArray[np.int64],
    scratch: npt.NDArray[np.uint8],
    out: npt.NDArray[np.uint8],
) -> None: ...
