"""Networks in files: read, written, read again, and refused with the file's name."""

from __future__ import annotations

import gzip
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from domix import (
    DomixWarning,
    FormatError,
    MissingExtraError,
    Network,
    NetworkError,
    from_networkx,
    from_pgmpy,
    from_pyagrum,
    read_network,
    write_network,
)
from strategies import networks

PUBLISHED = (
    "alarm andes asia cancer child earthquake hailfinder hepar2 insurance munin munin1 pigs sachs "
    "survey"
)
# Networks with rows whose published decimals do not sum to 1.
OFF = {"alarm", "hepar2", "insurance", "munin", "munin1", "sachs"}
OURS = (".bif", ".json", ".bif.gz", ".JSON.gz")
TEXT = "variable A { type discrete [ 2 ] { no, yes }; }\nprobability ( A ) { table 0.9, 0.1; }\n"


def assert_same(left, right):
    """Equal in every bit; ``==`` alone would take 0.0 for -0.0."""
    assert left == right
    assert left.pseudocount == right.pseudocount
    assert (left.counts is None) == (right.counts is None)
    if not left.is_exact:
        assert left.tables.values.tobytes() == right.tables.values.tobytes()


@pytest.mark.filterwarnings("ignore::domix.errors.DomixWarning")
@pytest.mark.parametrize("suffix", [".bif", ".json.gz"])
@pytest.mark.parametrize("name", PUBLISHED.split())
def test_published_networks_come_back_bit_for_bit(data_dir, tmp_path, name, suffix):
    path = data_dir / "networks" / f"{name}.bif"
    exact = read_network(path, exact=True, normalize=True if name in OFF else None)
    assert exact.is_exact
    for net in (read_network(path), exact):
        write_network(net, tmp_path / f"net{suffix}")
        assert_same(read_network(tmp_path / f"net{suffix}", exact=net.is_exact), net)


@pytest.mark.parametrize("name", sorted(OFF - {"munin"}))
def test_sums_off_are_renormalised_or_refused(data_dir, name):
    path = data_dir / "networks" / f"{name}.bif"
    with pytest.warns(DomixWarning, match=rf"{name}\.bif: .* rows did not sum to 1") as notes:
        read_network(path)
    assert notes[0].filename == __file__
    for options in ({"exact": True}, {"normalize": False}):
        with pytest.raises(NetworkError, match=rf"{name}\.bif: variable .* normalize=True"):
            read_network(path, **options)


def test_child_has_a_state_that_other_readers_refuse(data_dir):
    net = read_network(data_dir / "networks" / "child.bif")
    assert "Asy/Patch" in net.states["ChestXray"]


@given(networks())
def test_random_networks_come_back(tmp_path_factory, net):
    folder = tmp_path_factory.mktemp("networks")
    for suffix in OURS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DomixWarning)
            write_network(net, folder / f"net{suffix}")
        back = read_network(folder / f"net{suffix}")
        if "json" in suffix.lower():
            assert_same(back, net)
        else:
            # BIF knows no numbers among labels.
            assert back.tables.values.tobytes() == net.tables.values.tobytes()
            assert back.parents == net.parents
            assert [[str(x) for x in states] for states in net.states.values()] == [
                list(states) for states in back.states.values()
            ]


@given(networks(exact=True))
def test_random_exact_networks_come_back(tmp_path_factory, net):
    path = tmp_path_factory.mktemp("networks") / "net.json"
    write_network(net, path)
    assert_same(read_network(path, exact=True), net)
    assert_same(read_network(path), net.to_float())


@pytest.mark.parametrize("suffix", OURS)
@pytest.mark.parametrize("scale", [10**6000, 10**6000 + 1], ids=["decimals", "fractions"])
def test_fractions_of_any_length_come_back(tmp_path, suffix, scale):
    least = Fraction(1, scale)
    net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [least, 1 - least]})
    with warnings.catch_warnings():
        # BIF has no fractions: it says that other programs cannot read them.
        warnings.simplefilter("ignore", DomixWarning)
        write_network(net, tmp_path / f"a{suffix}")
    assert_same(read_network(tmp_path / f"a{suffix}", exact=True), net)
    assert_same(read_network(tmp_path / f"a{suffix}"), net.to_float())


def test_counts_round_trip_in_json_but_not_in_bif(tmp_path):
    net = Network.fit({"A": []}, [[0], [1], [1]], {"A": ["no", "yes"]}, pseudocount=0.5)
    write_network(net, tmp_path / "a.json")
    back = read_network(tmp_path / "a.json")
    assert_same(back, net)
    assert back.counts["A"].tolist() == [1, 2]
    with pytest.warns(DomixWarning, match="counts") as notes:
        write_network(net, tmp_path / "a.bif")
    assert notes[0].filename == __file__


@pytest.mark.parametrize("count", ["-1", "1e16", "1e308"])
def test_errors_in_counts_name_file_and_variable(tmp_path, count):
    path = tmp_path / "a.json"
    write_network(Network.fit({"A": []}, [[0], [1], [1]], {"A": ["no", "yes"]}), path)
    path.write_text(path.read_text().replace("[1.0, 2.0]", f"[{count}, {count}]"))
    with pytest.raises(NetworkError, match=r"a\.json: variable 'A': counts"):
        read_network(path)


def test_equal_networks_make_equal_files(chain, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for suffix in OURS:
            write_network(chain, tmp_path / name / f"net{suffix}")
    for suffix in OURS:
        one, two = (tmp_path / name / f"net{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_paths_may_be_text(chain, tmp_path):
    write_network(chain, str(tmp_path / "net.bif"))
    assert_same(read_network(str(tmp_path / "net.bif")), chain)


def test_exact_reading_keeps_decimals(tmp_path):
    (tmp_path / "a.bif").write_text(TEXT)
    assert read_network(tmp_path / "a.bif", exact=True).cpt("A")[1] == Fraction(1, 10)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "a.bif").write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert read_network(tmp_path / "a.bif").variables == ("A",)


# What is refused


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("none.bif", None, "there is no such file"),
        ("folder.bif", "folder", "this is a folder, not a file"),
        ("folder", "folder", "this is a folder, not a file"),
        ("a.bif", gzip.compress(TEXT.encode()), "compressed by gzip; rename the file a.bif.gz"),
        (
            "latin.bif",
            TEXT.replace("yes", "oui\né").encode("latin-1"),
            ":2: the byte 0xe9 is not UTF-8",
        ),
        ("plain.bif.gz", TEXT.encode(), "not compressed by gzip"),
        ("cut.bif.gz", gzip.compress(TEXT.encode())[:-9], "damaged"),
        ("a.pkl", b"\x80\x04.", "pickles are not opened, because they can run any code"),
        ("a.pickle.gz", b"\x80\x04.", "pickles are not opened"),
        ("a.xls", b"A\nno\n", "unknown suffix; files of networks end with .bif"),
        ("a.jgum.gz", b"", "unknown suffix"),
        ("bif", TEXT.encode(), "unknown suffix"),
        ("a.net", None, "there is no such file"),
        ("a.net", b"net {\n nonsense", ":1:5: there is no } to close this"),
        ("a.xdsl", b"nonsense", ":1:1: this is not XML: syntax error"),
        ("a.jgum", b"nonsense", "a.jgum: "),
    ],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name, data, words):
    path = tmp_path / name
    if data == "folder":
        path.mkdir()
    elif data is not None:
        path.write_bytes(data)
    with pytest.raises(FormatError) as error:
        read_network(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_exact_reading_of_rounded_formats_is_refused(tmp_path):
    (tmp_path / "a.jgum").touch()
    with pytest.raises(FormatError, match=r"exact reading needs '\.bif', '\.json'"):
        read_network(tmp_path / "a.jgum", exact=True)


def test_an_invalid_network_in_a_file_names_the_file(tmp_path):
    text = TEXT.replace("( A )", "( A | B )").replace("table", "default")
    path = tmp_path / "loop.bif"
    path.write_text(text + text.replace("A", "C").replace("B", "A").replace("C", "B"))
    with pytest.raises(NetworkError, match=r"loop\.bif: the graph has a cycle"):
        read_network(path)


def test_failed_writing_leaves_no_network_file(chain, tmp_path):
    for path, words in [
        (tmp_path / "none" / "a.json", "there is no folder"),
        (tmp_path / "a.pkl", "pickles"),
        (tmp_path / "a.txt", "unknown suffix"),
    ]:
        with pytest.raises(FormatError, match=words):
            write_network(chain, path)
    name = 'a "quoted" name'
    odd = Network({name: []}, {name: ["x", "y"]}, {name: [0.5, 0.5]})
    with pytest.raises(FormatError, match="write JSON"):
        write_network(odd, tmp_path / "a.bif")
    assert list(tmp_path.iterdir()) == []


# Other formats and libraries


@pytest.mark.parametrize("suffix", [".jgum", ".bgum"])
def test_other_formats_go_through_pyagrum(chain, tmp_path, suffix):
    pytest.importorskip("pyagrum")
    path = tmp_path / f"net{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        write_network(chain, path)
        back = read_network(path)
    assert dict(back.states) == dict(chain.states)
    for names in (["A", "B"], ["C"]):
        assert np.allclose(back.marginal(names).values, chain.marginal(names).values, atol=1e-5)


def test_formats_that_rename_give_a_warning(tmp_path):
    pytest.importorskip("pyagrum")
    third = Fraction(1, 3)
    net = Network({"A": []}, {"A": ["x", "y"]}, {"A": [third, 1 - third]})
    with pytest.warns(DomixWarning, match="does not give the same network") as notes:
        write_network(net, tmp_path / "net.jgum")
    assert notes[0].filename == __file__


def test_a_missing_pyagrum_is_named(chain, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyagrum", None)
    (tmp_path / "a.jgum").touch()
    with pytest.raises(MissingExtraError, match=r"reading \.jgum files needs the package pyagrum"):
        read_network(tmp_path / "a.jgum")
    with pytest.raises(MissingExtraError, match=r"writing \.bgum files needs the package pyagrum"):
        write_network(chain, tmp_path / "a.bgum")


def test_networks_round_trip_through_other_libraries(chain):
    libraries: list[tuple] = [
        ("networkx", from_networkx, chain.to_networkx),
        ("pgmpy", from_pgmpy, chain.to_pgmpy),
        ("pyagrum", from_pyagrum, chain.to_pyagrum),
    ]
    for package, read, write in libraries:
        pytest.importorskip(package)
        assert_same(read(write()), chain)


def test_exact_networks_in_other_libraries(chain):
    pytest.importorskip("networkx")
    pytest.importorskip("pyagrum")
    third = [Fraction(1, 3), Fraction(2, 3)]
    exact = Network({"A": []}, {"A": ["x", "y"]}, {"A": third})
    assert_same(from_networkx(exact.to_networkx()), exact)
    assert_same(from_pyagrum(exact.to_pyagrum()), exact.to_float())


def test_a_graph_in_the_place_of_a_network_says_what_to_do(tmp_path):
    path = tmp_path / "edges.csv"
    path.write_text("cause,effect\nA,B\n")
    with pytest.raises(FormatError, match=r"edges\.csv: a graph has no tables; learn them"):
        read_network(path)
