import numpy as np
import numpy.typing as npt

def link(
    cards: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    owner: npt.NDArray[np.int32],
    place: npt.NDArray[np.int32],
    summed: npt.NDArray[np.int32],
    scope_ptr: npt.NDArray[np.int32],
    latest: npt.NDArray[np.int32],
    scope: npt.NDArray[np.int32],
    head: npt.NDArray[np.int32],
    after: npt.NDArray[np.int32],
    made: npt.NDArray[np.int64],
) -> int: ...
