"""domix finds the hidden interventions behind mixed data."""

from domix.core.intervention import Intervention, do
from domix.disentangle.likelihood import disentangle
from domix.disentangle.plugin import disentangle_plugin
from domix.disentangle.population import disentangle_population
from domix.disentangle.result import Assignment, Component, Disentanglement
from domix.errors import (
    CertificateError,
    DataError,
    DomixError,
    DomixWarning,
    ExclusionError,
    FormatError,
    InterventionError,
    MissingExtraError,
    NetworkError,
    NotAMixtureError,
    PositivityError,
)
from domix.model.io import (
    from_networkx,
    from_pgmpy,
    from_pyagrum,
    read_network,
    write_network,
)
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.table import Table

__all__ = [
    "Assignment",
    "CertificateError",
    "Component",
    "DataError",
    "Disentanglement",
    "DomixError",
    "DomixWarning",
    "ExclusionError",
    "FormatError",
    "Intervention",
    "InterventionError",
    "MissingExtraError",
    "Mixture",
    "Network",
    "NetworkError",
    "NotAMixtureError",
    "PositivityError",
    "Table",
    "disentangle",
    "disentangle_plugin",
    "disentangle_population",
    "do",
    "from_networkx",
    "from_pgmpy",
    "from_pyagrum",
    "read_network",
    "write_network",
]


def __getattr__(name: str) -> str:
    # Reading the package's metadata costs more than all else that the import does.
    if name == "__version__":
        from importlib.metadata import version

        return version("domix")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
