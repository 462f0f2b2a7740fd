import numpy as np
import numpy.typing as npt

def pack(
    codes: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint64],
) -> None: ...
def count(bits: npt.NDArray[np.uint64], sets: npt.NDArray[np.int64]) -> int: ...
