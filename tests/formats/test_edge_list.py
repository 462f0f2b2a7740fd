"""Edge lists in text: headers, separators, weights, comments, variables without edges."""

from __future__ import annotations

import pytest

from domix import DomixWarning, FormatError, NetworkError
from domix.formats.graphs.edge_list import read_edge_list
from domix.formats.graphs.record import GraphRecord


def read(text, separator=",", **options):
    return read_edge_list(text, "g.csv", separator, **options)


@pytest.mark.parametrize(
    "text",
    [
        "cause,effect\nA,B\nB,C\n",
        "Source,Target\r\nA,B\r\nB,C",
        "FROM,to\nA,B\nB,C\n",
        "child,parent\nB,A\nC,B\n",
        "A,B\nB,C\n",
        "# edges of the pilot, 2024\nA,B\n\nB,C\n",
        "  # note, here\nA,B\n\t# B;D\nB,C\n",
        "A B {'weight': 3, 'lag': 1}\nB C {}\n",
        'A, "B"\n"B", C\n',
        "A;B\nB;C\n",
        "A\tB\nB\tC\n",
        "A|B\nB|C\n",
        "A B\nB  C\n",
        "A B {}\nB C {'weight': 3}\n",
        "A,B\nB,C\nA,B\n",
        "A,B\nB,C\nB,\n,C\nC\n",
    ],
)
def test_ways_to_write_a_chain(text):
    graph = read(text)
    assert graph.to_parents() == {"A": (), "B": ("A",), "C": ("B",)}


def test_the_separator_of_the_suffix_comes_first():
    assert read("a,b\tc\nc\td;e\n", "\t").edges == (("a,b", "c"), ("c", "d;e"))
    for separator in (",", "\t"):
        with pytest.raises(FormatError, match=r"g\.csv:1: both a comma and a semicolon could"):
            read("a,b;c\nc;d\n", separator)
        assert read('"a,b";c\nc;d\n', separator).edges == (("a,b", "c"), ("c", "d"))


def test_the_first_line_decides_what_separates():
    with pytest.warns(DomixWarning, match="'weight'"):
        graph = read("source;target;weight\nA;B;0,5\nB;C;1,5\n")
    assert graph.edges == (("A", "B"), ("B", "C"))
    with pytest.raises(FormatError, match=r"g\.csv:1: both a comma and a semicolon"):
        read("A;B;0,5\nB;C;1,5\n")
    with pytest.raises(FormatError, match=r"g\.csv:2: a comma cannot separate .* a semicolon does"):
        read("source;target\nA,B\n")
    assert read("A\nB,A\nC,B\n").edges == (("B", "A"), ("C", "B"))


def test_empty_fields_keep_the_others_in_place():
    with pytest.warns(DomixWarning, match="'id'"):
        graph = read("id\tsource\ttarget\n\tA\tB\n\t\tC\n", "\t")
    assert graph == GraphRecord(("A", "B", "C"), (("A", "B"),))


def test_variables_without_edges_and_their_order():
    graph = read("cause,effect\nZ,\nA,B\n,Y\n")
    assert graph.nodes == ("Z", "A", "B", "Y")
    assert graph.edges == (("A", "B"),)
    assert read("cause,effect\nA,\n").to_parents() == {"A": ()}


@pytest.mark.parametrize(
    "text",
    [
        "weight,target,source\n0.5,B,A\n2,C,B\n",
        "source,target,weight\nA,B\nB,C,1e-3\n",
        "A,B,0.5\nB,C,-1\n",
        "A B .5\nB C 2\n",
    ],
)
def test_weights_are_passed_over_with_a_warning(text):
    with pytest.warns(DomixWarning, match=r"g\.csv: passed over .*'weight'"):
        assert read(text).edges == (("A", "B"), ("B", "C"))


@pytest.mark.parametrize("text", ["tf,gene\nA,B\nB,C\n", "A,B\nC,D\n", "A,B\n"])
def test_a_first_line_that_may_be_a_header_is_refused(text):
    with pytest.raises(FormatError, match=r"g\.csv:1: .* could be names .* cause,effect"):
        read(text)
    assert len(read("cause,effect\n" + text).edges) == text.count("\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "g.csv: empty"),
        ("# nothing\n\n,\n", "g.csv: empty"),
        ("A\nB\n", "g.csv:1: no line holds an edge"),
        ("cause,effect\nA,B,C\n", "g.csv:2: at most 2 fields"),
        ("A,B\nB,C,D\n", "g.csv:2: two names are expected"),
        ("A,B,1,2\n", "g.csv:1: two names are expected"),
        ('A,B\nB,"C\n', "g.csv:2: .*check the quotes"),
        ("A,B,C\nx,0,1\ny,0,0\n", "g.csv:1: two names are expected"),
    ],
)
def test_errors_name_the_line(text, message):
    with pytest.raises(FormatError, match=message.replace("g.csv", r"g\.csv")):
        read(text)


def test_callers_and_callees_have_to_be_turned_round():
    text = "Caller,Callee\nweb,db\n"
    with pytest.raises(NetworkError, match="reverse_edges=True"):
        read(text)
    assert read(text, reverse_edges=True).edges == (("web", "db"),)
