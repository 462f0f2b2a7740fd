"""How often the goodness-of-fit table flags anything: where the model holds, and where it does not.

Random networks of the paper's generator. Where an edge is missing, the model lacks the edge with
the most information; where a cause is hidden, the model lacks the variable with the most children.
Tables said to be known are those of a million rows under the model's graph. Of the reported
targets, false ones are no true target (of the variables that are left); doubtful are those that the
table warns of.

    python benchmarks/goodness.py --variables 8 --rows 4096 --instances 200 --seed 1000
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from domix import Disentanglement, Mixture, Network, disentangle
from domix.study.instances.generator import random_instance

MANY = 1_000_000

# A model: its graph, and which of the true variables it has.
Model = tuple[dict[str, Sequence[str]], list[int]]


def true_model(net: Network, rng: np.random.Generator) -> Model:
    return dict(net.parents), list(range(len(net.variables)))


def edge_left_out(net: Network, rng: np.random.Generator) -> Model:
    codes = net.sample(20_000, rng=rng)
    edges = [(p, child) for child in net.variables for p in net.parents[child]]
    parent, child = max(edges, key=lambda a: _information(net, codes, *a))
    graph = dict(net.parents)
    graph[child] = [p for p in graph[child] if p != parent]
    return graph, list(range(len(net.variables)))


def cause_hidden(net: Network, rng: np.random.Generator) -> Model:
    children = {v: sum(v in ps for ps in net.parents.values()) for v in net.variables}
    hidden = max(children, key=children.__getitem__)
    kept = [v for v in net.variables if v != hidden]
    graph = {v: [p for p in net.parents[v] if p != hidden] for v in kept}
    return graph, [net.variables.index(v) for v in kept]


MODELS: dict[str, Callable[[Network, np.random.Generator], Model]] = {
    "holds": true_model,
    "edge left out": edge_left_out,
    "cause hidden": cause_hidden,
}


def _information(net: Network, codes: np.ndarray, parent: str, child: str) -> float:
    i, j = net.variables.index(parent), net.variables.index(child)
    joint = np.zeros((len(net.states[parent]), len(net.states[child])))
    np.add.at(joint, (codes[:, i], codes[:, j]), 1 / len(codes))
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / apart[seen])).sum())


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


def run(n: int, rows: int, seed: int, wrong: str, tallies: dict[str, Tally]) -> None:
    rng = np.random.default_rng(seed)
    truth = random_instance(n, rng).mixture
    net = truth.network
    mixed, control = truth.sample(rows, rng), net.sample(rows, rng=rng)
    graph, kept = MODELS[wrong](net, rng)
    states = {v: net.states[v] for v in graph}
    mixed, control = (np.ascontiguousarray(x[:, kept]) for x in (mixed, control))

    learnt = Network.fit(graph, control, states)
    result = disentangle(learnt, mixed)
    tallies["learnt, with control rows"].add(
        truth, result, result.goodness_of_fit(mixed, observational=learnt)
    )
    tallies["learnt, mixed rows alone"].add(truth, result, result.goodness_of_fit(mixed))
    if wrong == "holds":
        known = net
    else:
        whole = Network.fit(graph, np.ascontiguousarray(net.sample(MANY, rng=rng)[:, kept]), states)
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
    for wrong in options.models:
        kinds = ("known", "learnt, with control rows", "learnt, mixed rows alone")
        tallies = {kind: Tally() for kind in kinds}
        for seed in seeds:
            run(options.variables, options.rows, seed, wrong, tallies)
        for kind in kinds:
            print(f"{wrong:15} {kind:26} {tallies[kind].line()}", flush=True)


if __name__ == "__main__":
    main()
