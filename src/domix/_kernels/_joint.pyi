import numpy as np
import numpy.typing as npt

from domix._kernels._structures import Chunk, FlatLayout

def entry_indices(
    codes: npt.NDArray[np.uint8], layout: FlatLayout, out: npt.NDArray[np.int32]
) -> None: ...
def log_prob(
    codes: npt.NDArray[np.uint8],
    log_values: npt.NDArray[np.float64],
    chunk: Chunk,
    out: npt.NDArray[np.float64],
) -> bool: ...
