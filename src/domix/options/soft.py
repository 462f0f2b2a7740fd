"""The numbers that tune the search for soft targets, leaks and misread values."""

from __future__ import annotations

from dataclasses import dataclass

from domix.options.search import EmLimits


@dataclass(frozen=True)
class SoftOptions:
    """The choices of the search for soft components; each says its unit and its reason."""

    margin: float = 5.0
    """Nats by which soft components must beat the hard answer, with as many control rows as rows.
    Where every target is hard, the best of all that is tried gains a few nats by chance."""

    few_controls_margin: float = 10.0
    """Nats by which the margin grows with log((1 + r) / 2), r the rows for each control row. With 3
    to 20 of these, soft components gained up to 18 nats where every target is hard."""

    most_rows: int = 2**20
    """Distinct rows that soft components are fitted to; of more, a sample."""

    first_fit: EmLimits = EmLimits(1e-2, 300)
    """Fit from which a search starts."""

    trial_fit: EmLimits = EmLimits(2e-2, 120)
    """Fit of a change; it ends early where the change cannot raise the score."""

    last_fit: EmLimits = EmLimits(1e-3, 600)
    """Fit of the components that are reported."""

    least_baseline_share: float = 0.2
    """Share of the hard answer's weight of do() that an answer with free components must leave it,
    unless asked for. Where the model holds, soft components left .37 or more of it; where it does
    not fit (measured cells), they took all but .04."""

    least_gain: float = 0.05
    """Nats by which a change must raise the score: fits that stop early differ by less."""

    start_rate: float = 0.06
    """Shared rate of failure to start from: EM cannot leave a rate of zero."""

    start_weight: float = 0.02
    """Weight with which do() enters a list that lacks it."""

    largest_rate: float = 0.5
    """Shared rate from which on a mode is none."""

    least_transfer: float = 1.0
    """Nats that other values of a component must gain, all else fixed, for it to be freed where no
    other component is near."""

    least_shape_gain: float = 1.0
    """Nats above the hard answer that a shape needs to be polished: edits take the most time, and
    without such a gain they repeat the search for hard targets."""

    smoothing: float = 0.1
    """Share of a uniform distribution that a freed setting starts with: EM cannot leave a
    probability of zero."""

    nearness: int = 1
    """Variables in which a component may differ from a freed one to be dropped in its favour."""

    trial_slack: float = 12.0
    """Nats below what raises the score at which a change is still tried: predictions keep all else
    fixed, and refits gain."""

    least_edits: int = 3
    """Edits of each component that are tried whatever is predicted of them: where another component
    shares its rows, predictions are too low."""

    most_splits: int = 12
    """Splits per round that are tried: part of a component's weight goes to another one."""

    largest_split: float = 0.7
    """Share of a component's weight at most with which its part starts: EM can move the rest."""

    loss_share: float = 0.85
    """Share of a predicted loss that a refit may win back; see ``trial_slack``."""

    least_share: float = 0.25
    """Share of a component's expected counts that a value needs for an edit to set it."""

    give_up: float = 20.0
    """Nats behind the best score at which a shape is given up once its superfluous components are
    dropped."""

    leak_gain: float = 5.0
    """Nats that a leak must gain for misread values to start from its components."""

    most_leak_targets: int = 20
    """Targets of a hard answer from which a leak starts as well as from the soft one."""

    rounds: int = 12
    """Rounds of drops and edits of one search; most need two or three."""

    passes: int = 3
    """Passes over all components for drops in one round."""
