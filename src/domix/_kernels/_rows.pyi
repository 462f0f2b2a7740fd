import numpy as np
import numpy.typing as npt

from domix._kernels._structures import FlatLayout

def pack(
    codes: npt.NDArray[np.uint8],
    cards: npt.NDArray[np.uint64],
    column_ptr: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint64],
) -> None: ...
def number(
    keys: npt.NDArray[np.uint64],
    slots: npt.NDArray[np.int32],
    first: npt.NDArray[np.int64],
    number: npt.NDArray[np.int64],
) -> int: ...
def count_entries(
    codes: npt.NDArray[np.uint8], layout: FlatLayout, out: npt.NDArray[np.int64]
) -> None: ...
def weigh_entries(
    entries: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
