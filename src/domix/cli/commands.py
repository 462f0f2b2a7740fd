"""One function per command: it checks its files, calls and prints; the rest is done elsewhere."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.cli import demo, mixtures, outputs
from domix.cli.components import parse_component
from domix.cli.describe import describe
from domix.core.intervention import Intervention
from domix.data import files, frame
from domix.errors import DataError, DomixError, InterventionError
from domix.estimation.disentangle import disentangle
from domix.model.io import read_network, write_network
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.plots import FIGURE_SUFFIXES, plot, require_matplotlib
from domix.results.result import Disentanglement
from domix.study.named import run_study as run_named_study

__all__ = ["COMMANDS"]

OPTIONS = {
    "include": "--include",
    "suspected": "--suspected",
    "never_intervened": "--never-intervened",
    "excluded_values": "--excluded",
    "labels": "--labels",
    "groups": "--groups",
}
"""What the command line calls arguments of :func:`disentangle` that its errors name."""


def run_demo(args: argparse.Namespace) -> None:
    """Simulate the embedded screen and disentangle it."""
    print(demo.run(args.out, rows=args.rows, seed=args.seed, progress=_wants_bar(args)))


def run_disentangle(args: argparse.Namespace) -> None:
    """Rows of a mixture in, interventions out."""
    targets = {
        "--out": (args.out, (".json",)),
        "--assign": (args.assign, files.SUFFIXES),
        "--plot": (args.plot, FIGURE_SUFFIXES),
        "--fit": (args.fit, files.SUFFIXES),
    }
    inputs = {"NETWORK": args.network, "ROWS": args.rows, "--observational": args.observational}
    outputs.check_outputs(inputs, targets)
    for option, path in (("--plot", args.plot), ("--fit", args.fit)):
        if path is not None and args.groups is not None:
            raise DataError(
                f"{option} shows one mixture, and --groups makes several; leave one out"
            )
    if args.plot is not None:
        require_matplotlib()

    net = read_network(args.network)
    table = files.read_frame(args.rows)
    rest, labels = mixtures.take_column(table, args.labels, net.variables, "--labels")
    rest, groups = mixtures.take_column(rest, args.groups, net.variables, "--groups")
    rows = _encoded(net, rest, args.rows, args)
    if rows.kept is not None:
        labels, groups = (_kept(column, rows.kept) for column in (labels, groups))
    if args.assign is not None:
        outputs.check_label_columns(table.columns, args.rows)
    controls = None
    if args.observational is not None:
        control_table = files.read_frame(args.observational)
        controls = _encoded(net, control_table, args.observational, args).codes
    with _errors_of_the_command_line(rows.kept):
        results: mixtures.Results = disentangle(
            net,
            rows.codes,
            observational=controls,
            alpha=args.alpha,
            rng=args.seed,
            progress=_wants_bar(args),
            bootstrap=args.bootstrap,
            include=args.include,
            suspected=args.suspected,
            never_intervened=args.never_intervened,
            max_target_size=args.max_target_size,
            excluded_values=mixtures.excluded_values(args.excluded),
            labels=labels,
            groups=groups,
        )
    if rows.kept is not None:
        results = mixtures.renumbered(results, np.flatnonzero(rows.kept))

    writers: dict[Path, Callable[[Path], object]] = {}
    if args.out is not None:
        writers[args.out] = lambda path: path.write_text(mixtures.as_json(results), "utf-8")
    if args.assign is not None:
        assigned = mixtures.assigned(results, rows.codes, labels, groups)
        labelled = outputs.labelled(table, assigned, rows.kept)
        writers[args.assign] = lambda path: files.write_frame(labelled, path)
    if isinstance(results, Disentanglement) and args.plot is not None:
        picture = plot(results)
        writers[args.plot] = lambda path: picture.savefig(path, dpi=150)
    as_json = args.format == "json"
    printed = [mixtures.as_json(results).rstrip() if as_json else mixtures.as_text(results)]
    if isinstance(results, Disentanglement) and args.fit is not None:
        fit = results.goodness_of_fit(rows.codes, observational=_learnt_from(net, controls))
        writers[args.fit] = lambda path: files.write_frame(fit.to_frame(), path)
        if not as_json:
            printed += ["", fit.summary()]
    outputs.write_all(writers)
    print("\n".join(printed))


def _learnt_from(net: Network, controls: Any) -> Any:
    """What the tables were learnt from, as :func:`disentangle` has it; None if they are known."""
    if controls is None:
        return None if net.counts is None else net
    return net.with_observations(controls)


def run_simulate(args: argparse.Namespace) -> None:
    """Draw rows from a mixture of interventions."""
    outputs.check_outputs({"NETWORK": args.network}, {"--out": (args.out, files.SUFFIXES)})
    net = read_network(args.network)
    components = [_component(net, text) for text in args.do or ["@1"]]
    try:
        mixture = Mixture(net, components)
    except InterventionError as error:
        raise InterventionError(f"--do: {error}") from None
    files.write_frame(mixture.sample(args.rows, rng=args.seed, as_frame=True), args.out)


def run_show(args: argparse.Namespace) -> None:
    """Print what a network holds."""
    print(describe(read_network(args.network)))


def run_convert(args: argparse.Namespace) -> None:
    """Write a network in another format."""
    outputs.check_outputs({"IN": args.source}, {"OUT": (args.target, ())})
    write_network(read_network(args.source), args.target)


def run_study(args: argparse.Namespace) -> None:
    """Measure the estimators on random instances."""
    folder = Path(f"domix-study-{args.name}") if args.out is None else args.out
    print(
        run_named_study(
            args.name,
            folder,
            block=args.block,
            instances=args.instances,
            methods=args.methods,
            cells=args.cells,
            jobs=args.jobs,
            progress=_wants_bar(args),
        )
    )


def _encoded(net: Network, table: Any, path: Path, args: argparse.Namespace) -> frame.Encoded:
    rows = frame.encode(
        net.space, table, missing=args.missing, extra=args.extra, argument=str(path)
    )
    if not len(rows.codes):
        if len(table):
            raise DataError(f"{path}: every row misses a value; fill them in")
        raise DataError(f"{path}: there are no rows, only columns' names")
    return rows


@contextmanager
def _errors_of_the_command_line(kept: npt.NDArray[np.bool_] | None) -> Iterator[None]:
    """Errors name options, and say that their rows are not the file's if some were dropped."""
    try:
        yield
    except DomixError as error:
        if error.argument is not None:
            error.argument = OPTIONS.get(error.argument, error.argument)
        if kept is not None:
            error.message += " (rows that were dropped are not counted)"
        raise


def _kept(column: list[Any] | None, kept: npt.NDArray[np.bool_]) -> list[Any] | None:
    return None if column is None else [column[row] for row in np.flatnonzero(kept).tolist()]


def _component(net: Network, text: str) -> tuple[Intervention, float]:
    try:
        intervention, weight = parse_component(text)
    except InterventionError as error:
        raise InterventionError(f"--do {error}") from None
    try:
        net.target(intervention)
    except InterventionError as error:
        raise InterventionError(f"--do {text!r}: {error}") from None
    return intervention, weight


def _wants_bar(args: argparse.Namespace) -> bool:
    return not args.quiet and sys.stderr is not None and sys.stderr.isatty()


COMMANDS = {
    "demo": run_demo,
    "disentangle": run_disentangle,
    "simulate": run_simulate,
    "show": run_show,
    "convert": run_convert,
    "study": run_study,
}
