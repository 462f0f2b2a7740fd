"""Figures that notebooks display inline without any magic command; needs matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from domix.util.figures import without_glyph_warnings

CSS_DPI = 96
"""Pixels per inch in a browser."""

SHARPNESS = 2
"""Pixels of an image for one of the page, so that it is sharp on fine screens and in print."""


class InlineFigure(Figure):
    """A matplotlib figure that displays itself where pyplot would be needed otherwise.

    ``savefig`` writes the text of an SVG file as text, so that it can be searched and edited.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=SHARPNESS * CSS_DPI)
        width, height = (round(float(inches) * CSS_DPI) for inches in self.get_size_inches())
        return buffer.getvalue(), {"width": width, "height": height}

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure, as :meth:`matplotlib.figure.Figure.savefig` does."""
        with without_glyph_warnings(), rc_context({"svg.fonttype": "none"}):
            super().savefig(fname, **options)
