"""Components of a mixture on the command line: ``PKC=high,Raf=low@0.3``."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Mixture, Network, cli, write_network
from domix.cli.commands import simulate
from domix.cli.commands.simulate import parse_component
from domix.core.intervention import do
from domix.core.soft.values import Misread
from domix.data import files
from domix.data.files import write_batches
from domix.errors import InterventionError
from strategies import LABELS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PKC=high,Raf=low@0.3", (do(PKC="high", Raf="low"), 0.3)),
        ("@0.7", (do(), 0.7)),
        (" PKC = high @ 1/3 ", (do(PKC="high"), 1 / 3)),
        (r"a\,b=c\=d,e\@f=g\\h@1", (do({"a,b": "c=d", "e@f": "g\\h"}), 1.0)),
        ("A=-1@1e-3", (do(A="-1"), 0.001)),
        ("one two=1@1", (do({"one two": "1"}), 1.0)),
        ("A~{x: .5, y: .5},B=u @.3", (do(A={"x": 0.5, "y": 0.5}, B="u"), 0.3)),
        (r"A=x~{a\@: 1}@1", (do(A=Misread("x", {"a@": 1})), 1.0)),
    ],
)
def test_components_are_parsed(text, expected):
    assert parse_component(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PKC=high", "no weight"),
        ("PKC=high@0.3@0.7", "more than one @"),
        ("PKC=high@lots", "the weight 'lots' is not a number"),
        ("PKC=high@", "the weight '' is not a number"),
        ("PKC=high@1/0", "the weight '1/0' is not a number"),
        ("PKC=high@nan", "the weight 'nan' is not a number"),
        ("PKC=high@1e999", "the weight '1e999' is not a number"),
        ("PKC@1", "'PKC' is not name=state"),
        ("PKC=@1", "'PKC=' is not name=state"),
        ("=high@1", "'=high' is not name=state"),
        ("PKC=high,@1", "'' is not name=state"),
        ("PKC=high,PKC=low@1", "'PKC' is set twice"),
        ("", "no weight"),
    ],
)
def test_invalid_components_are_quoted(text, message):
    with pytest.raises(InterventionError, match=re.escape(message)) as error:
        parse_component(text)
    assert repr(text) in str(error.value)


@given(st.dictionaries(LABELS, LABELS))
def test_any_label_can_be_escaped(assignment):
    def escape(label):
        return re.sub(r"([,=@\\]|^\s|\s\Z|^\"(?=\"\Z))", r"\\\1", label)

    text = ",".join(f"{escape(name)}={escape(state)}" for name, state in assignment.items())
    assert parse_component(text + "@1") == (do(assignment), 1.0)


def test_rows_are_drawn_from_soft_components(tmp_path):
    net = Network({"A": []}, {"A": ["x", "y", "z"]}, {"A": [0.5, 0.5, 0.0]})
    write_network(net, tmp_path / "net.json")
    args = ["simulate", str(tmp_path / "net.json"), "--do", "A~{y: .5, z: .5}@1", "--rows", "99"]
    assert cli.main([*args, "--seed", "1", "--out", str(tmp_path / "rows.csv")]) == 0
    assert set((tmp_path / "rows.csv").read_text().split()) == {"A", "y", "z"}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_many_rows_are_drawn_in_batches(tmp_path, monkeypatch, suffix):
    states = {"A": ["x", "y"], "B": ["u", "v"]}
    net = Network({"A": [], "B": ["A"]}, states, {"A": [0.5, 0.5], "B": np.full((2, 2), 0.5)})
    write_network(net, tmp_path / "net.json")
    out, lengths = tmp_path / f"rows{suffix}", []

    def write(space, batches, path):
        def counted():
            for codes in batches:
                lengths.append(len(codes))
                yield codes

        write_batches(space, counted(), path)

    monkeypatch.setattr(files, "BATCH_ROWS", 64)
    monkeypatch.setattr(simulate, "write_batches", write)
    arguments = ["--do", "A=x@.5", "--do", "@.5", "--rows", "150", "--seed", "3"]
    assert cli.main(["simulate", str(tmp_path / "net.json"), *arguments, "--out", str(out)]) == 0
    assert lengths == [64, 64, 22]
    drawn = Mixture(net, {do(A="x"): 0.5, do(): 0.5}).sample(150, rng=3)
    np.testing.assert_array_equal(net.encode(files.read_frame(out)), drawn)
