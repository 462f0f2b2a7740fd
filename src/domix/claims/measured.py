"""Where a result is outside of what its claims were measured for."""

from __future__ import annotations

from domix.options.claims import ClaimOptions


def describe_limits(
    rows: float, targets: int, controls: float | None, options: ClaimOptions
) -> str | None:
    """Say for which rows, targets and control rows alpha was measured, if a result has fewer.

    ``controls`` is None where tables are known.

    Examples
    --------
    >>> describe_limits(128, 6, None, ClaimOptions())
    'not measured for 128 rows (at least 256), 21 rows per target (at least 40)'
    >>> describe_limits(1000, 6, 1000, ClaimOptions())
    """
    amounts = [
        (rows, options.least_rows, "rows"),
        (rows / max(targets, 1), options.least_rows_per_target, "rows per target"),
        *([] if controls is None else [(controls, options.least_controls, "control rows")]),
    ]
    low = [
        f"{amount:,.0f} {name} (at least {least:,})"
        for amount, least, name in amounts
        if amount < least
    ]
    return f"not measured for {', '.join(low)}" if low else None
