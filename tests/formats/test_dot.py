"""DOT: what Graphviz reads as edges, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import FormatError
from domix.formats.graphs.dot import read_dot
from strategies import LABELS


def edges(statements):
    return [f"{a}{b}" for a, b in read_dot(f"digraph {{ {statements} }}", "g.dot").edges]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("a -> b -> c", "ab bc"),
        ("a->b;b->c", "ab bc"),
        ("a -> {b; c} -> d", "ab ac bd cd"),
        ("{a b} -> {c d}", "ac ad bc bd"),
        ("a -> {b -> c d}", "bc ab ac ad"),
        ("subgraph s {a b} subgraph s -> c", "ac bc"),
        ("subgraph s {a} subgraph s {b} c -> subgraph s", "ca cb"),
        ("subgraph cluster_1 { label=<b>; a -> b; {c -> d} }", "ab cd"),
        ('a:port:n -> "b":s [label="x -> y", weight=2; color=red][dir=forward]', "ab"),
        ("node [shape=box]; edge [color=red]; graph [rankdir=LR]; rankdir = LR; a -> b", "ab"),
        ("a -> b // -> c\n/* c -> d */ # d -> e\n b -> c", "ab bc"),
        ('"a" -> b; a -> "b"', "ab ab"),
        ('"a" + "b" -> c', "abc"),
        (".5 -> -2 -> 3.", ".5-2 -23."),
        ("a [label=<<b>x; y</b>>] a -> b", "ab"),
        ("ä_1 -> B2", "ä_1B2"),
        ("a -> b [style=dashed, arrowhead=vee]; c [style=invis]; node [style=invis]", "ab"),
    ],
)
def test_edges(statements, expected):
    assert edges(statements) == expected.split()


def test_nodes_are_in_the_order_in_which_they_are_named():
    graph = read_dot('STRICT Digraph "G" { c; b -> a; "d e" [color=red] }', "g.dot")
    assert graph.nodes == ("c", "b", "a", "d e")
    assert graph.to_parents() == {"c": (), "b": (), "a": ("b",), "d e": ()}
    assert read_dot("digraph{}", "g.dot").nodes == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "1:1: expected digraph here, not the end of the file"),
        ("graph { a -- b }", "1:1: an undirected graph"),
        ("digraph { a -- b }", "1:13: an undirected edge"),
        ("digraph {\n a -> b", "1:9: there is no } to close this"),
        ("digraph { a -> }", "1:16: expected a name here, not '}'"),
        ("digraph { a, b -> c }", "1:12: expected a name here, not ','"),
        ("digraph { node -> b }", "1:16: expected \\[ here"),
        ("digraph { a -> b } digraph { }", "1:20: more than one graph"),
        ("digraph { a -> b [dir=back] }", "1:19: dir=back draws another arrow"),
        ("digraph { edge [dir=both] a -> b }", "1:17: dir=both"),
        ("digraph { a -> b [arrowhead=none] }", "1:19: arrowhead=none draws another arrow"),
        ("digraph { a -> b [style=invis] }", "1:19: style=invis draws another arrow"),
        ('digraph { edge [style="bold, invis"] a -> b }', "1:17: style=bold, invis draws"),
        ("digraph { AWS::S3 -> b }", "1:15: expected a name here, not ':'"),
        ("digraph { p-38 -> b }", "1:12: expected a blank or a sign before '-38'"),
        ("digraph { 1a -> b }", "1:12: expected a blank or a sign before 'a'"),
        ('digraph { "a -> b }', "1:11: '\"' has no meaning here, or is never closed"),
        ("digraph { a <- b }", "1:13: '<' has no meaning here, or is never closed"),
        ("digraph { <a> -> b }", "1:11: expected a name here"),
        ("digraph { a -> b [color }", "1:25: expected a name here"),
    ],
)
def test_errors_name_line_and_column(text, message):
    with pytest.raises(FormatError, match=f"g.dot:{message}"):
        read_dot(text, "g.dot")


def test_groups_in_groups_are_limited():
    with pytest.raises(FormatError, match=r"g\.dot: groups in groups"):
        read_dot("digraph " + "{" * 10**5, "g.dot")


@given(st.lists(LABELS.filter(lambda name: "\\" not in name), min_size=1, unique=True))
def test_any_name_reads_back_from_quotes(names):
    quoted = ['"' + name.replace('"', r"\"") + '"' for name in names]
    graph = read_dot("digraph { " + " -> ".join(quoted) + "; }", "g.dot")
    assert graph.nodes == tuple(names)
    assert graph.edges == tuple(pairwise(names))


@given(st.text(alphabet='ab1 ->{}[]=;,:"<>#/*\n', max_size=40))
def test_any_text_is_read_or_refused(inside):
    with suppress(FormatError):
        graph = read_dot("digraph {" + inside + "}", "g.dot")
        assert set(graph.nodes) >= {name for edge in graph.edges for name in edge}
        assert ("->" in inside) or not graph.edges
