"""What all figures need: matplotlib, and one resolution."""

from __future__ import annotations

from importlib.util import find_spec

from domix.errors import MissingExtraError

FIGURE_DPI = 150
"""Dots per inch of a figure in a file of pixels."""


def require_matplotlib() -> None:
    """Raise MissingExtraError if matplotlib is not installed; call it before long work, too."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("drawing a figure", "matplotlib", "app")
