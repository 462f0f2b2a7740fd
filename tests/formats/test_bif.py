"""BIF: what is read, what is written back, and where an error is said to be."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domix.errors import DomixWarning, FormatError
from domix.formats.adapters import to_pgmpy
from domix.formats.bif import read_bif, write_bif
from domix.formats.record import NetworkRecord
from records import assert_same, records

HEAD = """\
network test { property version 1; }
variable A { type discrete [ 2 ] { a0, a1 }; }
variable B { type discrete [ 3 ] { b0, b1, b2 }; }
variable C { type discrete [ 2 ] { c0, c1 }; }
probability ( A ) { table 0.4, 0.6; }
probability ( C ) { table 0.5, 0.5; }
"""
# The seventh line of every file that starts with HEAD.
B_GIVEN_A_C = "probability ( B | A, C ) {"
ROWS = """
  (a0, c0) .1 .2 .7;
  (a0, c1) .2 .2 .6;
  (a1, c0) .3 .2 .5;
  (a1, c1) .4 .2 .4;
}"""


def read(text, exact=False):
    return read_bif(text, "net.bif", exact)


def table_of_b(entries, exact=False):
    return read(HEAD + B_GIVEN_A_C + entries + "}", exact).tables["B"]


# What is read


def test_rows_are_placed_by_their_states():
    table = table_of_b(ROWS[:-1])
    assert table.shape == (2, 2, 3)
    assert table[1, 0].tolist() == [0.3, 0.2, 0.5]
    assert table[:, :, 0].tolist() == [[0.1, 0.2], [0.3, 0.4]]


def test_orders_are_those_of_the_file():
    record = read(
        HEAD
        + B_GIVEN_A_C.replace("A, C", "C, A")
        + ROWS.replace("a", "%").replace("c", "a").replace("%", "c")
    )
    assert list(record.states) == ["A", "B", "C"]
    assert record.parents == {"A": (), "B": ("C", "A"), "C": ()}


def test_default_fills_what_is_not_given():
    for entries in ("default .1 .2 .7; (a1, c0) 1 0 0;", "(a1, c0) 1 0 0; default .1 .2 .7;"):
        table = table_of_b(entries)
        assert table[1, 0].tolist() == [1, 0, 0]
        assert table[0].tolist() == [[0.1, 0.2, 0.7]] * 2


def test_a_table_varies_the_child_slowest():
    numbers = np.arange(1, 13).reshape(3, 2, 2) / 100
    table = table_of_b(f"table {', '.join(map(str, numbers.ravel()))};")
    assert np.array_equal(table, np.moveaxis(numbers, 0, -1))


def test_a_table_is_read_as_other_programs_read_it(tmp_path):
    pyagrum = pytest.importorskip("pyagrum")
    reader = pytest.importorskip("pgmpy.readwrite").BIFReader
    numbers = ", ".join(str(i / 100) for i in range(1, 13))
    given = ["A", "C"]
    lines = ["network test {", "}"]
    for name, k in {"A": 2, "B": 3, "C": 2}.items():
        states = ", ".join(f"{name}{i}" for i in range(k))
        lines += [f"variable {name} {{", f"  type discrete [ {k} ] {{ {states} }};", "}"]
    for name in given:
        lines += [f"probability ( {name} ) {{", "  table 0.5, 0.5;", "}"]
    lines += ["probability ( B | A, C ) {", f"  table {numbers};", "}", ""]
    path = tmp_path / "b.bif"
    path.write_text("\n".join(lines))
    ours = read(path.read_text()).tables["B"]
    bn = pyagrum.loadBN(str(path))
    theirs = bn.cpt("B")
    for (a, c, b), value in np.ndenumerate(ours):
        assert theirs[{"A": a, "B": b, "C": c}] == pytest.approx(value, abs=1e-7)
    cpd = reader(str(path)).get_model().get_cpds("B")
    assert cpd.variables == ["B", *given]
    assert np.array_equal(np.moveaxis(cpd.values, 0, -1), ours)


def test_blocks_in_any_order_without_a_network_block():
    lines = [*HEAD.splitlines()[1:], B_GIVEN_A_C + ROWS]
    swapped = read("\n".join(lines[::-1]))
    assert list(swapped.states) == ["C", "B", "A"]
    assert swapped.tables["B"].tolist() == table_of_b(ROWS[:-1]).tolist()
    assert read("network { }" + "\n".join(lines)).parents["B"] == ("A", "C")


def test_comments_properties_quotes_and_separators():
    record = read(
        """
        network "my net" { property author "x; }" ; property braces { a, b } ; }
        /* variable Z { */ // and so on }
        variable "first one" { property label = "5; 6" ; type discrete[2]{"a b" Asy/Patch}; }
        variable table{ // the name is a keyword
          type discrete [ 3 ] { <5, 5-12, "12+;" }; property inches = 5" ; }
        probability("first one"){property note "hm"; table 0.5/* half */,0.5;}
        probability(table|"first one",) {
          ("Asy/Patch") 1e-5 .99999, 0; // the quotes are not part of the name
          ("a b") 0. 1 0e5; }"""
    )
    assert record.states == {
        "first one": ("a b", "Asy/Patch"),
        "table": ("<5", "5-12", "12+;"),
    }
    assert record.parents["table"] == ("first one",)
    assert record.tables["table"].tolist() == [[0, 1, 0], [1e-5, 0.99999, 0]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(end):
    text = f"// a comment\n{HEAD}{B_GIVEN_A_C}\n{ROWS}".replace("\n", end)
    assert_same(read(text), read(HEAD + B_GIVEN_A_C + ROWS))
    with pytest.raises(FormatError, match=re.escape("net.bif:10:4: parent 'A' has no state 'b0'")):
        read(text.replace("(a0, c0)", "(b0, c0)"))


def test_names_with_blanks_as_pgmpy_writes_them():
    record = read("""network unknown {
}
variable a {
    type discrete [ 2 ] { very low, high };
}
variable the cause {
    type discrete [ 3 ] { 1.5, a | b,  not "so" high };
}
variable b {
    type discrete [ 2 ] { x,y };
}
probability ( a ) {
    table 0.3, 0.7 ;
}
probability ( the cause ) {
    table 0.1, 0.2, 0.7 ;
}
probability ( b | a, the cause ) {
    ( very low, 1.5 ) 0.1, 0.9;
    ( very low, a | b ) 0.2, 0.8;
    ( very low, not "so" high ) 0.3, 0.7;
    ( high, 1.5 ) 0.4, 0.6;
    ( high, a | b ) 0.5, 0.5;
    ( high, not "so" high ) 0.6, 0.4;

}
""")
    causes = ("1.5", "a | b", 'not "so" high')
    assert record.states == {"a": ("very low", "high"), "the cause": causes, "b": ("x", "y")}
    assert record.parents["b"] == ("a", "the cause")
    assert record.tables["b"][:, :, 0].tolist() == [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]


NAME = st.from_regex(r"[a-z0-9._-]+( [a-z0-9._-]+){0,2}", fullmatch=True)


@given(st.lists(NAME, min_size=2, max_size=5, unique=True), st.permutations(["p", "q q", "r"]))
def test_pgmpy_writes_blanks_so_that_they_come_back(labels, names):
    writer = pytest.importorskip("pgmpy.readwrite").BIFWriter
    parents = {names[0]: (), names[1]: (), names[2]: (names[1], names[0])}
    states = {names[0]: tuple(labels), names[1]: ("u v", "w"), names[2]: ("x", "y z")}
    k = len(labels)
    child = np.arange(1, 2 * k + 1).reshape(2, k) / (2 * k + 1)
    tables = {
        names[0]: np.full(k, 1 / k),
        names[1]: np.array([0.5, 0.5]),
        names[2]: np.stack([child, 1 - child], axis=-1),
    }
    back = read(str(writer(to_pgmpy(NetworkRecord(states, parents, tables)))))
    assert back.states == states
    assert back.parents == parents
    for name, table in tables.items():
        assert np.allclose(back.tables[name], table, rtol=0, atol=1e-6)


def test_words_that_fit_are_not_joined():
    record = read(
        "variable A { type discrete [ 3 ] { very low, high }; } probability ( A ) { table 0 0 1; }"
    )
    assert record.states["A"] == ("very", "low", "high")


def test_exact_reading_takes_decimals_as_written():
    table = table_of_b("default 0.10, 1e-1, 1/3;", exact=True)
    assert table[0, 0].tolist() == [Fraction(1, 10), Fraction(1, 10), Fraction(1, 3)]


def test_float_reading_takes_the_nearest_double():
    words = [
        "0.1",
        "0.30000000000000004",
        "1/3",
        "5e-324",
        "2.2250738585072011e-308",
        "0." + "9" * 40,
    ]
    text = "variable A {{ type discrete [ 1 ] {{ x }}; }} probability ( A ) {{ table {}; }}"
    for word in words:
        value = 1 / 3 if word == "1/3" else float(word)
        assert read(text.format(word)).tables["A"].tolist() == [value]


# What is written


@given(records())
@example(NetworkRecord({"A": ("x",)}, {"A": ()}, {"A": np.array([-0.0])}))
def test_floats_come_back_bit_for_bit(record):
    assert_same(read(write_bif(record)), record)


@given(records(exact=True))
def test_fractions_come_back(record):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        assert_same(read(write_bif(record), exact=True), record)


def test_only_names_that_need_it_are_quoted():
    names = ("Asy/Patch", "<5", "x y", "a//b", "a/*", "", "a,b", "[0,1)")
    record = NetworkRecord({"A": names}, {"A": ()}, {"A": np.full(8, 0.125)})
    text = write_bif(record)
    assert '{ Asy/Patch, <5, "x y", "a//b", "a/*", "", "a,b", "[0,1)" }' in text


def test_what_bif_cannot_keep_is_said():
    array = np.array([Fraction(1, 3), Fraction(2, 3)])
    record = NetworkRecord({"A": (0, 1)}, {"A": ()}, {"A": array}, {"A": np.ones(2)}, 1.0)
    with pytest.warns(DomixWarning) as notes:
        write_bif(record)
    texts = " ".join(str(note.message) for note in notes)
    assert "as text" in texts
    assert "counts" in texts
    assert "1/3" in texts


@pytest.mark.parametrize("name", ['a"b', "a\nb", "a\rb"])
def test_a_name_that_bif_cannot_hold_is_refused(name):
    record = NetworkRecord({name: ("x",)}, {name: ()}, {name: np.ones(1)})
    with pytest.raises(FormatError, match=r"cannot hold .*write JSON"):
        write_bif(record)


# What is refused, and where

MALFORMED = {
    "unknown state": (
        B_GIVEN_A_C + ROWS.replace("(a1, c0)", "(a1, c9)"),
        "10:8: parent 'C' has no state 'c9'; its states are 'c0', 'c1'",
    ),
    "too few states in a row": (
        B_GIVEN_A_C + "\n (a0) .1 .2 .7; }",
        "8:2: 1 states where 'B' has 2 parents: 'A', 'C'",
    ),
    "states where there are no parents": (
        "probability ( B ) {\n (a0) .1 .2 .7; }",
        "8:2: 1 states where 'B' has 0 parents",
    ),
    "unknown parent": (
        "probability ( B | A, Z ) {" + ROWS,
        "7:22: 'Z' has no variable block; the file has 'A', 'B', 'C'",
    ),
    "unknown child": ("probability ( Z ) { table 1; }", "7:15: 'Z' has no variable block"),
    "row twice": (
        B_GIVEN_A_C + "\n (a0, c0) .1 .2 .7;\n (a0, c0) .1 .2 .7; }",
        "9:2: duplicate row; remove one",
    ),
    "row missing": (
        B_GIVEN_A_C + ROWS.replace("  (a1, c0) .3 .2 .5;\n", ""),
        "7:15: variable 'B' has no row for A=a1, C=c0; add it, or a default",
    ),
    "no numbers": (
        "probability ( B ) { }",
        "7:15: variable 'B' has no numbers; add a table",
    ),
    "row too short": (
        B_GIVEN_A_C + "\n (a0, c0) .1 .9; }",
        "8:2: 2 numbers; 3 are needed, one per state of 'B'",
    ),
    "default too long": (
        B_GIVEN_A_C + "\n default .1 .2 .3 .4; }",
        "8:2: 4 numbers; 3 are needed, one per state of 'B'",
    ),
    "table too short": (
        B_GIVEN_A_C + "\n table .1 .2 .7; }",
        "8:2: 3 numbers; 12 are needed, one per entry",
    ),
    "table after a row": (
        "probability ( B ) {\n () .1 .2 .7;\n table .1 .2 .7; }",
        "9:2: a table gives all rows, but rows were given before",
    ),
    "default twice": (
        B_GIVEN_A_C + "\n default .1 .2 .7;\n default .1 .2 .7; }",
        "9:2: duplicate default",
    ),
    "no number": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5", ".3 x2 .5"),
        "10:15: 'x2' is not a number; write it as 0.1, 1e-5 or 1/10",
    ),
    "not a number": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5", ".3 nan .5"),
        "10:15: 'nan' is not a number",
    ),
    "underscore": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5", ".3 0.2_0 .5"),
        "10:15: '0.2_0' is not a number",
    ),
    "division by zero": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5", ".3 1/0 .5"),
        "10:15: '1/0' is not a number",
    ),
    "negative": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5", ".3 -.2 .5"),
        "10:15: -.2 is negative; a probability is at least 0",
    ),
    "variable twice": (
        "variable A { type discrete [ 2 ] { a0, a1 }; }",
        "7:10: variable 'A' has two variable blocks; remove one",
    ),
    "probability twice": (
        "probability ( A ) { table 0.4, 0.6; }",
        "7:15: variable 'A' has two probability blocks; remove one",
    ),
    "no probability": ("", "3:10: variable 'B' has no probability block; add one"),
    "parent twice": (
        "probability ( B | A, A ) {" + ROWS,
        "7:22: duplicate variable 'A'",
    ),
    "own parent": ("probability ( B | B ) { }", "7:19: duplicate variable 'B'"),
    "blanks in states that fit in no way": (
        "variable D {\n  type discrete [ 2 ] { so very low, not high, z };\n}",
        "8:19: variable 'D' is declared with 2 states but lists 6; correct one of them; a name "
        "with blanks is in double quotes",
    ),
    "brackets in states": (
        "variable D {\n  type discrete [ 2 ] { (0.5], x };\n}",
        "8:25: expected a name here, not '('; names with brackets or ; are in double quotes",
    ),
    "blanks in a row": (
        B_GIVEN_A_C + "\n (a0, c 0) .1 .2 .7; }",
        "8:2: parent 'C' has no state 'c 0'; its states are 'c0', 'c1'",
    ),
    "more blanks than parents": (
        B_GIVEN_A_C + "\n (a0 c 0) .1 .2 .7; }",
        "8:2: 3 states where 'B' has 2 parents: 'A', 'C'; a name with blanks is in double quotes",
    ),
    "number of states": (
        "variable D {\n  type discrete [ 3 ] { x, y };\n}",
        "8:19: variable 'D' is declared with 3 states but lists 2; correct one of them",
    ),
    "state twice": (
        "variable D { type discrete [ 2 ] { x, x }; }",
        "7:39: variable 'D': duplicate state 'x'",
    ),
    "no type": ("variable D {\n}", "8:1: variable 'D' has no type"),
    "two types": (
        "variable D { type discrete [ 1 ] { x };\n type discrete [ 1 ] { x }; }",
        "8:2: expected type (once), property or } here, not 'type'",
    ),
    "not discrete": ("variable D { type continuous; }", "7:19: expected discrete here"),
    "unclosed comment": ("/* and so on", "7:1: this comment is never closed by */"),
    "unclosed quotes": (
        'variable "D { type discrete [ 1 ] { x }; }',
        "7:10: this quoted name is not closed on its line",
    ),
    "unclosed variable block": (
        "variable D { type discrete [ 1 ] { x };\nvariable E { type discrete [ 1 ] { x }; }",
        "8:1: expected type (once), property or } here, not 'variable'",
    ),
    "unclosed probability block": (
        "probability ( B ) { table .1 .2 .7;\nprobability ( D ) { table 1; }",
        "8:1: expected table, default, a row such as (low) 0.1, 0.9; or } here, not 'probability'",
    ),
    "unclosed at the end": (
        "probability ( B ) { table .1 .2 .7;",
        "7:36: expected table, default, a row such as (low) 0.1, 0.9; or } here, not the end of",
    ),
    "unclosed row": (
        B_GIVEN_A_C + ROWS.replace(".3 .2 .5;", ".3 .2 .5"),
        "11:3: expected ; here, not '('",
    ),
    "unclosed last row": (
        B_GIVEN_A_C + "default .3 .2 .5 }",
        "7:27: there is no ; to close this",
    ),
    "unclosed bracket of a row": (
        B_GIVEN_A_C + "\n (a0, c0 .1 .2 .7; (a0, c1) .1 .2 .7; }",
        "8:18: expected ) here, not ';'",
    ),
    "unclosed header": (
        "probability ( B {\n (a0) .1 .2 .7; }",
        "7:17: expected a name here, not '{'",
    ),
    "unclosed property": (
        "variable D { property x\n}\nvariable E { type discrete [ 1 ] { x }; }",
        "7:14: this property is not closed; put a ; at its end",
    ),
    "unknown block": ("node X { }", "7:1: expected network, variable or probability here"),
    "closed twice": ("}", "7:1: expected network, variable or probability here, not '}'"),
    "cut off": ("variable", "7:9: expected a name here, not the end of the file"),
    "cut off in the type": (
        "variable D { type discrete [",
        "7:29: expected a name here, not the end of the file",
    ),
}


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("case", MALFORMED)
def test_errors_name_line_and_column(case, exact):
    body, message = MALFORMED[case]
    with pytest.raises(FormatError, match=re.escape(f"net.bif:{message}")):
        read(HEAD + body, exact)


@given(st.data())
def test_a_damaged_file_gives_a_domix_error_or_a_network(data):
    tokens = re.findall(r"\w+|[^\w\s]|\s+", HEAD + B_GIVEN_A_C + ROWS)
    begin, end = sorted(data.draw(st.integers(0, len(tokens))) for _ in range(2))
    put = data.draw(st.sampled_from(["", ";", "{", "}", "(", ")", '"', "/*", "property", " A "]))
    text = "".join(tokens[:begin]) + put + "".join(tokens[end:])
    with suppress(FormatError):
        assert sorted(read(text).states) <= ["A", "B", "C"]


def test_a_default_for_a_huge_table_is_refused():
    names = [f"V{i}" for i in range(40)]
    text = "".join(f"variable {name} {{ type discrete [ 2 ] {{ x, y }}; }}\n" for name in names)
    text += "".join(f"probability ( {name} ) {{ table 1 0; }}\n" for name in names[1:])
    text += f"probability ( V0 | {' '.join(names[1:])} ) {{ default 1 0; }}"
    with pytest.raises(FormatError, match=r":80:15: .* entries: too many"):
        read(text)


def test_a_number_past_the_largest_double_is_refused():
    with pytest.raises(FormatError, match=r"net\.bif:7:35: '1e999' is not a number"):
        table_of_b("default 1e999 0 0;")


def test_an_exponent_that_would_fill_the_memory_is_refused():
    text = "variable A { type discrete [ 1 ] { x }; } probability ( A ) { table 1e-999999999; }"
    with pytest.raises(FormatError, match="is not a number"):
        read(text, exact=True)
