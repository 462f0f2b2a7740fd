import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import LiftGroups, LiftPairs, PrefixLists

def em_step(
    pairs: LiftPairs,
    impossible_row_cost: float,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    expected_counts: npt.NDArray[np.float64],
    entry_counts: npt.NDArray[np.float64],
) -> float: ...
def drop_costs(
    groups: LiftGroups,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    to_sibling: npt.NDArray[np.float64],
    to_all: npt.NDArray[np.float64],
) -> None: ...
def advance(
    groups: LiftGroups,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    new_index: npt.NDArray[np.int64],
    negligible: float,
    out: PrefixLists,
) -> None: ...
