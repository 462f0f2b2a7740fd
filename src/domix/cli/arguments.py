"""The words of the command line: commands, options, help and the checks that need no file."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from domix._version import __version__
from domix.cli import demo
from domix.study.cells import STUDIES
from domix.study.instances.draw import blocks
from domix.study.methods import METHODS

__all__ = ["BAD_INPUT", "build_parser"]

Run = Callable[[argparse.Namespace], None]

BAD_INPUT = 2
MOST_ROWS = 10**9


def build_parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser of the whole command line.

    Parameters
    ----------
    runs
        Each command's name, to the function that gets its parsed arguments.
    """
    parser = _Parser(
        prog="domix",
        description="Find the hidden interventions behind mixed data.",
        epilog="Start with: domix demo. Each command explains itself: domix disentangle --help",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"domix {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_demo(commands, runs["demo"])
    _add_disentangle(commands, runs["disentangle"])
    _add_simulate(commands, runs["simulate"])
    _add_show(commands, runs["show"])
    _add_convert(commands, runs["convert"])
    _add_study(commands, runs["study"])
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all errors are said, instead of under all options."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"domix: error: {message}; see {self.prog} --help\n")


def _command(
    commands: Any, name: str, run: Run, says: str, examples: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=says,
        description=says[0].upper() + says[1:] + ".",
        epilog="examples:\n" + textwrap.indent(textwrap.dedent(examples).strip(), "  "),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no notes")
    parser.set_defaults(run=run)
    return parser


def _add_demo(commands: Any, run: Run) -> None:
    parser = _command(
        commands,
        "demo",
        run,
        "simulate a gene-editing screen, disentangle it and compare with the truth",
        """
        domix demo
        domix demo --rows 20000 --seed 7 --out another-screen
        """,
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("domix-demo"),
        metavar="DIR",
        help="the new folder to write to (default: domix-demo)",
    )
    parser.add_argument(
        "--rows",
        type=_rows,
        default=demo.ROWS,
        metavar="N",
        help=f"cells in the screen, and as many controls (default: {demo.ROWS})",
    )
    _add_seed(parser, default=0, says="default: 0")


def _add_disentangle(commands: Any, run: Run) -> None:
    parser = _command(
        commands,
        "disentangle",
        run,
        "find the interventions behind the rows of a file",
        """
        domix disentangle network.bif rows.csv
        domix disentangle graph.json rows.csv --observational control.csv --out result.json
        domix disentangle network.bif rows.parquet --assign labels.csv --plot picture.png
        domix disentangle network.bif rows.csv --fit fit.csv --bootstrap 200
        domix disentangle network.bif rows.csv --include PKC=high --never-intervened Akt
        domix disentangle network.bif rows.csv --labels known --groups plate
        """,
    )
    _add_network(parser)
    parser.add_argument(
        "rows", type=Path, metavar="ROWS", help="mixed rows, with labels: .csv, .parquet, ..."
    )
    parser.add_argument(
        "--observational",
        type=Path,
        metavar="ROWS",
        help="rows without interventions: the tables are learnt from them",
    )
    parser.add_argument(
        "--alpha",
        type=_share,
        default=0.05,
        metavar="A",
        help="chance of reporting any false target (default: 0.05)",
    )
    _add_knowledge(parser)
    _add_seed(parser, default=0, says="default: 0")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the result to this .json file"
    )
    parser.add_argument(
        "--assign",
        type=Path,
        metavar="FILE",
        help="write the rows, each with its most probable intervention: .csv, .parquet, ...",
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="write a picture: .png, .svg or .pdf"
    )
    parser.add_argument(
        "--fit",
        type=Path,
        metavar="FILE",
        help="write observed against fitted counts, by variable and parents: .csv, .parquet, ...; "
        "and print the worst",
    )
    parser.add_argument(
        "--bootstrap",
        type=_replicates,
        default=0,
        metavar="B",
        help="take intervals from B refits to resampled rows, say 200 (default: from the curvature "
        "of the likelihood)",
    )
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="what to print"
    )
    parser.add_argument(
        "--missing",
        choices=["error", "drop"],
        default="error",
        help="what to do with rows that miss a value (default: error)",
    )
    parser.add_argument(
        "--extra",
        choices=["error", "ignore"],
        default="error",
        help="what to do with columns that are no variables (default: error)",
    )


def _add_knowledge(parser: argparse.ArgumentParser) -> None:
    known = parser.add_argument_group("what is known beforehand")
    known.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="TARGET",
        help="an intervention that is known, name=state,...: reported whatever it is worth",
    )
    known.add_argument(
        "--suspected",
        action="append",
        default=[],
        metavar="TARGET",
        help="an intervention to try first: reported if it passes the test",
    )
    known.add_argument(
        "--never-intervened",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable that no target sets",
    )
    known.add_argument(
        "--max-target-size",
        type=_natural,
        metavar="N",
        help="most variables that a target sets",
    )
    known.add_argument(
        "--excluded",
        action="append",
        default=[],
        metavar="NAME=STATE,...",
        help="states that no target uses",
    )
    known.add_argument(
        "--labels",
        metavar="COLUMN",
        help="the column of ROWS that says what was done to a row, name=state,... or do(); empty "
        "where that is not known",
    )
    known.add_argument(
        "--groups",
        metavar="COLUMN",
        help="the column of ROWS that says which mixture a row belongs to; the tables are shared",
    )


def _add_simulate(commands: Any, run: Run) -> None:
    parser = _command(
        commands,
        "simulate",
        run,
        "draw rows from a mixture of interventions",
        r"""
        domix simulate network.bif --do "PKC=high,Raf=low@0.3" --do "@0.7" --rows 500 --out rows.csv
        domix simulate network.bif --rows 5000 --seed 1 --out control.csv
        domix simulate network.bif --do "dose\, mg=2@1" --rows 100 --out rows.parquet
        """,
    )
    _add_network(parser)
    parser.add_argument(
        "--do",
        action="append",
        metavar="TARGET@WEIGHT",
        help="a component, name=state,...@weight; nothing before the @ is do(). Weights sum to 1. "
        "A backslash takes a comma, an equals sign or an @ as it is. Default: only do()",
    )
    parser.add_argument("--rows", type=_rows, required=True, metavar="N", help="how many rows")
    _add_seed(parser, default=None, says="default: another one each time")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the rows: .csv, .parquet, ..."
    )


def _add_show(commands: Any, run: Run) -> None:
    examples = """
    domix show network.bif
    domix show munin.bif.gz | tail
    """
    _add_network(_command(commands, "show", run, "print what a network holds", examples))


def _add_convert(commands: Any, run: Run) -> None:
    examples = """
    domix convert network.bif network.json
    domix convert network.json network.bif.gz
    """
    says = "write a network in another format"
    parser = _command(commands, "convert", run, says, examples)
    parser.add_argument("source", type=Path, metavar="IN", help="a network: .bif, .json, ...")
    parser.add_argument("target", type=Path, metavar="OUT", help="the file to write")


def _add_study(commands: Any, run: Run) -> None:
    parser = _command(
        commands,
        "study",
        run,
        "measure the estimators on random instances, or go on where it was stopped",
        """
        domix study accuracy --jobs 2
        domix study paper --cells 4 8x2^14 --instances 5 --methods domix plug-in
        domix study accuracy --block reporting --out published
        """,
    )
    studies = "; ".join(f"{name}: {study.says}" for name, study in STUDIES.items())
    parser.add_argument("name", choices=STUDIES, metavar="NAME", help=studies)
    parser.add_argument(
        "--block",
        choices=blocks(),
        default="development",
        help="of seeds; reporting is run once, for a published table (default: development)",
    )
    parser.add_argument(
        "--instances",
        type=_positive,
        metavar="K",
        help="per cell (default: what the study says, mostly 20)",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=METHODS,
        metavar="METHOD",
        help=f"of {', '.join(METHODS)}; the oracle always runs (default: what the study says)",
    )
    parser.add_argument(
        "--cells",
        nargs="+",
        metavar="CELL",
        help="only cells of so many variables (8), rows (x2^14) or both (8x2^14)",
    )
    parser.add_argument(
        "--jobs", type=_positive, default=1, metavar="J", help="processes (default: 1)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="the folder with the records, the table and the pictures; records that it holds are "
        "not measured again (default: domix-study-NAME)",
    )


def _add_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "network", type=Path, metavar="NETWORK", help="a network: .bif, .bif.gz, .json, ..."
    )


def _add_seed(parser: argparse.ArgumentParser, default: int | None, says: str) -> None:
    parser.add_argument(
        "--seed", type=_natural, default=default, metavar="S", help=f"random seed ({says})"
    )


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def _rows(text: str) -> int:
    rows = _whole(text)
    if not 1 <= rows <= MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{rows} is not between 1 and {MOST_ROWS:,}")
    return rows


def _positive(text: str, least: int = 1) -> int:
    number = _whole(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"{number} is less than {least}")
    return number


def _replicates(text: str) -> int:
    return _positive(text, least=2)


def _natural(text: str) -> int:
    number = _whole(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is negative; it must be at least 0")
    return number


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share
