"""Figures display inline, and keep their text in SVG files."""

from __future__ import annotations

import io
import struct
import sys

import pytest

pytest.importorskip("matplotlib")
from matplotlib import rcParams
from matplotlib.figure import Figure

from domix.plots.style import new_figure


def test_displays_as_png_of_twice_its_size():
    formatters = pytest.importorskip("IPython.core.formatters")
    figure = new_figure(2.0, 1.5)
    data, metadata = formatters.DisplayFormatter().format(figure)
    assert metadata["image/png"] == {"width": 192, "height": 144}
    assert struct.unpack(">II", data["image/png"][16:24]) == (384, 288)


def test_is_a_figure_without_pyplot():
    before = set(sys.modules)
    assert isinstance(new_figure(1.0, 1.0), Figure)
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_svg_holds_text_as_text():
    figure = new_figure(2.0, 1.0, layout=None)
    figure.text(0.1, 0.5, "name_of_a_target")
    buffer, fonts = io.StringIO(), rcParams["svg.fonttype"]
    figure.savefig(buffer, format="svg")
    assert ">name_of_a_target</text>" in buffer.getvalue()
    assert rcParams["svg.fonttype"] == fonts
