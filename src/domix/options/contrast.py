"""The numbers that tune the comparison with control rows."""

from __future__ import annotations

from dataclasses import dataclass

from domix.options.search import EmLimits


@dataclass(frozen=True)
class ContrastOptions:
    """The choices of the contrast with control rows; each says its unit and its reason."""

    least_control_rows: int = 200
    """Control rows from which on targets are compared with them, unless the user says otherwise:
    fewer cannot show that they lack a target, and true targets would be lost."""

    drift_range: tuple[float, float] = (10.0, 1e5)
    """Smallest and largest precision that drift may have. Tables that differ more are different
    tables; less drift than that of the largest is not seen in any number of rows."""

    drift_steps: int = 60
    """Values of the precision that are tried, equally spaced in logarithms."""

    least_drift_gain: float = 1.35
    """Nats that drift must gain: the critical value of one boundary parameter at level .05."""

    certain_drift_gain: float = 4.8
    """Nats that drift must gain to be reported where allowing for it changes nothing: the critical
    value at level .001."""

    least_drift_rows: float = 5.0
    """Expected data rows below which a row of a CPT says nothing about drift."""

    least_drift_controls: float = 20.0
    """Control rows below which it says nothing: its mean is not known well enough."""

    drift_rounds: int = 2
    """Searches under drift, each with the drift that the one before leaves."""

    drift_change: float = 0.95
    """A search is repeated only for a precision below this multiple of the one before."""

    screened_gain: float = 2.0
    """Nats that a background target must gain on the control rows to be fitted at all, as long as
    control rows do not contradict the model."""

    misfit_screened_gain: float = 0.5
    """The same once they do."""

    misfit_alpha: float = 0.5
    """Level at which control rows are taken to contain background targets. High, because the long
    test that follows costs time only, where the model is right."""

    background_alpha: float = 0.5
    """Level of the search of the control rows for background targets: one too many does no harm."""

    least_background_rows: float = 0.5
    """Expected control rows below which a background target is left out."""

    first_fit: EmLimits = EmLimits(0.05, 300)
    """Fit of all targets with the background."""

    drop_test: EmLimits = EmLimits(0.05, 300)
    """Fit without a target, which stays in the background."""

    safe_excess: float = 20.0
    """Nats above its critical value from which on a target is not tested again."""

    clear_share: float = 0.15
    """Share of the critical value below which a target is dropped at once."""

    half_splits: int = 2
    """Splits of all rows into halves, on which the targets are searched for again, where control
    rows contradict the model."""
