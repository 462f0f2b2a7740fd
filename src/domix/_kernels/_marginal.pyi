import numpy as np
import numpy.typing as npt

BLOCK: int

def contract(
    cards: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    known: npt.NDArray[np.int64],
    summed: npt.NDArray[np.int32],
    scope_ptr: npt.NDArray[np.int32],
    scope: npt.NDArray[np.int32],
    head: npt.NDArray[np.int32],
    after: npt.NDArray[np.int32],
    made: npt.NDArray[np.int64],
    rescale: bool,
    stride: npt.NDArray[np.int64],
    index: npt.NDArray[np.int32],
    begin: npt.NDArray[np.int64],
    axis_of: npt.NDArray[np.int32],
    work: npt.NDArray[np.float64],
) -> None: ...
