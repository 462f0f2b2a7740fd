"""How often goodness of fit flags anything, where the model holds and where it does not.

Random networks of the paper's generator. "edge left out": the model lacks the edge with the largest
mutual information; "cause hidden": the model lacks the variable with the most children. Known
tables are then those of a million rows under the model's graph. A reported target is false if it is
not a true target (restricted to the variables of the model), and doubtful if the table marks it so.

    python benchmarks/goodness.py --variables 8 --rows 4096 --instances 200 --seed 1000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from domix import Disentanglement, Mixture, Network, disentangle
from domix.study.instances.generator import random_instance

MANY_ROWS = 1_000_000

Model = tuple[dict[str, Sequence[str]], list[int]]
"""The graph, and the indices of the true variables that it contains."""


def keep_model(net: Network, _rng: np.random.Generator) -> Model:
    return dict(net.parents), list(range(len(net.variables)))


def leave_edge_out(net: Network, rng: np.random.Generator) -> Model:
    codes = net.sample(20_000, rng=rng)
    edges = [(p, child) for child in net.variables for p in net.parents[child]]
    parent, child = max(edges, key=lambda edge: _mutual_information(net, codes, *edge))
    graph = dict(net.parents)
    graph[child] = [p for p in graph[child] if p != parent]
    return graph, list(range(len(net.variables)))


def hide_cause(net: Network, _rng: np.random.Generator) -> Model:
    children = {v: sum(v in ps for ps in net.parents.values()) for v in net.variables}
    hidden = max(children, key=children.__getitem__)
    kept = [v for v in net.variables if v != hidden]
    graph = {v: [p for p in net.parents[v] if p != hidden] for v in kept}
    return graph, [net.variables.index(v) for v in kept]


MODELS: dict[str, Callable[[Network, np.random.Generator], Model]] = {
    "holds": keep_model,
    "edge left out": leave_edge_out,
    "cause hidden": hide_cause,
}


def _mutual_information(net: Network, codes: np.ndarray, parent: str, child: str) -> float:
    i, j = net.variables.index(parent), net.variables.index(child)
    joint = np.zeros((len(net.states[parent]), len(net.states[child])))
    np.add.at(joint, (codes[:, i], codes[:, j]), 1 / len(codes))
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    positive = joint > 0
    return float((joint[positive] * np.log(joint[positive] / independent[positive])).sum())


@dataclass
class Tally:
    any_flag: list[bool] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    false: list[bool] = field(default_factory=list)
    doubtful: list[bool] = field(default_factory=list)

    def add(self, truth: Mixture, result: Disentanglement, fit) -> None:
        names = set(result.network.variables)
        true = {frozenset((v, s) for v, s in t.items() if v in names) for t in truth.interventions}
        tested = [row for row in fit.rows if row.p_value is not None]
        self.any_flag.append(bool(fit.flagged))
        self.share.append(len(fit.flagged) / max(len(tested), 1))
        for c in fit.components:
            self.false.append(frozenset(c.intervention.items()) not in true)
            self.doubtful.append(c.doubtful)

    def line(self) -> str:
        false, doubtful = np.array(self.false), np.array(self.doubtful)
        of_false = doubtful[false].mean() if false.any() else np.nan
        return (
            f"{np.mean(self.any_flag):9.3f} {np.mean(self.share):10.3f} {false.mean():9.3f} "
            f"{of_false:16.3f} {doubtful[~false].mean():15.3f}"
        )


def run(n: int, rows: int, seed: int, model: str, tallies: dict[str, Tally]) -> None:
    rng = np.random.default_rng(seed)
    truth = random_instance(n, rng).mixture
    net = truth.network
    mixed, control = truth.sample(rows, rng), net.sample(rows, rng=rng)
    graph, kept = MODELS[model](net, rng)
    states = {v: net.states[v] for v in graph}
    mixed, control = (np.ascontiguousarray(x[:, kept]) for x in (mixed, control))

    learnt = Network.fit(graph, control, states)
    result = disentangle(learnt, mixed)
    tallies["learnt, with control rows"].add(
        truth, result, result.goodness_of_fit(mixed, observational=learnt)
    )
    tallies["learnt, mixed rows alone"].add(truth, result, result.goodness_of_fit(mixed))
    if model == "holds":
        known = net
    else:
        whole = Network.fit(
            graph, np.ascontiguousarray(net.sample(MANY_ROWS, rng=rng)[:, kept]), states
        )
        known = Network(graph, states, {v: whole.cpt(v) for v in graph})
    result = disentangle(known, mixed)
    tallies["known"].add(truth, result, result.goodness_of_fit(mixed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variables", type=int, default=8)
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000, help="of the first instance")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.instances)
    print(f"{options.variables} variables, {options.rows} rows, seeds {seeds[0]} to {seeds[-1]}")
    print(
        f"{'model':15} {'tables':26} {'any flag':>9} {'rows flag.':>10} {'false t.':>9} "
        f"{'doubtful if false':>16} {'if true':>14}"
    )
    for model in options.models:
        kinds = ("known", "learnt, with control rows", "learnt, mixed rows alone")
        tallies = {kind: Tally() for kind in kinds}
        for seed in seeds:
            run(options.variables, options.rows, seed, model, tallies)
        for kind in kinds:
            print(f"{model:15} {kind:26} {tallies[kind].line()}", flush=True)


if __name__ == "__main__":
    main()
