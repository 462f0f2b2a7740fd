"""Draw the pictures of docs/ anew: python docs/pictures/draw.py"""

from __future__ import annotations

import sys
from fractions import Fraction as F
from pathlib import Path

from domix import Mixture, Network, do
from domix.plots_identifiability import plot_line


def draw(folder: Path) -> None:
    """One variable, P = (1/3, 2/3), as in docs/identifiability.md."""
    net = Network({"V1": []}, {"V1": [0, 1]}, {"V1": [F(1, 3), F(2, 3)]})
    mixtures = {
        "identifiability-line": {do(): F(1, 2), do(V1=0): F(3, 10), do(V1=1): F(1, 5)},
        "identifiability-nothing": {do(): 1},
    }
    for name, parts in mixtures.items():
        plot_line(Mixture(net, parts)).savefig(folder / f"{name}.png", dpi=110)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
