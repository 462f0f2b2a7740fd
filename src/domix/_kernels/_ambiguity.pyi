import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import ComponentRows, DataRows, Workspace

def log_ratios(
    data: DataRows,
    rows: npt.NDArray[np.int32],
    variables: npt.NDArray[np.int64],
    log_theta: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
def separate(
    pairs: ComponentRows,
    log_negligible: float,
    workspace: Workspace,
    number: npt.NDArray[np.int32],
    ambiguous: npt.NDArray[np.int32],
    out_ptr: npt.NDArray[np.int64],
    out_rows: npt.NDArray[np.int32],
) -> tuple[int, int]: ...
def mark_informed(
    pairs: ComponentRows,
    row_of_entry: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> None: ...
