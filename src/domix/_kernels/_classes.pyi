import numpy as np
import numpy.typing as npt

from domix._kernels._structures import FlatLayout

def match(
    columns: npt.NDArray[np.uint8],
    variables: npt.NDArray[np.int64],
    values: npt.NDArray[np.uint8],
    out: npt.NDArray[np.int32],
) -> int: ...
def append_entries(
    columns: npt.NDArray[np.uint8],
    layout: FlatLayout,
    rows: npt.NDArray[np.int32],
    variables: npt.NDArray[np.int64],
    keys: npt.NDArray[np.uint64],
) -> None: ...
def add_expected_counts(
    columns: npt.NDArray[np.uint8],
    layout: FlatLayout,
    counts: npt.NDArray[np.float64],
    numbers: npt.NDArray[np.int32],
    ptr: npt.NDArray[np.int64],
    component: npt.NDArray[np.int32],
    share: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
