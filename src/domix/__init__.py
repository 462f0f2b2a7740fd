"""domix finds the hidden interventions behind mixed data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from domix.core.intervention import Intervention, do
from domix.disentangle.likelihood import disentangle
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

if TYPE_CHECKING:
    from domix import exact
    from domix.disentangle.diagnose import diagnose
    from domix.disentangle.plugin import disentangle_plugin
    from domix.disentangle.population import disentangle_population

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
    "diagnose",
    "disentangle",
    "disentangle_plugin",
    "disentangle_population",
    "do",
    "exact",
    "from_networkx",
    "from_pgmpy",
    "from_pyagrum",
    "read_network",
    "write_network",
]


LATER = {
    "diagnose": "diagnose",
    "disentangle_plugin": "plugin",
    "disentangle_population": "population",
}


def __getattr__(name: str) -> Any:
    # What is dear to import, and not what most programs need, waits until it is asked for.
    if name == "__version__":
        from importlib.metadata import version

        return version("domix")
    if name == "exact":
        return import_module("domix.exact")
    if name in LATER:
        return getattr(import_module(f"domix.disentangle.{LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
