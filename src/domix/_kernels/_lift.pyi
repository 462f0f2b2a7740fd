import numpy as np
import numpy.typing as npt

def em_step(
    entry_ptr: npt.NDArray[np.int64],
    pair: npt.NDArray[np.int32],
    value: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    pair_cell: npt.NDArray[np.int32],
    pair_prefix: npt.NDArray[np.int32],
    k: int,
    impossible: float,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    rate: npt.NDArray[np.float64],
    load: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
    stayed: npt.NDArray[np.float64],
) -> float: ...
def drop_costs(
    entry_ptr: npt.NDArray[np.int64],
    prefix: npt.NDArray[np.int32],
    value: npt.NDArray[np.float64],
    cell: npt.NDArray[np.int64],
    counts: npt.NDArray[np.float64],
    k: int,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    to_sibling: npt.NDArray[np.float64],
    to_all: npt.NDArray[np.float64],
) -> None: ...
def advance(
    entry_ptr: npt.NDArray[np.int64],
    prefix: npt.NDArray[np.int32],
    value: npt.NDArray[np.float64],
    cell: npt.NDArray[np.int64],
    k: int,
    weights: npt.NDArray[np.float64],
    theta: npt.NDArray[np.float64],
    new_index: npt.NDArray[np.int64],
    negligible: float,
    out_ptr: npt.NDArray[np.int64],
    out_prefix: npt.NDArray[np.int32],
    out_value: npt.NDArray[np.float64],
) -> None: ...
def fingerprints(
    entry_ptr: npt.NDArray[np.int64],
    prefix: npt.NDArray[np.int32],
    value: npt.NDArray[np.float64],
    precision: float,
    out: npt.NDArray[np.uint64],
) -> None: ...
def gather(
    entry_ptr: npt.NDArray[np.int64],
    prefix: npt.NDArray[np.int32],
    value: npt.NDArray[np.float64],
    groups: npt.NDArray[np.int64],
    out_ptr: npt.NDArray[np.int64],
    out_prefix: npt.NDArray[np.int32],
    out_value: npt.NDArray[np.float64],
) -> None: ...
