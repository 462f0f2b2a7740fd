"""``domix study``: measure the estimators on random instances."""

from __future__ import annotations

import argparse
from pathlib import Path

from domix.cli.options import wants_progress, whole_number
from domix.study.instances.seeds import blocks
from domix.study.methods import METHODS
from domix.study.run import run_study
from domix.study.studies import STUDIES

SUMMARY = "measure the estimators on random instances, or continue such a study"
EXAMPLES = """
domix study accuracy --jobs 2
domix study paper --cells 4 8x2^14 --instances 5 --methods domix plug-in
domix study accuracy --block reporting --out published
domix study paper --scheduler tcp://10.0.0.1:8786
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the study, and the parts of it that are wanted."""
    studies = "; ".join(f"{name}: {study.purpose}" for name, study in STUDIES.items())
    parser.add_argument("name", choices=STUDIES, metavar="NAME", help=studies)
    parser.add_argument(
        "--block",
        choices=blocks(),
        default="development",
        help="block of seeds; reporting is run once, for a published table (default: development)",
    )
    parser.add_argument(
        "--instances",
        type=whole_number(1),
        metavar="K",
        help="per cell (default: as the study defines, mostly 20)",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        choices=METHODS,
        metavar="METHOD",
        help=f"of {', '.join(METHODS)}; the oracle always runs (default: as the study defines)",
    )
    parser.add_argument(
        "--cells",
        nargs="+",
        metavar="CELL",
        help="only cells with this number of variables (8), of rows (x2^14) or both (8x2^14), and "
        "with these words in their design (8x2^14:erdos-renyi)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--jobs", type=whole_number(1), default=1, metavar="J", help="processes (default: 1)"
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a Dask scheduler, such as tcp://10.0.0.1:8786: its workers measure the instances",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="the folder for the records, the table and the figures; records that it contains are "
        "not measured again (default: domix-study-NAME)",
    )


def run(args: argparse.Namespace) -> None:
    """Run the study and print its table."""
    folder = Path(f"domix-study-{args.name}") if args.out is None else args.out
    print(
        run_study(
            args.name,
            folder,
            block=args.block,
            instances=args.instances,
            methods=args.methods,
            cells=args.cells,
            jobs=args.jobs,
            scheduler=args.scheduler,
            progress=wants_progress(args),
        )
    )
