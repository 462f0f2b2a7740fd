"""What all figures need: matplotlib, and one resolution."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from domix.errors import MissingExtraError

FIGURE_DPI = 150
"""Dots per inch of a figure in a file of pixels."""


@contextmanager
def without_glyph_warnings() -> Iterator[None]:
    """Keep matplotlib from a warning for each letter of a name that its font does not have.

    A figure can give hundreds; in SVG files, the fonts of the reader show such letters.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        yield


def require_matplotlib() -> None:
    """Raise MissingExtraError if matplotlib is not installed; call it before long work, too."""
    if find_spec("matplotlib") is None:
        raise MissingExtraError("drawing a figure", "matplotlib", "app")
