"""The embedded example: an invented gene-editing screen with off-target effects."""

from __future__ import annotations

from importlib.resources import as_file, files

from domix.core.intervention import Intervention, do
from domix.model.io import read_network
from domix.model.mixture import Mixture
from domix.model.network import Network

__all__ = ["network", "planted"]

# No edit sets a gene to its normal level: this is the unused value that exclusion requires.
TARGETS: dict[Intervention, float] = {
    do(Tarn="low"): 0.34,  # the intended edit, which silences Tarn
    do(): 0.26,  # the edit failed
    do(Tarn="low", Quen="low"): 0.14,  # Quen, a near copy of Tarn, was cut as well
    do(Quen="low"): 0.10,  # only the near copy was cut
    do(Tarn="low", Sivo="high"): 0.09,  # the insert's promoter drives its neighbour Sivo
    do(Tarn="low", Pryd="low", Ungo="low"): 0.07,  # a long deletion removed two neighbours as well
}


def network() -> Network:
    """Return the network of the screen: ten genes with the levels low, normal and high.

    Returns
    -------
    Network
        With known tables.

    Examples
    --------
    >>> network().variables
    ('Vesk', 'Olmo', 'Tarn', 'Quen', 'Pryd', 'Rhun', 'Sivo', 'Ungo', 'Wenl', 'Yarl')
    """
    with as_file(files(__name__) / "screen.json") as path:
        return read_network(path)


def planted() -> Mixture:
    """Return the true mixture of the screen: six interventions with their weights.

    Returns
    -------
    Mixture
        On :func:`network`.

    Examples
    --------
    >>> float(planted().weights.sum().round(12))
    1.0
    """
    return Mixture(network(), TARGETS)
