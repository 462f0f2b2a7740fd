import numpy as np
import numpy.typing as npt

from domix._kernels._structures import EliminationOrder, FlatLayout

KEPT: int
GIVEN: int
SET: int

def order(
    layout: FlatLayout,
    names: npt.NDArray[np.int64],
    flags: npt.NDArray[np.uint8],
    by_fill: bool,
) -> EliminationOrder: ...
