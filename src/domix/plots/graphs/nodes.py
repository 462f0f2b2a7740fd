"""Nodes and edges of a graph in layers, drawn in inches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from domix.plots.layers import Placement
from domix.plots.style import FAINT, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT_SIZE = 11
"""Of names in nodes."""

NODE_HEIGHT, LAYER_GAP, GAP, MARGIN = 0.36, 0.59, 0.35, 0.2
"""Inches: of a node, between layers, between nodes, around the graph."""

PORT_GAP = 0.16
"""Inches between the ends of edges at one node, where there is room."""

HEAD_WIDTH = 0.03
"""Inches: half the width of the head of a very thin arrow; wider for thicker ones."""

Point = tuple[float, float]


class Extent(NamedTuple):
    """Where nodes and edges end."""

    left: float
    right: float
    top: float
    bottom: float


class Nodes:
    """Nodes in inches; y falls from layer to layer.

    Parameters
    ----------
    placement : Placement
    widths, heights : sequence of float
        Of each node.
    unit : float
        Inches of the unit of the placement.
    """

    def __init__(
        self,
        placement: Placement,
        widths: Sequence[float],
        heights: Sequence[float],
        unit: float = 1.0,
    ) -> None:
        self.widths, self.heights = widths, heights
        self._layers = placement.layer
        self._bends = {e: [x * unit for x in xs] for e, xs in placement.bends.items()}
        self._tallest = [NODE_HEIGHT] * (max(placement.layer, default=0) + 1)
        for layer, height in zip(placement.layer, heights, strict=True):
            self._tallest[layer] = max(self._tallest[layer], height)
        self._y = [0.0]
        for above, below in pairwise(self._tallest):
            self._y.append(self._y[-1] - (above + below) / 2 - LAYER_GAP)
        self.centres: list[Point] = [
            (x * unit, self._y[layer])
            for x, layer in zip(placement.x, placement.layer, strict=True)
        ]

    def extent(self) -> Extent:
        """Return where nodes and edges end."""
        ends = [x for xs in self._bends.values() for x in xs]
        for (x, _), width in zip(self.centres, self.widths, strict=True):
            ends += [x - width / 2, x + width / 2]
        top, bottom = self._tallest[0] / 2, self._y[-1] - self._tallest[-1] / 2
        return Extent(min(ends, default=0.0), max(ends, default=0.0), top, bottom)

    def paths(self, edges: Sequence[tuple[int, int]]) -> list[list[Point]]:
        """Return the points that each edge passes, from cause to effect, upright at each.

        Beside taller nodes of its layer, an edge goes straight.
        """
        nodes = self.centres
        routes = []
        for edge in edges:
            a, b = sorted(edge, key=lambda node: self._layers[node])
            inner = [
                (x, self._y[layer] + half)
                for layer, x in enumerate(self._bends[a, b], start=self._layers[a] + 1)
                for half in (self._tallest[layer] / 2, -self._tallest[layer] / 2)
            ]
            routes.append((a, inner, b))
        starts = self._ports([(a, (inner or [nodes[b]])[0][0]) for a, inner, b in routes])
        ends = self._ports([(b, (inner or [nodes[a]])[-1][0]) for a, inner, b in routes])
        paths = []
        for edge, (a, inner, b), start, end in zip(edges, routes, starts, ends, strict=True):
            upper = [(start, y) for y in self._lower_ends(a)]
            lower = [(end, y) for y in self._upper_ends(b)]
            path = [*upper, *inner, *lower]
            paths.append(path if edge[0] == a else path[::-1])
        return paths

    def _lower_ends(self, node: int) -> list[float]:
        """Return the y of the lower side of a node, and of its layer where that is lower."""
        y, tallest = self.centres[node][1], self._tallest[self._layers[node]]
        return [y - height / 2 for height in sorted({self.heights[node], tallest})]

    def _upper_ends(self, node: int) -> list[float]:
        y, tallest = self.centres[node][1], self._tallest[self._layers[node]]
        return [y + height / 2 for height in sorted({self.heights[node], tallest}, reverse=True)]

    def _ports(self, ends: Sequence[tuple[int, float]]) -> list[float]:
        """Return the x at which each edge meets its node, given the x from which it comes."""
        ports = [0.0] * len(ends)
        for node in {node for node, _ in ends}:
            here = sorted(
                (i for i, end in enumerate(ends) if end[0] == node), key=lambda i: ends[i][1]
            )
            step = min(PORT_GAP, 0.85 * self.widths[node] / len(here))
            for rank, i in enumerate(here):
                ports[i] = self.centres[node][0] + step * (rank - (len(here) - 1) / 2)
        return ports


def new_page(extent: Extent, legend: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return a figure in inches for the nodes, with room for a legend of this size below them."""
    width = max(extent.right - extent.left, legend[0]) + 2 * MARGIN
    height = extent.top - extent.bottom + legend[1] + 2 * MARGIN
    figure = new_figure(width, height, layout=None)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    middle = (extent.left + extent.right) / 2
    ax.set_xlim(middle - width / 2, middle + width / 2)
    ax.set_ylim(extent.top + MARGIN - height, extent.top + MARGIN)
    return figure, ax


def draw_boxes(ax: Axes, nodes: Nodes, colours: Sequence[str] | str = FAINT) -> None:
    """Draw an empty box for each node, with edges of these colours."""
    from matplotlib.patches import FancyBboxPatch

    if isinstance(colours, str):
        colours = [colours] * len(nodes.centres)
    sizes = zip(nodes.centres, nodes.widths, nodes.heights, colours, strict=True)
    for (x, y), width, height, colour in sizes:
        ax.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - height / 2),
                width,
                height,
                boxstyle=f"round,pad=0,rounding_size={NODE_HEIGHT / 3}",
                facecolor="white",
                edgecolor=colour,
                linewidth=1.0 if colour == FAINT else 1.6,
            )
        )


def draw_edge(ax: Axes, points: Sequence[Point], directed: bool, **style: Any) -> None:
    """Draw an edge through its points, upright at each.

    Parameters
    ----------
    ax : Axes
    points : sequence of Point
        From :meth:`Nodes.paths`.
    directed : bool
        Whether it has an arrow head.
    **style
        ``color``, ``linewidth`` and ``linestyle``.
    """
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    (x, y), line = points[-1], list(points)
    if directed:
        # A polygon of its own, because the head of a dashed arrow would be dashed.
        half = HEAD_WIDTH + 0.015 * style["linewidth"]
        base = y + (2 * half if points[-2][1] > y else -2 * half)
        head = [(x, y), (x - half, base), (x + half, base)]
        ax.add_patch(Polygon(head, facecolor=style["color"], linewidth=0))
        line[-1] = (x, base)
    vertices, codes = [line[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(line):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    ax.add_patch(PathPatch(Path(vertices, codes), fill=False, capstyle="butt", **style))
