"""``domix convert``: write a network in another format."""

from __future__ import annotations

import argparse
from pathlib import Path

from domix.cli.files.outputs import check_outputs
from domix.cli.options import add_normalize
from domix.model.io import read_network, write_network

SUMMARY = "write a network in another format"
EXAMPLES = """
domix convert network.bif network.json
domix convert network.json network.bif.gz
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two files."""
    parser.add_argument("source", type=Path, metavar="IN", help="a network: .bif, .json, ...")
    parser.add_argument("target", type=Path, metavar="OUT", help="the file to write")
    add_normalize(parser)


def run(args: argparse.Namespace) -> None:
    """Read the network and write it."""
    check_outputs({"IN": args.source}, {"OUT": (args.target, ())})
    write_network(read_network(args.source, normalize=args.normalize), args.target)
