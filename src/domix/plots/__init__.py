"""Figures of results, graphs, checks of models, diagnoses and designs, drawn by matplotlib."""

from domix.plots.fit import plot_fit
from domix.plots.graphs.graph import plot_graph
from domix.plots.graphs.network import plot_network
from domix.plots.groups import plot_groups
from domix.plots.identifiability.plot import plot_identifiability
from domix.plots.independences import draw_independences, plot_model_check
from domix.plots.kinds import plot_result
from domix.plots.lifting import plot_lifting
from domix.plots.posterior.posterior import plot_posterior
from domix.plots.power import draw_power, plot_power
from domix.plots.style import ESTIMATE, FAINT, FIGURE_SUFFIXES, LINE, TRUTH
from domix.plots.targets import draw_targets, plot_targets
from domix.plots.weights import draw_weights, plot_weights

__all__ = [
    "ESTIMATE",
    "FAINT",
    "FIGURE_SUFFIXES",
    "LINE",
    "TRUTH",
    "draw_independences",
    "draw_power",
    "draw_targets",
    "draw_weights",
    "plot_fit",
    "plot_graph",
    "plot_groups",
    "plot_identifiability",
    "plot_lifting",
    "plot_model_check",
    "plot_network",
    "plot_posterior",
    "plot_power",
    "plot_result",
    "plot_targets",
    "plot_weights",
]
