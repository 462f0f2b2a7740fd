"""The numbers that tune the search, in one place.

A field is a choice: another value gives another search, faster or more thorough. Guards of
arithmetic (the least weight whose logarithm is taken, say) are no choices and stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SearchOptions"]


@dataclass(frozen=True)
class SearchOptions:
    """The choices of the search; the defaults are what :func:`domix.disentangle` uses.

    Each field says its unit and its reason. Unless it says otherwise, a default was chosen on the
    development seeds of ``domix study`` (docs/measured.md). An ablation is
    ``replace(SearchOptions(), field=value)``.
    """

    # Expectation-maximization (estimation.em)

    # Forward pass and prefixes (estimation.selection.forward, prefixes, relift, reorder)

    # Backward elimination (estimation.selection.backward)

    # Local search and its moves (estimation.selection)

    # Search, groups and uncertainty (estimation)
