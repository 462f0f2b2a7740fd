"""Five simulators in the style of what users measure; plain NumPy, and nothing of domix.

Each makes a :class:`Story` from a seed: control rows, six groups of rows in which unknown variables
were set in unknown shares of the rows, one group to which nothing was done, and the true graph.
"""

from simulators.counts import simulate_counts
from simulators.exposures import simulate_exposures
from simulators.screens import simulate_linear_screen, simulate_nonlinear_screen
from simulators.services import simulate_services
from simulators.story import HELD_OUT, NOTHING, Setting, Story, Target

SIMULATORS = {
    "linear": simulate_linear_screen,
    "nonlinear": simulate_nonlinear_screen,
    "counts": simulate_counts,
    "services": simulate_services,
    "exposures": simulate_exposures,
}

__all__ = ["HELD_OUT", "NOTHING", "SIMULATORS", "Setting", "Story", "Target"]
