"""domix finds the hidden interventions behind mixed data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from domix import exact
    from domix.core.intervention import Intervention, do
    from domix.core.soft.values import Misread, Stochastic
    from domix.data.discretizing.discretizer import Discretizer
    from domix.design.analysis import PowerAnalysis
    from domix.design.power import power
    from domix.estimation.disentangle import disentangle
    from domix.estimation.learn_graph import learn_graph
    from domix.identifiability.diagnose import diagnose
    from domix.model.graphs import read_graph
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
    from domix.model_check import check_model
    from domix.population.algorithm1 import disentangle_population
    from domix.population.algorithm2 import disentangle_plugin
    from domix.results.assignment import Assignment
    from domix.results.checks.check import ModelCheck
    from domix.results.component import Alternative, Component
    from domix.results.groups import GroupResults
    from domix.results.result import Disentanglement

__all__ = [
    "Alternative",
    "Assignment",
    "CertificateError",
    "Component",
    "DataError",
    "Discretizer",
    "Disentanglement",
    "DomixError",
    "DomixWarning",
    "ExclusionError",
    "FormatError",
    "GroupResults",
    "Intervention",
    "InterventionError",
    "Misread",
    "MissingExtraError",
    "Mixture",
    "ModelCheck",
    "Network",
    "NetworkError",
    "NotAMixtureError",
    "PositivityError",
    "PowerAnalysis",
    "Stochastic",
    "Table",
    "check_model",
    "diagnose",
    "disentangle",
    "disentangle_plugin",
    "disentangle_population",
    "do",
    "exact",
    "from_networkx",
    "from_pgmpy",
    "from_pyagrum",
    "learn_graph",
    "power",
    "read_graph",
    "read_network",
    "write_network",
]

# Imported on first use: a program that looks up probabilities needs none of them.
_LAZY = {
    "Alternative": "domix.results.component",
    "Assignment": "domix.results.assignment",
    "Component": "domix.results.component",
    "Discretizer": "domix.data.discretizing.discretizer",
    "Disentanglement": "domix.results.result",
    "GroupResults": "domix.results.groups",
    "Intervention": "domix.core.intervention",
    "Misread": "domix.core.soft.values",
    "Mixture": "domix.model.mixture",
    "ModelCheck": "domix.results.checks.check",
    "Network": "domix.model.network",
    "PowerAnalysis": "domix.design.analysis",
    "Stochastic": "domix.core.soft.values",
    "Table": "domix.model.table",
    "check_model": "domix.model_check",
    "diagnose": "domix.identifiability.diagnose",
    "disentangle": "domix.estimation.disentangle",
    "disentangle_plugin": "domix.population.algorithm2",
    "disentangle_population": "domix.population.algorithm1",
    "do": "domix.core.intervention",
    "from_networkx": "domix.model.io",
    "from_pgmpy": "domix.model.io",
    "from_pyagrum": "domix.model.io",
    "learn_graph": "domix.estimation.learn_graph",
    "power": "domix.design.power",
    "read_graph": "domix.model.graphs",
    "read_network": "domix.model.io",
    "write_network": "domix.model.io",
}

_ROOMS = ("exact", "plots", "report")
"""Rooms that are imported on first use."""


def __getattr__(name: str) -> Any:
    """Import a name on first use, if its module is slow to import."""
    if name == "__version__":
        from domix._version import __version__

        return __version__
    if name in _ROOMS:
        return import_module(f"domix.{name}")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names that were not imported yet, too, for editors and shells."""
    return sorted({*globals(), *__all__})
