"""The figure of a power analysis."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Network, power
from domix.plots import plot_power

NET = Network({"A": []}, {"A": ["$low", "high"]}, {"A": [0.3, 0.7]})


def test_curves_rise_and_the_design_is_marked(tmp_path):
    found = power(NET, "A=$low", 0.2, controls=500)
    figure = plot_power(found)
    *curves, goal, mark = [
        line for line in figure.axes[0].lines if not str(line.get_label()).startswith("_")
    ]
    labels = [curve.get_label() for curve in curves]
    assert labels == [
        "known tables",
        "2,000 control rows",
        "500 control rows",
        "125 control rows",
    ]
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert shown == [*labels, "power 0.8", f"this design: {found.rows:,} rows"]
    assert len({curve.get_linestyle() for curve in curves}) == len(curves)
    ends = [np.asarray(curve.get_ydata())[-1] for curve in curves]
    assert ends == sorted(ends, reverse=True)
    assert np.asarray(goal.get_ydata()).tolist() == [0.8, 0.8]
    assert np.asarray(mark.get_xydata()).tolist() == [[found.rows, found.power]]
    figure.savefig(tmp_path / "power.png")


@pytest.mark.parametrize(("beside", "controls"), [({}, 30), ({"A=high": 0.35}, None)])
def test_designs_out_of_reach_have_no_mark(beside, controls):
    found = power(NET, "A=$low", 0.15, beside=beside, controls=controls)
    assert found.rows is None
    assert "this design" not in [line.get_label() for line in plot_power(found).axes[0].lines]
