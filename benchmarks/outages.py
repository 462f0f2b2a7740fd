"""PetShop: faults injected into a running application; are the services at their root found?

The data of Hardt et al. (2024): 26 issues of five windows of five minutes, each with one service at
its root, and 589 windows of normal operation, all of it once with low and once with high traffic.
Variables are the latency and the availability of every service that is measured throughout. The
graph of calls is turned round, as the called service acts on its caller. Half of the quiet windows
are the control rows; the others are cut into groups of five windows, like issues to which nothing
was done. This prints the figures of docs/data/outages.md.

    python benchmarks/outages.py --data ../shared/data --page docs/data/outages.md
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from domix import Discretizer, Disentanglement, DomixWarning, disentangle
from domix.problems.inputs import Options
from domix.util.text_tables import aligned
from sachs import fill_page

LATENCY, AVAILABILITY = "latency", "availability"
AVERAGE = "Average"

WINDOWS = 5
"""Windows of an issue."""

MOST_MISSING = 0.02
"""Largest share of control rows in which a series of a variable may lack a value."""

TIE = 1e-6
"""Shares of windows that differ by less are equal."""

TRAFFICS = ("low", "high")

BALANCERS = {
    "servi-searc.us-west-2.elb.amazonaws.com_remote": "PetSearch_AWS::ECS::Fargate",
    "servi-lista.us-west-2.elb.amazonaws.com_remote": "petlistadoptions_AWS::ECS::Fargate",
}
"""Load balancers and the services behind them, by their names; the graph lacks these calls."""


@dataclass(frozen=True, eq=False)
class Shop:
    """What was measured with one traffic.

    Attributes
    ----------
    control, rows : polars.DataFrame
        Metrics of quiet windows, and of the windows of the groups.
    group : list of str
        Of each of ``rows``: the issue, or the number of the quiet group.
    parents : dict of str to list of str
        The graph, from cause to effect.
    roots : dict of str to str
        The service at the root of each issue; quiet groups are not among the keys.
    """

    control: pl.DataFrame
    rows: pl.DataFrame
    group: list[str]
    parents: dict[str, list[str]]
    roots: dict[str, str]


def service_of(variable: str) -> str:
    return variable.rpartition(" ")[0]


def read_pairs(path: Path, first: str, second: str) -> list[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(row[first], row[second]) for row in csv.DictReader(file)]


def read_shop(folder: Path, traffic: str) -> Shop:
    table = pl.read_parquet(folder / f"{traffic}_traffic.parquet").sort("unix_timestamp")
    calls = read_pairs(folder / f"{traffic}_traffic_graph.csv", "caller", "callee")
    roots = dict(read_pairs(folder / f"{traffic}_traffic_issues.csv", "issue", "root_cause"))
    quiet, issues = table.filter(pl.col("issue") == ""), table.filter(pl.col("issue") != "")
    metrics = {}
    for metric in (LATENCY, AVAILABILITY):
        for name in table.columns:
            service, *kind = name.split("|")
            if kind == [metric, AVERAGE]:
                metrics[f"{service} {metric}"] = name
    half = len(quiet) // 2
    quiet, others = quiet.head(half), quiet.slice(half)
    measured = [v for v, name in metrics.items() if quiet[name].null_count() <= MOST_MISSING * half]
    columns = [pl.col(metrics[v]).alias(v) for v in measured]
    callees: dict[str, list[str]] = {}
    for caller, callee in calls:
        callees.setdefault(caller, []).append(callee)
    parents = {
        v: [
            f"{callee} {v.rpartition(' ')[2]}"
            for callee in callees.get(service_of(v), [])
            if f"{callee} {v.rpartition(' ')[2]}" in measured
        ]
        for v in measured
    }
    whole = len(others) // WINDOWS * WINDOWS
    group = [f"quiet {row // WINDOWS}" for row in range(whole)] + issues["issue"].to_list()
    rows = pl.concat([others.head(whole), issues]).select(columns)
    return Shop(quiet.select(columns), rows, group, parents, roots)


def add_balancers(shop: Shop) -> Shop:
    """Return the shop with the calls of load balancers in the graph."""
    parents = {v: list(found) for v, found in shop.parents.items()}
    for balancer, service in BALANCERS.items():
        for metric in (LATENCY, AVAILABILITY):
            if f"{balancer} {metric}" in parents and f"{service} {metric}" in parents:
                parents[f"{balancer} {metric}"].append(f"{service} {metric}")
    return replace(shop, parents=parents)


@dataclass(frozen=True)
class Method:
    """How the windows are read: the graph, the cut, and how much of the model may change."""

    graph: str
    strategy: str
    bins: int | None
    options: Options

    @property
    def name(self) -> list[str]:
        cut = self.strategy if self.bins is None else f"{self.strategy}, {self.bins}"
        return [self.graph, cut, self.options.get("graph", "default")]


PUBLISHED, WITH_BALANCERS = "published", "balancers"
FIXED: Options = {"graph": "given", "contrast": False}

METHODS = (
    Method(WITH_BALANCERS, "tails", 1, FIXED),
    Method(PUBLISHED, "tails", 1, FIXED),
    Method(PUBLISHED, "tails", 1, {}),
    Method(PUBLISHED, "quantile", 3, FIXED),
)
"""The first is shown issue by issue."""


def cut(shop: Shop, method: Method) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, str]]:
    """Return control rows and groups as states, and the usual state of each variable."""
    discretizer = Discretizer(method.strategy, method.bins)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # thirds of a constant column
        discretizer.fit(shop.control)
    control, rows = discretizer.transform(shop.control), discretizer.transform(shop.rows)
    usual = {}
    for name, states in discretizer.states.items():
        codes = control[name].to_physical().drop_nulls().to_numpy()
        usual[name] = states[int(np.median(codes))]
    names = list(usual)
    return control.select(names), rows.select(names), usual


def find(shop: Shop, method: Method) -> dict[str, Disentanglement]:
    """Disentangle the windows of each group, one group at a time."""
    shop = add_balancers(shop) if method.graph == WITH_BALANCERS else shop
    control, rows, usual = cut(shop, method)
    group = pl.Series(shop.group)
    results = {}
    for name in dict.fromkeys(shop.group):
        own = rows.filter(group == name)
        kept = [v for v in usual if not own[v].null_count()]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DomixWarning)
            results[name] = disentangle(
                {v: [p for p in shop.parents[v] if p in kept] for v in kept},
                own.select(kept),
                observational=control.select(kept).drop_nulls(),
                excluded_values={v: usual[v] for v in kept},
                rng=0,
                **method.options,
            )
    return results


def share_services(result: Disentanglement) -> dict[str, float]:
    """Return the services that were set, and in which share of the windows."""
    shares: dict[str, float] = {}
    for component in result.components:
        for service in {service_of(v) for v in component.intervention}:
            shares[service] = shares.get(service, 0.0) + component.weight
    return shares


def score(shop: Shop, results: dict[str, Disentanglement], block: str) -> list[str]:
    """Return figures of the issues of a block, and of the quiet groups."""
    issues = [name for name in results if name.startswith(block)]
    found = {name: share_services(results[name]) for name in issues}
    roots = {name: shop.roots[name] for name in issues}
    among = [roots[name] in found[name] for name in issues]
    first = [
        roots[name] in own and own[roots[name]] > max(own.values()) - TIE
        for name, own in found.items()
    ]
    alone = [set(found[name]) == {roots[name]} for name in issues]
    none = [not found[name] for name in issues]
    others = [len(set(found[name]) - {roots[name]}) for name in issues]
    return [
        str(len(issues)),
        *(str(sum(figure)) for figure in (among, first, alone, none)),
        f"{np.mean(others):.1f}",
    ]


def score_quiet(shop: Shop, results: dict[str, Disentanglement]) -> str:
    quiet = [share_services(r) for name, r in results.items() if name not in shop.roots]
    return f"{sum(map(bool, quiet))} of {len(quiet)}"


HEAD = ["traffic", "graph", "cut", "method", "issues", "among", "first", "alone", "none", "others"]
HEAD += ["quiet", "seconds"]

BLOCKS = ("test", "train")
"""Blocks of issues that the authors made; ``train`` served to choose variables and cuts here."""


def short(service: str) -> str:
    return service.partition("_AWS")[0].partition(".us-west")[0]


def describe(shop: Shop, results: dict[str, Disentanglement], traffic: str) -> list[list[str]]:
    """Return a row for each issue: its root, and the targets found, with their shares."""
    body = []
    for name in sorted(shop.roots, key=lambda issue: (len(issue), issue)):
        targets = [
            ", ".join(f"{short(service_of(v))} {v.rpartition(' ')[2]}={s}" for v, s in t.items())
            + f" {c.weight:.1f}"
            for c in results[name].components
            if (t := c.intervention)
        ]
        body.append([traffic, name, short(shop.roots[name]), "; ".join(targets) or "do()"])
    return body


def report(folder: Path, traffics: Sequence[str]) -> dict[str, str]:
    """Return the sections of the page, title to text."""
    figures: dict[str, list[list[str]]] = {block: [] for block in BLOCKS}
    issues = []
    for traffic in traffics:
        shop = read_shop(folder, traffic)
        for method in METHODS:
            start = time.process_time()
            results = find(shop, method)
            seconds = f"{time.process_time() - start:.0f}"
            for block, rows in figures.items():
                own = score(shop, results, block)
                rows.append([traffic, *method.name, *own, score_quiet(shop, results), seconds])
                print(block, *rows[-1], flush=True)
            if method is METHODS[0]:
                issues += describe(shop, results, traffic)
                print(aligned(["t", "i", "r", "s"], issues, "<<<<"), flush=True)
    tables = {
        f"Issues of the block {block}": aligned(HEAD, rows, "<<<<" + ">" * 8)
        for block, rows in figures.items()
    }
    head = ["traffic", "issue", "root", "what was set, and in which share of the windows"]
    return {**tables, "Issue by issue": aligned(head, issues, "<<<<")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--traffic", nargs="+", default=["low"], choices=TRAFFICS)
    parser.add_argument("--page", type=Path, help="put the tables into this page instead")
    args = parser.parse_args()
    sections = report(args.data / "petshop", args.traffic)
    if args.page is None:
        print("\n\n".join(f"{title}\n\n{text}" for title, text in sections.items()))
    else:
        page = args.page.read_text(encoding="utf-8")
        args.page.write_text(fill_page(page, sections), encoding="utf-8")


if __name__ == "__main__":
    main()
