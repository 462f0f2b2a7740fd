"""Interventions are values: equal, hashable, and the same in every process."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

from domix import InterventionError, do


def test_the_order_of_writing_does_not_count():
    assert do(A="x", B=1) == do({"B": 1}, A="x")
    assert len({do(A="x", B=1), do(B=1, A="x")}) == 1


def test_the_hash_survives_pickling_in_another_process(tmp_path):
    path = tmp_path / "weights.pkl"
    code = (
        "import pathlib, pickle, sys, domix; "
        "pathlib.Path(sys.argv[1]).write_bytes(pickle.dumps({domix.do(A='low'): 1}))"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    assert do(A="low") in pickle.loads(path.read_bytes())


def test_its_text_can_be_read_back_as_python():
    micro = do({"\N{MICRO SIGN}g": "low "})  # Python reads the sign as another letter
    for intervention in (do(), do(A="x", B=1), do({"class": "x"}), do({"a b": True}), micro):
        assert eval(repr(intervention), {"do": do}) == intervention


@pytest.mark.parametrize("label", [None, ["x"], np.array([1, 2]), ("a",)])
def test_what_is_no_state_is_refused(label):
    with pytest.raises(InterventionError, match="'A' is set to"):
        do(A=label)
