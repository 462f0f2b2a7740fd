import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import ComponentRows, Workspace

def em_step(
    pairs: ComponentRows,
    ambiguous: npt.NDArray[np.int32],
    ratio: npt.NDArray[np.float64],
    change: npt.NDArray[np.float64],
    impossible_row_cost: float,
    weights: npt.NDArray[np.float64],
    workspace: Workspace,
) -> float: ...
def normalize_tables(
    row_starts: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float64],
    log_theta: npt.NDArray[np.float64],
) -> None: ...
def differential(
    pairs: ComponentRows,
    responsibility: npt.NDArray[np.float64],
    log_weight_change: npt.NDArray[np.float64],
    log_theta_change: npt.NDArray[np.float64],
    workspace: Workspace,
) -> None: ...
