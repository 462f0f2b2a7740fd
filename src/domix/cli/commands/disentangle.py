"""``domix disentangle``: find the interventions behind the rows of a file."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from domix.cli.files.figures import (
    add_figures,
    check_figures,
    check_time,
    draw_figures,
    list_outputs,
    require_rows,
)
from domix.cli.files.models import read_model
from domix.cli.files.outputs import check_label_columns, check_outputs, write_all
from domix.cli.files.report import recording, write_run
from domix.cli.files.rows import FileRows, explain_numbers, row_format
from domix.cli.files.states import warn_of_wide_states
from domix.cli.files.streams import list_files, open_files, read_files
from domix.cli.options import (
    add_discretizing,
    add_edge_knowledge,
    add_model,
    add_rows,
    add_seed,
    byte_size,
    probability,
    read_edge_knowledge,
    read_excluded,
    wants_progress,
    whole_number,
)
from domix.cli.results import (
    Results,
    finds_intervention,
    is_interrupted,
    list_observations,
    renumber,
)
from domix.cli.terminal import fit_terminal
from domix.data.files import SUFFIXES, write_frame
from domix.data.missing import RowOptions
from domix.engine.cluster import connect
from domix.errors import DataError
from domix.estimation.disentangle import disentangle
from domix.model.bare_graph import require_controls
from domix.model.graphs import is_graph_file
from domix.problems.inputs import Options
from domix.report import REPORT_SUFFIXES, check_report
from domix.results.result import Disentanglement
from domix.structure.edges import GraphMode

if TYPE_CHECKING:
    from distributed import Client

SUMMARY = "find the interventions behind the rows of a file"
EXAMPLES = """
domix disentangle network.bif rows.csv
domix disentangle graph.csv rows.csv --observational control.csv --out result.json
domix disentangle network.bif rows.parquet --assign labels.csv --plot figure.png
domix disentangle network.bif rows.csv --plot network:network.svg --plot posterior:rows.svg
domix disentangle graph.csv rows.csv --observational control.csv --report report.html
domix disentangle network.bif rows.csv --time minute --plot posterior:rows.svg --report report.html
domix disentangle network.bif rows.csv --fit fit.csv --bootstrap 200
domix disentangle network.bif rows.csv --include PKC=high --never-intervened Akt
domix disentangle network.bif rows.csv --labels known --groups plate
domix disentangle graph.json rows.csv --observational control.csv --graph repair
domix disentangle graph.json rows.csv --observational control.csv --discretize
domix disentangle network.bif "rows/*.parquet" --assign labels.parquet
domix disentangle network.bif rows.parquet --memory-limit 4GB
domix disentangle network.bif rows.parquet --scheduler tcp://localhost:8786
domix disentangle network.bif rows.parquet --checkpoint run.ckpt --out result.json
"""

DEFAULT_ALPHA: float = inspect.signature(disentangle).parameters["alpha"].default

FOUND = 1
"""Exit code where a target is found and ``--fail-on-intervention`` is given."""

OPTIONS = Options.__annotations__.keys() - RowOptions.__annotations__.keys()
"""Arguments of :func:`disentangle` that are options here, besides those named in :func:`run`."""

OF_CONTROLS = ("discretize", "cuts", "fit")
"""Options for which control rows must be in memory."""

CONTRAST: dict[str, bool | str] = {"auto": "auto", "yes": True, "no": False}
"""Values of ``--contrast`` and ``--soft``, and what :func:`disentangle` takes for them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network, the rows, and options for the search and the outputs.

    Options for the search are named after the arguments of :func:`disentangle`.
    """
    add_model(parser)
    parser.add_argument(
        "rows",
        type=Path,
        nargs="+",
        metavar="ROWS",
        help='mixed rows, with labels: .csv, .parquet, ...; several files, or a pattern "*.csv", '
        "are read in batches and may exceed memory",
    )
    parser.add_argument(
        "--observational",
        type=Path,
        metavar="ROWS",
        help="rows without interventions: the tables are learnt from them; a file or a pattern",
    )
    parser.add_argument(
        "--alpha",
        type=probability,
        default=DEFAULT_ALPHA,
        metavar="A",
        help="probability of reporting any false target (default: %(default)s)",
    )
    parser.add_argument(
        "--contrast",
        choices=list(CONTRAST),
        default="auto",
        help="report a target only if ROWS have more of it than the rows of --observational "
        "explain; auto does so where there are enough of these (default: %(default)s)",
    )
    parser.add_argument(
        "--soft",
        choices=list(CONTRAST),
        default="auto",
        help="let targets draw values, fail or be misread where that explains ROWS better; auto "
        "asks for a margin (default: %(default)s)",
    )
    _add_background_knowledge(parser)
    _add_graph(parser)
    add_seed(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the result to this .json file"
    )
    parser.add_argument(
        "--assign",
        type=Path,
        metavar="FILE",
        help="write the rows, each with its most probable intervention: .csv, .parquet, ...",
    )
    add_figures(parser)
    parser.add_argument(
        "--report",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write a report, .html with figures, or .md to paste: what was asked, what was found "
        "and how sure it is, checks and assumptions; several times",
    )
    parser.add_argument(
        "--time",
        metavar="COLUMN",
        help="the column of ROWS with the time of a row, which can be a variable: the figure of "
        "the posterior and reports run over it",
    )
    parser.add_argument(
        "--fit",
        type=Path,
        metavar="FILE",
        help="write observed and fitted counts, by variable and states of its parents: .csv, "
        ".parquet, ...; and print the worst",
    )
    parser.add_argument(
        "--bootstrap",
        type=whole_number(2),
        default=0,
        metavar="B",
        help="take intervals from B refits to resampled rows, for example 200 (default: from the "
        "curvature of the likelihood)",
    )
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="keep the work done so far in this file: the same command goes on from there after it "
        "was killed or interrupted",
    )
    parser.add_argument(
        "--fail-on-intervention",
        action="store_true",
        help="exit with code 1 if a target beyond do() passes the test, in any group",
    )
    _add_engine(parser)
    add_discretizing(parser)
    add_rows(parser, summed=True)


def _add_background_knowledge(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("background knowledge")
    group.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="TARGET",
        help="a known intervention, name=state,...: reported whatever its p-value",
    )
    group.add_argument(
        "--suspected",
        action="append",
        default=[],
        metavar="TARGET",
        help="an intervention to try first: reported if it passes the test",
    )
    group.add_argument(
        "--never-intervened",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable that no target sets",
    )
    group.add_argument(
        "--max-target-size",
        type=whole_number(0),
        metavar="N",
        help="largest number of variables that a target sets",
    )
    group.add_argument(
        "--excluded",
        dest="excluded_values",
        action="append",
        default=[],
        metavar="NAME=STATE,...",
        help="states that no target uses; * stands for all variables that have the state",
    )
    group.add_argument(
        "--labels",
        metavar="COLUMN",
        help="the column of ROWS with the known intervention of a row, name=state,... or do(); "
        "empty where it is unknown",
    )
    group.add_argument(
        "--groups",
        metavar="COLUMN",
        help="the column of ROWS with the mixture to which a row belongs; all share the tables",
    )


def _add_graph(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("graph")
    group.add_argument(
        "--graph",
        choices=[str(mode) for mode in GraphMode],
        help="what may be changed of the graph of NETWORK: nothing, what the rows contradict, or "
        "all of it (default: repair where --observational is given and NETWORK has no counts)",
    )
    add_edge_knowledge(group)


def _add_engine(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("many rows")
    group.add_argument(
        "--memory-limit",
        type=byte_size,
        metavar="SIZE",
        help="memory to use at most, such as 4GB: rows beyond its share go to temporary files, in "
        "the folder that TMPDIR names (default: no limit)",
    )
    group.add_argument(
        "--scheduler",
        dest="client",
        metavar="ADDRESS",
        help="address of the scheduler of a Dask cluster to compute on, such as "
        "tcp://localhost:8786 (default: the threads of this process)",
    )


def run(args: argparse.Namespace) -> int:
    """Disentangle the rows, write the files that are wanted, and print the result."""
    _check_files(args)
    with nullcontext() if args.client is None else connect(args.client) as client:
        if not args.report:
            return _run(args, client, [])
        with recording(args) as notes:
            return _run(args, client, notes)


def _run(args: argparse.Namespace, client: Client | None, notes: Sequence[str]) -> int:
    form = row_format(args)
    mixed, control = open_files(args.rows, args, form), None
    require_rows(args.plot, mixed)
    if args.observational is not None:
        control = open_files([args.observational], args, form, OF_CONTROLS)
    net, form = read_model(args, form, mixed, control, control=control)
    warn_of_wide_states(form, net, args.observational)
    rows = read_files(net, mixed, form, labels=args.labels, groups=args.groups, time=args.time)
    if args.assign is not None:
        check_label_columns(rows.columns, net.variables, mixed)
    control_rows = None if control is None else read_files(net, control, form)
    controls = None if control_rows is None else control_rows.data
    form.forget()

    options = {name: value for name, value in vars(args).items() if name in OPTIONS}
    options |= {name: getattr(args, name) for name in ("missing", "extra", "missing_values")}
    options["client"] = client
    options["contrast"] = CONTRAST[args.contrast]
    options["soft"] = CONTRAST[args.soft]
    options["excluded_values"] = read_excluded(args.excluded_values, net.states)
    options |= read_edge_knowledge(args)
    with explain_numbers(rows.kept):
        results: Results = disentangle(
            net,
            rows.data,
            observational=controls,
            alpha=args.alpha,
            rng=args.seed,
            progress=wants_progress(args),
            groups=rows.groups,
            checkpoint=args.checkpoint,
            **cast("Options", options | {"labels": rows.labels}),
        )
    results = renumber(results, rows.kept)
    observations = partial(list_observations, net, results, controls)

    as_json = args.format == "json"
    answers: dict[Path, Callable[[Path], object]] = {}
    if args.out is not None:
        answers[args.out] = lambda path: path.write_text(results.to_json(), "utf-8")
    if args.assign is not None:
        answers[args.assign] = partial(rows.write_labels, results)
    # The answer comes first: what is drawn and written of it may fail.
    try:
        write_all(answers)
    finally:
        if as_json:
            print(results.to_json().rstrip())
        else:
            print(fit_terminal(args.names.translate(results.summary())))
    writers = draw_figures(args.plot, results, rows)
    write_report = partial(
        write_run,
        results,
        args=args,
        add_arguments=add_arguments,
        form=form,
        rows=rows,
        controls=control_rows,
        observations=observations,
        notes=notes,
    )
    writers |= dict.fromkeys(args.report, write_report)
    if isinstance(results, Disentanglement) and args.fit is not None:
        assert isinstance(rows, FileRows)  # others are refused
        fit = results.goodness_of_fit(rows.codes, observational=observations())
        writers[args.fit] = lambda path: write_frame(fit.to_frame(), path)
        if not as_json:
            print(fit_terminal(f"\n{fit.summary()}"))
    write_all(writers)
    if is_interrupted(results):
        raise KeyboardInterrupt
    return FOUND if args.fail_on_intervention and finds_intervention(results) else 0


def _check_files(args: argparse.Namespace) -> None:
    """Refuse outputs that cannot be written, before the work."""
    inputs = {"NETWORK": args.network, "--cuts": args.cuts}
    inputs |= list_files("ROWS", args.rows)
    if args.observational is not None:
        inputs |= list_files("--observational", [args.observational])
    outputs = {
        "--out": (args.out, (".json",)),
        "--assign": (args.assign, SUFFIXES),
        "--fit": (args.fit, SUFFIXES),
        "--checkpoint": (args.checkpoint, ()),
    }
    reports = {
        "--report" if len(args.report) == 1 else f"--report {path}": (path, REPORT_SUFFIXES)
        for path in args.report
    }
    check_outputs(inputs, outputs | reports | list_outputs(args.plot))
    if is_graph_file(args.network):
        require_controls(args.observational)
    check_figures(args.plot, args.groups is not None)
    if args.time is not None:
        check_time(args.plot, bool(args.report), args.groups is not None)
    if args.fit is not None and args.groups is not None:
        raise DataError(
            "shows one mixture, and --groups makes several; leave one of the two out",
            argument="--fit",
        )
    if args.fit is not None and args.missing == "marginalize":
        raise DataError(
            "compares complete rows with the fit; leave it out, or drop the others with "
            'missing="drop"',
            argument="--fit",
        )
    for path in args.report:
        check_report(path)
