import numpy as np
import numpy.typing as npt

ROWS: int

def sample(
    uniforms: npt.NDArray[np.float64],
    order: npt.NDArray[np.int64],
    cards: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    cumulative: npt.NDArray[np.float64],
    fixed: npt.NDArray[np.int64],
    scratch: npt.NDArray[np.uint8],
    out: npt.NDArray[np.uint8],
) -> None: ...
