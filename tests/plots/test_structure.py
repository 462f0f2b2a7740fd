"""What the tests of figures rely on."""

from __future__ import annotations

from matplotlib.figure import Figure

from plots.structure import cut_texts, overlapping_texts, structure


def test_texts_and_marks_are_listed():
    figure = Figure(layout="constrained")
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1], "--")
    ax.plot([0], [1], "D", markerfacecolor="white")
    ax.set_yticks([0, 1], ["low", "high"])
    ax.text(0.5, 0.5, "here")
    assert structure(figure) == {
        "axes": [{"y ticks": ["low", "high"], "texts": ["here"], "lines": {"--": 1, "D empty": 1}}]
    }


def test_cut_and_overlapping_texts_are_found():
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "first")
    figure.text(0.15, 0.5, "second")
    assert cut_texts(figure) == []
    assert overlapping_texts(figure) == [("first", "second")]
    figure.text(0.8, 0.9, "a long line")
    assert cut_texts(figure) == ["a long line"]
