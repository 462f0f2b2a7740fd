import numpy as np
import numpy.typing as npt

from domix._kernels._em_structures import PrefixLists

def fingerprints(
    lists: PrefixLists,
    precision: float,
    out: npt.NDArray[np.uint64],
) -> None: ...
def gather(
    lists: PrefixLists,
    chosen: npt.NDArray[np.int64],
    out: PrefixLists,
) -> None: ...
