"""The numbers that tune the search for graphs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphOptions:
    """The choices of the graph search; each field says its unit and its reason.

    The measurements behind them are in docs/how-to/graphs.md.
    """

    sample_sizes: tuple[float, ...] = (3.0, 10.0, 30.0, 100.0)
    """Equivalent sample sizes of the BDeu score. Each is a model, and the marginal likelihood of
    the control rows decides: no fixed size is best for all networks."""

    edge_margin: float = 4.0
    """Nats that an edge which differs from the expected graph must gain, besides the logarithm of
    the number of edges: controls contradict one right graph in 50 at most
    (docs/how-to/graphs.md)."""

    edge_strength: float = 0.001
    """Nats of the same for each control row, of new edges. Weaker edges change targets little, and
    misfit, such as binned measurements, asks for many of them where there are many rows."""

    evident_strength: float = 0.001
    """Nats for each row: an expected edge is deleted only where rows show that it is weaker. Weaker
    ones change targets little, and with few rows for large tables any edge may be this strong."""

    patience: int = 50
    """Changes in a row without a new best graph that end the tabu search on control rows."""

    restarts: int = 20
    """Searches from random neighbours of the best graph."""

    restart_moves: int = 2
    """Random legal changes, per variable, that lead to such a neighbour."""

    restart_parents: int = 4
    """Most parents that a random change gives a variable."""

    step_patience: int = 30
    """As ``patience``, for the search on expected counts, which starts near its maximum."""

    least_gain: float = 1.0
    """Nats by which the score of graph and targets must increase for a change to be made. Scores of
    equal graphs differ by less, since fits stop early."""

    full_estimates: int = 3
    """Graphs under which targets are estimated in full, one after the other: each but the first was
    found by trials from the one before it."""

    most_trials: int = 60
    """Graphs under which targets are estimated for a trial, in all."""

    trial_loss: float = 40.0
    """Nats by which such an estimate may score less, before its support is improved, than the best
    so far."""

    control_loss: float = 3.0
    """Nats that a change which targets ask for may lose on control rows, where a graph is repaired:
    less than the price of any edge."""

    class_members: int = 400
    """Graphs of an equivalence class that are walked to find those with an edge reversed."""

    direction_nats: float = 4.0
    """Nats by which rows must favor a direction for interventions to be said to determine it."""

    members_tried: int = 3
    """Of equally near graphs with an edge reversed, how many are tried."""

    outside_tried: int = 3
    """Changes outside the class that are tried, the best by expected counts first."""

    outside_loss: float = 60.0
    """Nats that such a change may lose on expected counts, which favor the graph that gave them."""

    polished_members: int = 300
    """Graphs of the class that are walked to try each edge which some target splits once."""

    runners_up: int = 4
    """Other classes from which the search is repeated while sibling targets remain."""

    runner_up_loss: float = 40.0
    """Nats on control rows by which such a class may be worse."""

    runner_up_patience: int = 100
    """As ``patience``, for the search that lists these classes."""

    rounds: int = 10
    """Rounds of orientation and search on expected counts; most need two."""
