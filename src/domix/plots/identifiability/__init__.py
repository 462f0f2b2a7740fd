"""Figure of what a distribution leaves undecided: how weights can move between targets."""

from domix.plots.identifiability.plot import plot_identifiability

__all__ = ["plot_identifiability"]
