"""Estimations that take every kind of step, for tests of checkpoints and interrupts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from domix import DomixWarning, Mixture, Network, Stochastic, disentangle, do
from strategies import planted
from wrong_models import World

TARGETS = [{}, {0: 1}, {2: 0, 3: 2}]

SAMPLE_ROWS = 2**10
"""Distinct rows on which searches begin; see :func:`small_shards.search_on_sample`."""


def groups():
    """Groups that share tables, their intervals by the bootstrap."""
    mix = planted(6, TARGETS, seed=11)
    learnt = Network.fit(mix.network.parents, mix.network.sample(800, rng=5), mix.network.states)
    rows = mix.sample(1000, rng=1)
    return (learnt, rows), {"groups": ["a", "b"] * 500, "bootstrap": 4, "rng": 3}


def misfit():
    """A graph that lacks edges: control rows contradict it."""
    world = World(3, missing=2)
    return (world.network, world.mixture(2000), world.controls(2000)), {"graph": "given"}


def learnt_graph():
    """A graph from control rows and targets together."""
    mix = planted(5, [{}, {1: 2}, {2: 0, 4: 2}, {3: 1}], seed=4)
    net = mix.network
    start = Network({name: [] for name in net.variables}, net.states, _uniform(net))
    return (start, mix.sample(3000, rng=1), net.sample(3000, rng=2)), {"graph": "learn"}


def _uniform(net):
    return {name: np.full(len(states), 1 / len(states)) for name, states in net.states.items()}


def soft():
    """Targets that draw values."""
    net = planted(5, [{}], seed=2).network
    often, rarely = Stochastic({"s0": 0.7, "s1": 0.3}), Stochastic({"s0": 0.3, "s2": 0.7})
    mix = Mixture(net, {do(): 0.5, do(V0=often): 0.3, do(V2="s0", V3=rarely): 0.2})
    return (net, mix.sample(4000, rng=1)), {"soft": True, "bootstrap": 3}


def missing():
    """Rows that miss entries, and a generator of random numbers."""
    import polars as pl

    mix = planted(5, TARGETS, seed=11)
    rows = pl.DataFrame(mix.sample(800, rng=1, as_frame=True))
    absent = np.random.default_rng(0).random(rows.shape) < 0.05
    columns = zip(rows.columns, absent.T, strict=True)
    rows = rows.with_columns(
        pl.when(pl.Series(gaps)).then(None).otherwise(pl.col(name)).alias(name)
        for name, gaps in columns
    )
    options = {"missing": "marginalize", "rng": np.random.default_rng(4)}
    return (mix.network, rows, mix.network.sample(400, rng=9)), options


def many_rows():
    """So many distinct rows that they come in shards, where searches begin on a small sample."""
    mix = planted(12, [{}, {0: 1}, {2: 0, 3: 2}, {4: 1, 7: 0, 9: 1}, {10: 0}], seed=7)
    controls = mix.network.sample(6000, rng=5)
    learnt = Network.fit(mix.network.parents, controls, mix.network.states)
    return (learnt, mix.sample(8000, rng=1)), {}


CASES = (groups, misfit, learnt_graph, soft, missing, many_rows)


def run(case, checkpoint=None, **changes):
    """Disentangle; return the result as JSON. Every call has generators of its own."""
    arguments, options = case()
    call: Any = {**options, **changes, "checkpoint": checkpoint}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        return disentangle(*arguments, **call).to_json()
