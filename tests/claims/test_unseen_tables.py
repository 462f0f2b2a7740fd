"""Tables that control rows hardly show: what a result says of them."""

import pytest

from domix import Mixture, Network, disentangle, do


def screen(off):
    states = {"A": ["off", "low", "high"], "B": ["low", "high"], "C": ["low", "high"]}
    cpts = {
        "A": [off, 0.5, 0.5 - off],
        "B": [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]],
        "C": [[0.7, 0.3], [0.2, 0.8]],
    }
    return Network({"A": [], "B": ["A"], "C": ["B"]}, states, cpts)


def few_controls(net, **options):
    weights = {do(): 0.5, do(A="off"): 0.3, do(A="off", B="low"): 0.2}
    rows = Mixture(net, weights).sample(2000, rng=1)
    return disentangle(net, rows, soft=False, **options).facts


def test_a_table_without_control_rows_is_named():
    net = screen(0.002)
    named = few_controls(net, observational=net.sample(2000, rng=0))["few control rows"]
    assert named.startswith("show the tables of B under do(A=off) (6 of them): ")
    assert "C" not in named


@pytest.mark.parametrize("off", [0.002, 0.2])
def test_known_and_well_shown_tables_are_not_named(off):
    net = screen(off)
    controls = None if off < 0.1 else net.sample(2000, rng=0)
    assert not {"few control rows", "in doubt"} & few_controls(net, observational=controls).keys()


def test_a_target_that_few_control_rows_keep_apart_is_in_doubt():
    states = {"A": ["off", "on"], "B": ["low", "high"]}
    net = Network(
        {"A": [], "B": ["A"]}, states, {"A": [0.006, 0.994], "B": [[0.1, 0.9], [0.5, 0.5]]}
    )
    weights = {do(): 0.5, do(A="off"): 0.1, do(A="off", B="low"): 0.4}
    rows, controls = Mixture(net, weights).sample(2000, rng=1), net.sample(2000, rng=0)
    result = disentangle(net, rows, controls, soft=False, graph="given")
    assert do(A="off", B="low") in result.mixture.interventions
    few = (controls[:, 0] == 0).sum()
    assert result.facts["in doubt"] == (
        f"do(A=off, B=low) might be do(A=off), as {few} control rows show B under do(A=off)"
    )
