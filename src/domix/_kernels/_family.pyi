import numpy as np
import numpy.typing as npt

def count(
    columns: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float64],
    cards: npt.NDArray[np.int64],
    family: npt.NDArray[np.int64],
    out: npt.NDArray[np.float64],
) -> None: ...
def bdeu(counts: npt.NDArray[np.float64], card: int, sample_size: float) -> float: ...
def log_likelihood(counts: npt.NDArray[np.float64], card: int) -> float: ...
def score_additions(
    columns: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float64],
    cards: npt.NDArray[np.int64],
    family: npt.NDArray[np.int64],
    sample_size: float,
    at: npt.NDArray[np.int32],
    counts: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None: ...
