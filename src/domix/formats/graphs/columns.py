"""Which columns of a table of edges hold the cause and the effect."""

from __future__ import annotations

from collections.abc import Sequence

from domix.errors import NetworkError

ENDS = (("cause", "effect"), ("source", "target"), ("from", "to"), ("parent", "child"))
"""Names of the two columns, in any case; an edge leads from the first to the second."""

CALLS = ("caller", "callee")
"""Names that say which way calls go, and not which way causes do."""


def find_ends(names: Sequence[str], *, reverse_edges: bool) -> tuple[int, int] | None:
    """Return the indices of the columns of causes and effects, by their names; None if unknown.

    Raises
    ------
    NetworkError
        The columns are callers and callees, and nothing says that they are to be turned round.

    Examples
    --------
    >>> find_ends(["Target", "Source", "Weight"], reverse_edges=False)
    (1, 0)
    >>> find_ends(["gene", "tf"], reverse_edges=False)
    """
    folded = [str(name).strip().casefold() for name in names]
    for pair in (*ENDS, CALLS):
        if not all(end in folded for end in pair):
            continue
        if pair == CALLS and not reverse_edges:
            raise NetworkError(
                "the columns are caller and callee, but edges lead from cause to effect, and what "
                "happens to a callee reaches its caller: turn them round with reverse_edges=True; "
                "if callers are the causes, rename the columns to cause and effect"
            )
        return folded.index(pair[0]), folded.index(pair[1])
    return None


def describe_ends() -> str:
    """Say how the two columns are named, for messages."""
    return " or ".join(f"{cause},{effect}" for cause, effect in ENDS)
