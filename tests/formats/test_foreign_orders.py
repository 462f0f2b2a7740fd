"""Every format and library against one table made by hand, in both directions."""

from __future__ import annotations

import logging
import re
import warnings

import numpy as np
import pytest

from domix import (
    DomixWarning,
    FormatError,
    from_networkx,
    from_pgmpy,
    from_pyagrum,
    read_network,
    write_network,
)
from foreign_files import CARDS, CONFIGURATIONS, FILES, d0, network

WRITTEN = {
    ".xdsl": r'<cpt id="D">.*?<parents>(.*?)</parents>.*?<probabilities>(.*?)</probabilities>',
    ".dsl": r"node D\s.*?PARENTS = \((.*?)\);.*?PROBABILITIES = \((.*?)\);",
    ".net": r"potential \(D \| (.*?)\).*?data = (.*?);",
    ".bifxml": r"<FOR>D</FOR>(.*?)<TABLE>(.*?)</TABLE>",
    ".uai": r"\n4 (\d \d \d) 3\n.*\n48\n(.*)$",
}
"""Suffix to what holds the parents and the numbers of D."""


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def assert_right(net):
    """Whatever the order of the axes, each probability is at its states."""
    numbered = net.variables[0] == "0"
    for a, b, c in CONFIGURATIONS:
        given = {"0": a, "1": b, "2": c} if numbered else {"A": f"a{a}", "B": f"b{b}", "C": f"c{c}"}
        child, state = ("3", "0") if numbered else ("D", "d0")
        assert net.marginal([child], given=given)[state] == pytest.approx(d0(a, b, c), abs=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_reading(name, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name], encoding="latin-1" if "8859" in FILES[name] else "utf-8")
    net = read_network(path)
    assert net.parents[net.variables[-1]] == (("2", "0", "1") if "uai" in name else ("C", "A", "B"))
    assert_right(net)
    exact = read_network(path, exact=True)
    assert exact.is_exact
    assert exact.to_float() == net


@pytest.mark.parametrize("suffix", WRITTEN)
def test_writing(suffix, tmp_path):
    path = tmp_path / f"n{suffix}"
    write_network(network(), path)
    parents, numbers = re.search(WRITTEN[suffix], path.read_text(), re.DOTALL).groups()
    order = ["ABC"[int(i)] if i.isdigit() else i for i in re.findall(r"\b[ABC012]\b", parents)]
    table = np.array(re.findall(r"\d\.\d+", numbers), dtype=float)
    table = table.reshape([CARDS[name] for name in (*order, "D")])
    for a, b, c in CONFIGURATIONS:
        at = {"A": a, "B": b, "C": c}
        assert table[tuple(at[name] for name in order)][0] == pytest.approx(d0(a, b, c))
    assert_right(read_network(path))


@pytest.mark.parametrize("suffix", ["xdsl", "net", "bifxml", "bif"])
def test_pgmpy_reads_and_writes_alike(suffix, tmp_path):
    readwrite = pytest.importorskip("pgmpy.readwrite")
    form = {"bifxml": "XMLBIF"}.get(suffix, suffix.upper())
    path = tmp_path / f"ours.{suffix}"
    write_network(network(), path)
    model = getattr(readwrite, f"{form}Reader")(str(path)).get_model()
    for a, b, c in CONFIGURATIONS:
        cpd = model.get_cpds("D")
        index = [{"A": a, "B": b, "C": c, "D": 0}[name] for name in cpd.variables]
        assert cpd.values[tuple(index)] == pytest.approx(d0(a, b, c))
    path = tmp_path / f"theirs.{suffix}"
    getattr(readwrite, f"{form}Writer")(network().to_pgmpy()).write(str(path))
    assert_right(read_network(path))


@pytest.mark.parametrize("suffix", ["net", "bifxml", "dsl", "bif", "jgum", "bgum"])
def test_pyagrum_reads_and_writes_alike(suffix, tmp_path):
    gum = pytest.importorskip("pyagrum")
    path = tmp_path / f"ours.{suffix}"
    write_network(network(), path)
    bn = gum.loadBN(str(path))
    for a, b, c in CONFIGURATIONS:
        index = {"A": a, "B": b, "C": c, "D": 0}
        assert bn.cpt("D")[index] == pytest.approx(d0(a, b, c), abs=1e-6)
    path = tmp_path / f"theirs.{suffix}"
    gum.saveBN(network().to_pyagrum(), str(path))
    assert_right(read_network(path))


@pytest.mark.parametrize("suffix", ["xdsl", "uai"])
def test_swapped_files_of_pyagrum_are_refused(suffix, tmp_path):
    gum = pytest.importorskip("pyagrum")
    path = str(tmp_path / f"n.{suffix}")
    gum.saveBN(network().to_pyagrum(), path)
    with pytest.raises(FormatError, match=r"pyagrum and use domix\.from_pyagrum"):
        read_network(path)
    assert gum.loadBN(path).size() == 4


@pytest.mark.parametrize("normalize", [None, True])
def test_uai_of_pgmpy_is_refused(normalize, tmp_path):
    readwrite = pytest.importorskip("pgmpy.readwrite")
    path = tmp_path / "n.uai"
    readwrite.UAIWriter(network().to_pgmpy()).write(str(path))
    with pytest.raises(FormatError, match=r"'1' lists its own states slowest.*from_pgmpy"):
        read_network(path, normalize=normalize)


def test_objects_of_other_libraries():
    net = network()
    pytest.importorskip("networkx")
    graph = net.to_networkx()
    at = graph.nodes["D"]["parents"].index
    for a, b, c in CONFIGURATIONS:
        index = sorted([(at("A"), a), (at("B"), b), (at("C"), c)])
        assert graph.nodes["D"]["cpt"][tuple(i for _, i in index)][0] == pytest.approx(d0(a, b, c))
    assert_right(from_networkx(graph))


def test_objects_of_pgmpy():
    model = pytest.importorskip("pgmpy.models").DiscreteBayesianNetwork
    cpd = network().to_pgmpy().get_cpds("D")
    for a, b, c in CONFIGURATIONS:
        assert cpd.get_value(A=f"a{a}", B=f"b{b}", C=f"c{c}", D="d0") == pytest.approx(d0(a, b, c))
    assert isinstance(network().to_pgmpy(), model)
    assert_right(from_pgmpy(network().to_pgmpy()))


def test_objects_of_pyagrum():
    gum = pytest.importorskip("pyagrum")
    bn = gum.BayesNet()
    for name, k in CARDS.items():
        bn.add(gum.LabelizedVariable(name, name, [f"{name.lower()}{i}" for i in range(k)]))
    for name in "BCA":
        bn.addArc(name, "D")
        bn.cpt(name).fillWith(1 / CARDS[name])
    for a, b, c in CONFIGURATIONS:
        bn.cpt("D")[{"A": a, "B": b, "C": c}] = [d0(a, b, c), 1 - d0(a, b, c)]
    assert_right(from_pyagrum(bn))
    bn = network().to_pyagrum()
    for a, b, c in CONFIGURATIONS:
        assert bn.cpt("D")[{"A": a, "B": b, "C": c, "D": 0}] == pytest.approx(d0(a, b, c))


def test_a_noisy_or_of_pyagrum_is_read_as_its_table():
    gum = pytest.importorskip("pyagrum")
    bn = gum.BayesNet()
    for name in "AB":
        bn.add(gum.LabelizedVariable(name, name, 2))
    bn.addNoisyOR(gum.LabelizedVariable("C", "C", 2), 0.0)
    bn.addWeightedArc("A", "C", 0.5)
    bn.addWeightedArc("B", "C", 0.25)
    for name in "AB":
        bn.cpt(name).fillWith(0.5)
    net = from_pyagrum(bn)
    assert net.marginal(["C"], given={"A": "1", "B": "1"})["1"] == pytest.approx(1 - 0.5 * 0.75)
    assert net.marginal(["C"], given={"A": "0", "B": "1"})["1"] == pytest.approx(0.25)


def test_warnings_of_names_are_at_the_caller(tmp_path):
    warnings.simplefilter("always")
    with pytest.warns(DomixWarning, match="without their names") as notes:
        write_network(network(), tmp_path / "n.uai")
    assert notes[0].filename == __file__
