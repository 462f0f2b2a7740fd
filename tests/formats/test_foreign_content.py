"""Formats of other programs: what comes back, what is refused, and where it is said to be."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import (
    DomixError,
    DomixWarning,
    FormatError,
    Network,
    from_pgmpy,
    from_pyagrum,
    read_network,
    write_network,
)
from domix.formats.record import NetworkRecord
from domix.model.io import READERS, WRITERS
from foreign_files import FILES
from records import assert_same, records
from strategies import networks

TENTH = Fraction(1, 10)
FOREIGN = sorted(set(WRITERS) - {".json", ".bif"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("foreign")


def read(folder, name, text, **options):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_network(path, **options)


# What comes back


@pytest.mark.parametrize("suffix", FOREIGN)
@given(data=st.data())
def test_networks_come_back_bit_for_bit(suffix, folder, data):
    net = data.draw(networks())
    path = folder / f"any{suffix}{data.draw(st.sampled_from(['', '.gz']))}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        write_network(net, path)
    back = read_network(path)
    names = {name: name for name in net.variables}
    if suffix == ".uai":
        names = {name: str(i) for i, name in enumerate(net.variables)}
    assert set(back.variables) == set(names.values())
    for name, other in names.items():
        assert back.parents[other] == tuple(names[parent] for parent in net.parents[name])
        assert back.cpt(other).tobytes() == net.cpt(name).tobytes()
        if suffix != ".uai":
            assert back.states[other] == tuple(map(str, net.states[name]))


@pytest.mark.parametrize("suffix", [".xdsl", ".dsl", ".net", ".bifxml"])
@given(record=records())
def test_odd_names_come_back_or_are_refused(suffix, record):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        try:
            text = WRITERS[suffix](record)
        except FormatError as error:
            assert "cannot hold the name" in str(error)  # noqa: PT017
            return
    back = READERS[suffix](text, "n", exact=False)
    order = list(record.states)
    states = {name: back.states[name] for name in order}
    parents = {name: back.parents[name] for name in order}
    assert_same(NetworkRecord(states, parents, {n: back.tables[n] for n in order}), record)


@pytest.mark.parametrize("suffix", FOREIGN)
def test_decimals_are_exact_and_other_fractions_rounded(suffix, folder):
    path = folder / f"exact{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        write_network(Network({"A": []}, {"A": [0, 1]}, {"A": [TENTH, 1 - TENTH]}), path)
    back = read_network(path, exact=True)
    assert back.cpt(back.variables[0])[0] == TENTH
    third = Fraction(1, 3)
    with pytest.warns(DomixWarning) as notes:
        write_network(Network({"A": []}, {"A": [0, 1]}, {"A": [third, 1 - third]}), path)
    assert {note.filename for note in notes} == {__file__}
    texts = " ".join(str(note.message) for note in notes)
    assert "labels that are numbers or booleans come back as text" in texts
    assert "fractions such as 1/3 are rounded" in texts
    assert read_network(path).cpt(back.variables[0])[0] == 1 / 3


@pytest.mark.parametrize("suffix", [".xdsl", ".dsl"])
def test_a_new_order_of_variables_gives_a_warning(suffix, folder):
    tables = {"A": np.eye(2), "B": np.array([0.5, 0.5])}
    net = Network({"A": ["B"], "B": []}, {name: ["x", "y"] for name in "AB"}, tables)
    with pytest.warns(DomixWarning, match="come back in another order"):
        write_network(net, folder / f"order{suffix}")
    assert read_network(folder / f"order{suffix}").variables == ("B", "A")


def test_names_that_others_refuse_give_a_warning(folder):
    net = Network({"A/B": []}, {"A/B": ["<5", "ok"]}, {"A/B": [0, 1]})
    for suffix in (".xdsl", ".dsl", ".net"):
        with pytest.warns(DomixWarning, match="may refuse names .*'A/B'"):
            write_network(net, folder / f"odd{suffix}")
        assert read_network(folder / f"odd{suffix}").states == {"A/B": ("<5", "ok")}


def test_names_that_cannot_be_read_back_are_refused(folder):
    for suffix, name in [(".xdsl", "a b"), (".dsl", "a,b"), (".net", "a|b"), (".bifxml", " a")]:
        net = Network({name: []}, {name: ["x", "y"]}, {name: [0, 1]})
        with pytest.raises(FormatError, match=re.escape(f"cannot hold the name {name!r}; write")):
            write_network(net, folder / f"refused{suffix}")


def test_labels_of_hugin_keep_quotes_and_backslashes(folder):
    labels = ['say "hi"', "C:\\temp", "50 % {", "x\ny"]
    net = Network({"A": []}, {"A": labels}, {"A": [0.25] * 4})
    write_network(net, folder / "labels.net")
    assert read_network(folder / "labels.net") == net


def test_an_encoding_that_the_file_declares_is_used(folder):
    text = FILES["n.xdsl"].replace("d0", "größer")
    (folder / "latin.xdsl").write_bytes(text.encode("latin-1"))
    assert read_network(folder / "latin.xdsl").states["D"][0] == "größer"
    (folder / "wrong.xdsl").write_bytes(text.replace("ISO-8859-1", "ascii9").encode("latin-1"))
    with pytest.raises(FormatError, match=r"wrong\.xdsl: the text is not ascii9"):
        read_network(folder / "wrong.xdsl")


# Deterministic nodes

WET = "Rain Pump", ["dry", "wet", "wet", "wet", "flood", "flood"]


@pytest.mark.parametrize("name", ["wet.xdsl", "wet.dsl"])
def test_deterministic_nodes_are_tables_of_0_and_1(name, folder):
    net = read(folder, name, DETERMINISTIC[name])
    assert net.parents["Wet"] == ("Rain", "Pump")
    table = net.cpt("Wet").reshape(6, 3)
    assert [net.states["Wet"][i] for i in table.argmax(axis=1)] == WET[1]
    assert np.array_equal(np.sort(table, axis=1), [[0, 0, 1]] * 6)
    assert net.marginal(["Wet"], given={"Rain": "much", "Pump": "off"})["flood"] == 1
    with pytest.raises(FormatError, match=r"'Wet' gives the state 'damp'; its states are 'dry'"):
        read(folder, name, DETERMINISTIC[name].replace("dry wet", "damp wet").replace("y,", "y ,"))
    with pytest.raises(FormatError, match=r"5 states; 6 are needed, one per configuration of 'Rai"):
        read(folder, name, DETERMINISTIC[name].replace("flood flood", "flood"))


DETERMINISTIC = {
    "wet.xdsl": f"""<smile version="1.0" id="N"><nodes>
<deterministic id="Wet"><state id="dry" /><state id="wet" /><state id="flood" />
<parents>{WET[0]}</parents><resultingstates>{" ".join(WET[1])}</resultingstates></deterministic>
<cpt id="Rain"><state id="no" /><state id="some" /><state id="much" />
<probabilities>0.5 0.3 0.2</probabilities></cpt>
<cpt id="Pump"><state id="off" /><state id="on" /><probabilities>0.5 0.5</probabilities></cpt>
</nodes></smile>""",
    "wet.dsl": f"""net N {{
node Rain {{ TYPE = CPT; DEFINITION = {{ NAMESTATES = (no, some, much);
  PROBABILITIES = (0.5, 0.3, 0.2); }}; }};
node Pump {{ TYPE = CPT; DEFINITION = {{ NAMESTATES = (off, on); PROBABILITIES = (0.5, 0.5); }}; }};
node Wet {{ TYPE = TRUTHTABLE; PARENTS = (Rain, Pump); DEFINITION = {{
  NAMESTATES = (dry, wet, flood); RESULTINGSTATES = ({" ".join(WET[1])}); }}; }}; }};""",
}


# What is refused

A_XDSL = '<cpt id="A"><state id="n"/><state id="y"/><probabilities>0.5 0.5</probabilities></cpt>'
A_DSL = "node A { TYPE = CPT; DEFINITION = { NAMESTATES = (n, y); PROBABILITIES = (1, 0); }; };"
A_NET = 'node A { states = ("n" "y"); }\npotential (A) { data = (0.5 0.5); }\n'
A_BIFXML = (
    "<VARIABLE><NAME>A</NAME><OUTCOME>n</OUTCOME><OUTCOME>y</OUTCOME></VARIABLE>"
    "<DEFINITION><FOR>A</FOR><TABLE>0.5 0.5</TABLE></DEFINITION>"
)
FRAMES = {
    ".xdsl": f'<smile version="1.0" id="N"><nodes>{A_XDSL}%s</nodes></smile>',
    ".dsl": f"net N {{\n{A_DSL}\n%s }};",
    ".net": f"net {{ }}\n{A_NET}%s",
    ".bifxml": f'<BIF VERSION="0.3"><NETWORK>{A_BIFXML}%s</NETWORK></BIF>',
    ".uai": "BAYES\n%s",
}
KINDS = {
    "noisymax": (".xdsl", '<noisymax id="B"><state id="n"/></noisymax>', ""),
    "noisyadder": (".xdsl", '<noisyadder id="B"></noisyadder>', ""),
    "equation": (".xdsl", '<equation id="B"><definition>B=2</definition></equation>', ""),
    "decision": (".xdsl", '<decision id="B"><state id="n"/></decision>', ""),
    "utility": (".xdsl", '<utility id="B"><utilities>1 2</utilities></utility>', ""),
    "mau": (".xdsl", '<mau id="B"><weights>1 1</weights></mau>', ""),
    "LIST": (".dsl", "node B { TYPE = LIST; DEFINITION = { NAMECHOICES = (a, b); }; };", ":3:6"),
    "TABLE": (".dsl", "node B { TYPE = TABLE; DEFINITION = { UTILITIES = (1); }; };", ":3:6"),
    "NOISY_MAX": (".dsl", "node B { TYPE = NOISY_MAX; };", ":3:6"),
    "decision ": (".net", 'decision B { states = ("n" "y"); }', ":4:1"),
    "utility ": (".net", "utility B { }", ":4:1"),
    "function": (".net", "function B { }", ":4:1"),
    "continuous node": (
        ".net",
        "continuous node B { }\npotential (B) { data = normal(0, 1); }",
        ":4:1",
    ),
    "decision  ": (".bifxml", '<VARIABLE TYPE="decision"><NAME>B</NAME></VARIABLE>', ""),
    "utility  ": (".bifxml", '<VARIABLE TYPE="utility"><NAME>B</NAME></VARIABLE>', ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_nodes_of_other_kinds_are_refused_by_name(kind, folder):
    suffix, text, place = KINDS[kind]
    with pytest.raises(FormatError) as error:
        read(folder, f"kind{suffix}", FRAMES[suffix] % text)
    assert f"kind{suffix}{place}: node 'B' is of the kind {kind.strip()!r}" in str(error.value)
    assert "turn it into one in the program that wrote the file" in str(error.value)


MISSING = {
    ".xdsl": '<cpt id="B"><state id="n"/><state id="y"/></cpt>',
    ".dsl": "node B { TYPE = CPT; DEFINITION = { NAMESTATES = (n, y); }; };",
    ".net": 'node B { states = ("n" "y"); }',
    ".bifxml": "<VARIABLE><NAME>B</NAME><OUTCOME>n</OUTCOME></VARIABLE>"
    "<DEFINITION><FOR>B</FOR></DEFINITION>",
}


@pytest.mark.parametrize("normalize", [None, True])
@pytest.mark.parametrize("suffix", MISSING)
def test_a_variable_without_a_table_is_named(suffix, normalize, folder):
    with pytest.raises(FormatError, match=rf"none\{suffix}: variable 'B' has no table; add "):
        read(folder, f"none{suffix}", FRAMES[suffix] % MISSING[suffix], normalize=normalize)


def test_a_table_of_zeros_is_a_missing_one():
    gum = pytest.importorskip("pyagrum")
    bn = gum.fastBN("A->B")
    bn.cpt("B").fillWith(0)
    with pytest.raises(DomixError, match="variable 'B' has no table: all its entries are 0"):
        from_pyagrum(bn)


def test_other_models_of_libraries_are_refused():
    gum = pytest.importorskip("pyagrum")
    with pytest.raises(DomixError, match=r"takes a pyagrum\.BayesNet, not InfluenceDiagram"):
        from_pyagrum(gum.InfluenceDiagram())
    models = pytest.importorskip("pgmpy.models")
    for name in ("LinearGaussianBayesianNetwork", "DiscreteMarkovNetwork"):
        with pytest.raises(DomixError, match=rf"DiscreteBayesianNetwork, not {name}"):
            from_pgmpy(getattr(models, name)())


REFUSED = {
    "unknown parent": (
        ".net",
        'node B { states = ("n" "y"); }\npotential (B | Z) { data = (1 0); }',
        ":5:12: the table of 'B' names 'Z', which is not declared; the file has 'A', 'B'",
    ),
    "too few numbers": (
        ".net",
        'node B { states = ("n" "y"); }\npotential (B | A) { data = (1 0 1); }',
        ":5:12: the table of 'B' has 3 numbers; 4 are needed, one per state of 'B' and of 'A'",
    ),
    "brackets of another order": (
        ".net",
        'node B { states = ("n" "y" "z"); }\npotential (B | A) { data = ((1 0) (1 0) (1 0)); }',
        ":5:12: the brackets of the table of 'B' make 3×2; 2×3 are needed",
    ),
    "ragged brackets": (
        ".net",
        'node B { states = ("n" "y"); }\npotential (B | A) { data = ((1) (0 1 0)); }',
        ":5:12: the brackets of the table of 'B' make unequal lists; 2×2 are needed",
    ),
    "joint potential": (
        ".net",
        "potential (A B) { data = (1 0); }",
        ":4:17: a potential of one node is needed, not of 'A', 'B'",
    ),
    "second potential": (
        ".net",
        "potential (A) { data = (1 0); }",
        ":4:12: variable 'A' has two tables; remove one",
    ),
    "expressions": (
        ".net",
        'node B { states = ("n" "y"); }\npotential (B) { model_data = (Binomial(1, 0.5)); }',
        "the table of 'B' is given by expressions (model_data); save the file with its numbers",
    ),
    "class": (".net", "class B { }", ":4:1: 'B' is a class of an object-oriented network"),
    "blanks": (".net", "node my B { }", ":4:1: 'my B' contains blanks; put it in quotes"),
    "no states": (".net", "node B { }\npotential (B) { data = (1); }", "'B' has no states"),
    "second node": (".net", "node A { }", ":4:1: variable 'A' is declared twice; remove one"),
    "unclosed value": (".net", "node B { label = 3 }", ":4:18: this value is not closed; put a ;"),
    "unclosed quotes": (
        ".net",
        'node B { label = "x; }',
        ":4:18: this quoted text is never closed",
    ),
    "cut off": (".net", "node", ":4:1: expected net, node or potential here, not 'node'"),
    "not a number": (
        ".xdsl",
        A_XDSL.replace("A", "B").replace("0.5 ", "O.5 "),
        "the table of 'B': 'O.5' is not a number; write it as 0.1, 1e-5 or 1/10",
    ),
    "negative number": (
        ".bifxml",
        A_BIFXML.replace(">A<", ">B<").replace("0.5 0.5", "-0.5 1.5"),
        "the table of 'B': -0.5 is negative; a probability is at least 0",
    ),
    "no id": (".xdsl", "<cpt></cpt>", "an element <cpt> has no id; add one"),
    "no name": (".bifxml", "<VARIABLE></VARIABLE>", "<VARIABLE> has no <NAME>; add one"),
    "two children": (
        ".bifxml",
        "<DEFINITION><FOR>A</FOR><FOR>B</FOR></DEFINITION>",
        "a DEFINITION is for several variables, 'A' among them",
    ),
    "not XML": (".xdsl", "<cpt>", "kind.xdsl:1:129: this is not XML: mismatched tag"),
    "Markov network": (".uai", "%", "expected BAYES here, not 'MARKOV'"),
    "too short": (".uai", "1 2 1 1 0", "the file ends too early"),
    "too long": (".uai", "1 2 1 1 0 2 1 0 0.5", ":2:17: expected the end of the file here"),
    "unknown variable": (
        ".uai",
        "1 2 1 1 1",
        ":2:9: expected a scope here: its size, then numbers",
    ),
    "no integer": (".uai", "1 2.0", ":2:3: expected a whole number here, not '2.0'"),
    "no function": (".uai", "2 2 2 1 1 0 2 0.5 0.5", "variable '1' has no table; add a function"),
    "wrong size": (".uai", "1 2 1 1 0\n3 1 0 0", ":3:1: the table of '0' has 3 numbers; 2 are"),
    "no brace": (
        ".dsl",
        "node B { TYPE = CPT }; ",
        ":3:21: this value is not closed",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_errors_name_the_place(case, folder):
    suffix, text, message = REFUSED[case]
    text = "MARKOV" if text == "%" else FRAMES[suffix] % text
    with pytest.raises(FormatError) as error:
        read(folder, f"kind{suffix}", text)
    assert message in str(error.value)
    assert f"kind{suffix}" in str(error.value)


def test_dynamic_networks_are_refused(folder):
    text = FRAMES[".xdsl"].replace("</smile>", "<dynamic numslices='2'></dynamic></smile>") % ""
    with pytest.raises(FormatError, match="the network is dynamic, with edges between time slices"):
        read(folder, "dynamic.xdsl", text)


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
def test_a_damaged_file_gives_a_domix_error_or_a_network(name, folder, data):
    tokens = re.findall(r"\w+|[^\w\s]|\s+", FILES[name])
    begin, end = sorted(data.draw(st.integers(0, len(tokens))) for _ in range(2))
    put = data.draw(st.sampled_from(["", ";", "{", "}", "(", ")", '"', "<", "/>", "%", "7", " A "]))
    text = "".join(tokens[:begin]) + put + "".join(tokens[end:])
    path = Path(folder / f"damaged-{name}")
    path.write_text(text, encoding="latin-1" if "8859" in text else "utf-8")
    with suppress(DomixError), warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        assert read_network(path).variables
