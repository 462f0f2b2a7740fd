import numpy as np
import numpy.typing as npt

TILE: int

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
def count_cells(
    codes: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    parent_ptr: npt.NDArray[np.int64],
    parent_index: npt.NDArray[np.int64],
    parent_stride: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int32],
    cell: npt.NDArray[np.int32],
    out: npt.NDArray[np.int64],
) -> None: ...
def weigh_cells(
    cells: npt.NDArray[np.int32],
    weights: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
