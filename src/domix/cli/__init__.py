"""The command line: ``program`` runs it, one module holds each command, the others are shared."""

from domix.cli.program import main

__all__ = ["main"]
