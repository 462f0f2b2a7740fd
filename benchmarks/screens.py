"""Two pooled CRISPR screens without labels: which guides' targets are found, hard and soft?

TAP-seq (Schraivogel et al. 2020: genes knocked down at promoters and enhancers) and ECCITE-seq
(Papalexi et al. 2021: knock-outs). Cells with a guide for a measured gene are pooled with half of
the non-targeting cells; the other half are the control rows. Depth and the targeted genes are the
variables. No graph is given. This prints the tables of docs/data/screens.md.

    python benchmarks/screens.py --data ../shared/data --seed 0 1 2 --page docs/data/screens.md
    python benchmarks/screens.py --data ../shared/data --screens eccite --cuts .33 .67
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from domix import (
    Component,
    Discretizer,
    Disentanglement,
    DomixWarning,
    Misread,
    Stochastic,
    disentangle,
)
from domix.problems.inputs import Options
from domix.util.text_tables import aligned
from sachs import fill_page

CUTS = (0.03, 0.5)
"""Quantiles of the controls' counts that end the bins of a gene, but for the last.

A bin of zeros where at least 3 % of the controls have none, and else of the lowest 3 %: knock-downs
show best where few controls are. Equal cuts are one cut.
"""

DEPTH_CUTS = (0.25, 0.5, 0.75)

DEPTH = "depth"

ENHANCERS = {"HS2": "HBE1"}
"""Targets that are named after an enhancer, and the gene that it is of."""

DOWNSTREAM = ("PSMB9", "APOBEC3G")
"""Genes that interferon induces and no guide aims at."""

LEAST_SHARE = 0.8
"""Share of a cell's guide counts from which its guide is its only one."""

MOST_GUIDES = 4
"""Guides that are named of the cells of one target."""


@dataclass(frozen=True)
class Screen:
    """Counts of cells with one guide each.

    Attributes
    ----------
    counts : polars.DataFrame
        One column per gene.
    guided : numpy.ndarray of str
        The gene that the cell's guide aims at; empty for non-targeting guides.
    genes : tuple of str
        The genes that are variables.
    """

    counts: pl.DataFrame
    guided: np.ndarray
    genes: tuple[str, ...]

    @property
    def targets(self) -> list[str]:
        return [gene for gene in self.genes if (self.guided == gene).any()]


def load_tapseq(folder: Path) -> Screen:
    cells = pl.read_parquet(folder / "tapseq" / "cells.parquet")
    cells = cells.filter((pl.col("guides") != "") & ~pl.col("guides").str.contains(";"))
    names = cells["guides"].str.extract(r"_DS_(non-targeting|[^_-]+)").to_list()
    guided = np.array([ENHANCERS.get(name, name.replace("non-targeting", "")) for name in names])
    counts = cells.drop("cell", "guides")
    return Screen(counts, guided, tuple(sorted(set(guided) - {""})))


def load_eccite(folder: Path) -> Screen:
    cells = pl.read_parquet(folder / "eccite" / "cells.parquet")
    counts = cells.drop("bio_rep", "guide", "target", "guide_share")
    measured = sorted(set(cells["target"]) & set(counts.columns))
    kept = (cells["guide_share"] >= LEAST_SHARE) & cells["target"].is_in(
        [*measured, "non-targeting"]
    )
    guided = cells["target"].filter(kept).str.replace("non-targeting", "").to_numpy()
    return Screen(counts.filter(kept), guided, (*measured, *DOWNSTREAM))


SCREENS = {"tapseq": load_tapseq, "eccite": load_eccite}

METHODS: dict[str, Options] = {
    "hard": {"soft": False},
    "auto": {"soft": "auto"},
    "Discretizer": {"soft": "auto"},
    "library": {"soft": "auto"},
    "hard, no contrast": {"soft": False, "contrast": False},
    "auto, no contrast": {"soft": "auto", "contrast": False},
}

DISCRETIZER, LIBRARY = "Discretizer", "library"
"""Methods whose cells are cut by ``domix.Discretizer`` and not at the quantiles given here.

The second also knows which genes the guides aim at: each, set to its lowest state, is suspected.
"""

DISCRETIZED = ("tapseq",)
"""Screens that these methods are tried on; the page says what one trial on eccite gave."""

DEFAULTS = ("hard", "auto")
"""Methods of all splits; the others are for the first only, since they take the most time."""


def bin_counts(
    counts: np.ndarray, controls: np.ndarray, quantiles: Sequence[float]
) -> tuple[np.ndarray, list[str]]:
    """Return the bin of each count, and what each bin is called; the lowest is the first."""
    cuts = np.unique(np.quantile(counts[controls], quantiles, method="lower").astype(int))
    names, first = [], 0
    for last in cuts.tolist():
        names.append(str(last) if first == last else f"{first}-{last}")
        first = last + 1
    return np.searchsorted(cuts, counts), [*names, f"{first}+"]


def tabulate_cells(
    screen: Screen, controls: np.ndarray, quantiles: Sequence[float]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the cells with binned depth and genes, and the lowest state of each gene."""
    columns = {DEPTH: (total_of_others(screen).to_numpy(), DEPTH_CUTS)}
    columns |= {gene: (screen.counts[gene].to_numpy(), quantiles) for gene in screen.genes}
    table, lowest = {}, {}
    for name, (counts, cuts) in columns.items():
        bins, names = bin_counts(counts, controls, cuts)
        table[name] = np.array(names)[bins]
        lowest[name] = names[0]
    del lowest[DEPTH]
    return pl.DataFrame(table), lowest


def total_of_others(screen: Screen) -> pl.Series:
    """Return the depth of each cell: the total count of all genes that are not variables."""
    return screen.counts.drop(screen.genes).sum_horizontal()


def discretize_cells(screen: Screen, controls: np.ndarray) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return the cells as ``domix.Discretizer`` cuts them, and the lowest state of each gene."""
    cells = screen.counts.select(total_of_others(screen).alias(DEPTH), *screen.genes)
    discretizer = Discretizer().fit(cells[controls])
    cut = discretizer.transform(cells)
    # Genes with few different counts are not cut; their states are the counts.
    lowest = {gene: discretizer.states.get(gene, [cells[gene].min()])[0] for gene in screen.genes}
    return cut, lowest


def split(screen: Screen, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells that are control rows, and the other non-targeting ones."""
    untreated = np.flatnonzero(screen.guided == "")
    shuffled = np.random.default_rng(seed).permutation(untreated)
    one, other = np.array_split(shuffled, 2)
    return np.sort(one), np.sort(other)


def find(
    cells: pl.DataFrame,
    mixed: np.ndarray,
    controls: np.ndarray,
    method: str,
    suspected: Sequence[dict[str, object]] = (),
) -> tuple[Disentanglement, float]:
    """Disentangle, and measure the time."""
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        result = disentangle(
            cells.columns,
            cells[mixed],
            observational=cells[controls],
            graph="learn",
            tiers=[[DEPTH], cells.columns[1:]],
            never_intervened=[DEPTH],
            suspected=suspected,
            rng=0,
            **METHODS[method],
        )
    return result, time.process_time() - start


def read_value(value: object) -> tuple[object, float | None]:
    """Return the state that a value mostly is, and its probability if it is drawn or misread."""
    if isinstance(value, Misread):
        return value.state, float(value.read.get(value.state, 0.0))
    if isinstance(value, Stochastic):
        return value.mode, float(value[value.mode])
    return value, None


def silences(component: Component, gene: str, lowest: dict[str, str]) -> bool:
    """Whether a component sets this gene alone, mostly to its lowest state."""
    target = component.intervention
    return set(target) == {gene} and read_value(target[gene])[0] == lowest[gene]


def describe_targets(
    screen: Screen,
    cells: pl.DataFrame,
    lowest: dict[str, str],
    mixed: np.ndarray,
    results: dict[str, Disentanglement],
) -> str:
    """Tabulate, by gene, what the labels show and what was found of it.

    The shift is by how much its guides raise the probability of the lowest state in the mixture.
    """
    assigned = {method: r.assign(cells[mixed])[0] for method, r in results.items()}
    untreated = screen.guided == ""
    body = []
    for gene in screen.targets:
        own = screen.guided == gene
        low = cells[gene].to_numpy() == lowest[gene]
        without, treated, share = low[untreated].mean(), low[own].mean(), own[mixed].mean()
        shift = share * (treated - without)
        row = [gene, lowest[gene], f"{without:.2f}", f"{treated:.2f}"]
        row += [f"{share:.3f}", f"{shift:.3f}"]
        for method, result in results.items():
            alone = [c for c in result.components if silences(c, gene, lowest)]
            sets = [
                c for c in result.components if gene in c.intervention and len(c.intervention) > 1
            ]
            affected = [bool(target) for target in assigned[method][own[mixed]]]
            row += [
                f"{sum(c.weight for c in alone):.3f}" if alone else "no",
                f"{sum(c.weight for c in sets):.3f}" if sets else "",
                f"{np.mean(affected):.2f}",
            ]
        body.append(row)
    head = ["gene", "lowest", "controls", "guide", "share", "shift"]
    head += [column for method in results for column in (method, "in sets", "cells")]
    return aligned(head, body, "<>>>>>" + "<>>" * len(results))


def describe_components(
    screen: Screen, cells: pl.DataFrame, mixed: np.ndarray, result: Disentanglement
) -> str:
    """Tabulate the targets, and the guides of the cells that are assigned to each.

    A gene that is drawn has the probability of its most probable state behind it.
    """
    assigned = result.assign(cells[mixed])[0]
    guided = screen.guided[mixed]
    body = []
    for component in result.components:
        own = [target == component.intervention for target in assigned]
        guides = Counter(guided[own].tolist()).most_common(MOST_GUIDES)
        settings = []
        for gene, value in component.intervention.items():
            state, chance = read_value(value)
            settings.append(f"{gene}={state}" + ("" if chance is None else f" ({chance:.2f})"))
        body.append(
            [
                f"{component.weight:.3f}",
                ", ".join(settings) or "do()",
                str(sum(own)),
                ", ".join(f"{gene or 'untreated'} {n / sum(own):.2f}" for gene, n in guides),
            ]
        )
    return aligned(["weight", "target", "cells", "their guides"], body, "><><")


def area(scores: np.ndarray, positive: np.ndarray) -> float:
    """Return the area under the ROC curve: how often a positive row scores above another one."""
    _, place, times = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(times) - (times - 1) / 2)[place]
    n, others = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * others))


def weigh_genes(
    screen: Screen,
    lowest: np.ndarray,
    mixed: np.ndarray,
    found: dict[str, tuple[pl.DataFrame, Disentanglement]],
) -> str:
    """Tabulate, by gene, weights beside what the labels say, and how well cells are recognized.

    ``lowest`` says of each cell and each of ``screen.targets`` whether the count is in the lowest
    bin. A guide's efficacy is by how much it raises the probability of that, as a share of the
    cells where it was not so anyway.
    """
    untreated, body = screen.guided == "", []
    chances = {name: result.posterior(cells[mixed]) for name, (cells, result) in found.items()}
    for k, gene in enumerate(screen.targets):
        own = screen.guided == gene
        without, treated = lowest[untreated, k].mean(), lowest[own, k].mean()
        share, efficacy = own[mixed].mean(), (treated - without) / (1 - without)
        row = [gene, f"{share:.3f}", f"{efficacy:.2f}", f"{share * efficacy:.3f}"]
        areas = [area(-screen.counts[gene].to_numpy()[mixed].astype(float), own[mixed])]
        for name, (_, result) in found.items():
            sets = [gene in c.intervention for c in result.components]
            row.append(f"{sum(c.weight for c in result.components if gene in c.intervention):.3f}")
            areas.append(area(chances[name][:, sets].sum(axis=1), own[mixed]))
        body.append([*row, *(f"{a:.2f}" for a in areas)])
    names = list(found)
    head = ["gene", "share", "efficacy", "product", *names, "AUROC: count", *names]
    return aligned(head, body, "<" + ">" * (len(head) - 1))


def score(
    screen: Screen,
    cells: pl.DataFrame,
    lowest: dict[str, str],
    mixed: np.ndarray,
    result: Disentanglement,
) -> list[str]:
    """Return one row of figures of a result, compared with the labels."""
    guided = screen.guided[mixed]
    targets = [c for c in result.components if c.intervention]
    sets = {frozenset(c.intervention) for c in targets}
    returned = [g for g in screen.targets if {g} in sets]
    silenced = [g for g in screen.targets if any(silences(c, g, lowest) for c in targets)]
    several = sum(len(c.intervention) > 1 for c in targets)
    wrong_gene = sum(
        len(c.intervention) == 1 and not set(c.intervention) & set(screen.targets) for c in targets
    )
    wrong_mode = len(targets) - several - wrong_gene
    wrong_mode -= sum(any(silences(c, g, lowest) for g in screen.targets) for c in targets)
    assigned = result.assign(cells[mixed])[0]
    right = np.array(
        [
            target is not None and set(target) == ({gene} if gene else set())
            for target, gene in zip(assigned, guided, strict=True)
        ]
    )
    treated = guided != ""
    nothing = sum(c.weight for c in result.components if not c.intervention)
    soft, contrast = result.soft, result.contrast
    return [
        "hard" if soft is None else f"{soft.shape} +{soft.gain:.0f}",
        str(len(targets)),
        f"{len(returned)} of {len(screen.targets)}",
        str(len(silenced)),
        str(several),
        str(wrong_gene),
        str(wrong_mode),
        f"{right[treated].mean():.2f}" if treated.any() else "",
        f"{right[~treated].mean():.2f}",
        f"{nothing:.2f}",
        "" if contrast is None else str(len(contrast.explained)),
    ]


SCORES = ["shape", "targets", "genes", "low", "several", "other", "not low"]
SCORES += ["cells", "untreated", "do()", "explained"]


def report(
    name: str, folder: Path, seeds: Sequence[int], quantiles: Sequence[float]
) -> dict[str, str]:
    """Return the sections of one screen, title to text: figures of all splits, tables of the first.

    Each split of the controls is disentangled by each method, and so is the half of the controls
    that is part of the mixture alone, to which nothing was done.
    """
    screen = SCREENS[name](folder)
    body, tables = [], {}
    by_discretizer = (DISCRETIZER, LIBRARY) if name in DISCRETIZED else ()
    methods = [m for m in METHODS if m not in (DISCRETIZER, LIBRARY) or m in by_discretizer]
    for seed in seeds:
        controls, others = split(screen, seed)
        mixed = np.sort(np.concatenate([others, np.flatnonzero(screen.guided != "")]))
        binned = tabulate_cells(screen, controls, quantiles)
        discretized = discretize_cells(screen, controls)
        results = {}
        for method in DEFAULTS if tables else methods:
            cells, lowest = discretized if method in by_discretizer else binned
            suspected = [{g: lowest[g]} for g in screen.targets] if method == LIBRARY else []
            for rows, kind in ((mixed, "all"), (others, "untreated")):
                result, seconds = find(cells, rows, controls, method, suspected)
                figures = score(screen, cells, lowest, rows, result)
                body.append([str(seed), kind, method, *figures, f"{seconds:.0f}"])
                if kind == "all":
                    results[method] = result
        if not tables:
            cells, lowest = binned
            shown = {method: results[method] for method in DEFAULTS}
            tables[f"{name}: genes"] = describe_targets(screen, cells, lowest, mixed, shown)
            low = np.array([(cells[g] == lowest[g]).to_numpy() for g in screen.targets]).T
            found = {"auto": (cells, results["auto"])}
            for method in by_discretizer:
                found[method] = discretized[0], results[method]
            tables[f"{name}: weights"] = weigh_genes(screen, low, mixed, found)
            for method, result in results.items():
                cells = discretized[0] if method in by_discretizer else binned[0]
                text = describe_components(screen, cells, mixed, result)
                tables[f"{name}: targets, {method}"] = text
    head = ["seed", "rows", "method", *SCORES, "seconds"]
    return {f"{name}: figures": aligned(head, body, "><<<" + ">" * len(SCORES)), **tables}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--seed", nargs="+", type=int, default=[0], help="of splits of the controls"
    )
    parser.add_argument("--screens", nargs="+", default=list(SCREENS), choices=list(SCREENS))
    parser.add_argument("--cuts", nargs="+", type=float, default=CUTS, help="quantiles of controls")
    parser.add_argument("--page", type=Path, help="put the tables into this page instead")
    args = parser.parse_args()
    for name in args.screens:
        sections = report(name, args.data, args.seed, args.cuts)
        if args.page is None:
            print("\n\n".join(f"{title}\n\n{text}" for title, text in sections.items()))
        else:
            page = args.page.read_text(encoding="utf-8")
            args.page.write_text(fill_page(page, sections), encoding="utf-8")


if __name__ == "__main__":
    main()
