"""The embedded example: a gene-editing screen with off-target effects, of our own invention."""

from __future__ import annotations

from importlib.resources import as_file, files

from domix.core.intervention import Intervention, do
from domix.model.io import read_network
from domix.model.mixture import Mixture
from domix.model.network import Network

__all__ = ["network", "planted"]

# The edit is meant to knock out Tarn. No edit sets a gene to its normal level, so that level is
# the one that exclusion asks for.
PLANTED: dict[Intervention, float] = {
    do(Tarn="low"): 0.34,  # as intended
    do(): 0.26,  # the edit failed
    do(Tarn="low", Quen="low"): 0.14,  # Quen, a near copy of Tarn, was cut as well
    do(Quen="low"): 0.10,  # only the near copy was cut
    do(Tarn="low", Sivo="high"): 0.09,  # the insert's promoter drives its neighbour Sivo
    do(Tarn="low", Pryd="low", Ungo="low"): 0.07,  # a long deletion took two neighbours along
}


def network() -> Network:
    """The screen's network: ten genes with the levels low, normal and high.

    Examples
    --------
    >>> network().variables
    ('Vesk', 'Olmo', 'Tarn', 'Quen', 'Pryd', 'Rhun', 'Sivo', 'Ungo', 'Wenl', 'Yarl')
    """
    with as_file(files(__name__) / "screen.json") as path:
        return read_network(path)


def planted() -> Mixture:
    """The interventions behind the screen's cells, with their true weights.

    Examples
    --------
    >>> float(planted().weights.sum().round(12))
    1.0
    """
    return Mixture(network(), PLANTED)
