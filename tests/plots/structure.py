"""What a figure shows, as plain values: for golden files, and for tests of its layout."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

import golden_files

OVERLAP = 1.0
"""Pixels by which two texts may overlap, for boxes are larger than letters."""


def check_figure(name, figure):
    """Compare the structure of a figure with tests/golden/plot-NAME.json."""
    text = json.dumps(structure(figure), indent=1, ensure_ascii=False)
    golden_files.check(f"plot-{name}.json", text + "\n")


def structure(figure) -> dict:
    """List what a figure shows: of each axes its texts in order, and marks by kind.

    Ticks count where the figure names them: those that matplotlib chooses differ by version.
    """
    _render(figure)
    found = {"axes": [_read_axes(ax) for ax in figure.axes if ax.get_visible()]}
    texts = [text.get_text() for text in figure.texts if text.get_text()]
    texts += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return {**found, **({"texts": texts} if texts else {})}


def shown_texts(figure) -> list[Text]:
    """List all texts that are drawn, tick labels and legends included, with their final places."""
    _render(figure)
    texts = list(figure.texts)
    for ax in figure.axes:
        if not ax.get_visible():
            continue
        texts += [*ax.texts, ax.title, ax._left_title, ax._right_title]
        if ax.axison:
            texts += [
                *_tick_texts(ax.xaxis),
                *_tick_texts(ax.yaxis),
                ax.xaxis.label,
                ax.yaxis.label,
            ]
        if ax.get_legend():
            texts += ax.get_legend().get_texts()
    texts += [text for legend in figure.legends for text in legend.get_texts()]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def cut_texts(figure) -> list[str]:
    """List the texts that do not lie within the figure."""
    page = figure.bbox.padded(OVERLAP)
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown_texts(figure)]
    return [
        text for text, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))
    ]


def overlapping_texts(figure) -> list[tuple[str, str]]:
    """List the pairs of texts whose boxes overlap; those that are turned are left out."""
    texts = [text for text in shown_texts(figure) if text.get_rotation() % 90 == 0]
    boxes = [(text.get_text(), text.get_window_extent().padded(-OVERLAP / 2)) for text in texts]
    return [(a, b) for (a, box), (b, other) in combinations(boxes, 2) if box.overlaps(other)]


def _render(figure):
    FigureCanvasAgg(figure).draw()


def _read_axes(ax):
    legend = ax.get_legend()
    found = {
        "title": ax.get_title(loc="left") or ax.get_title(),
        "x label": ax.get_xlabel() if ax.axison else "",
        "y label": ax.get_ylabel() if ax.axison else "",
        "x ticks": _named_ticks(ax.xaxis) if ax.axison else [],
        "y ticks": _named_ticks(ax.yaxis) if ax.axison else [],
        "texts": [text.get_text() for text in ax.texts if text.get_text()],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "lines": dict(Counter(map(_line_kind, ax.lines))),
        "patches": dict(Counter(type(patch).__name__ for patch in ax.patches)),
        "collections": dict(Counter(type(c).__name__ for c in ax.collections)),
        "images": [list(image.get_array().shape) for image in ax.images],
    }
    return {key: value for key, value in found.items() if value}


def _line_kind(line):
    """Name the marker and the style of a line."""
    marker, style = line.get_marker(), line.get_linestyle()
    shown = [str(part) for part in (marker, style) if part not in ("None", "", " ", None)]
    empty = line.get_markerfacecolor() in ("none", "white") and marker not in ("None", "", None)
    return " ".join(shown) + " empty" * empty


def _tick_texts(axis):
    """List the labels of ticks that are in view."""
    low, high = sorted(axis.get_view_interval())
    ticks = [
        *zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False),
        *zip(axis.get_minorticklocs(), axis.get_minorticklabels(), strict=False),
    ]
    return [label for at, label in ticks if low <= at <= high and label.get_visible()]


def _named_ticks(axis):
    if not isinstance(axis.get_major_locator(), FixedLocator):
        return []
    labels = [label.get_text() for label in axis.get_ticklabels(which="both")]
    return labels if any(labels) else []
