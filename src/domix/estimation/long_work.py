"""Estimations that take long: the journal that a checkpoint is, and what an interrupt leaves."""

from __future__ import annotations

import os
import warnings
from dataclasses import fields, replace

import numpy as np

from domix._version import __version__
from domix.errors import DomixWarning
from domix.estimation.outputs import Results
from domix.problems.groups import BOOTSTRAP
from domix.problems.inputs import Inputs
from domix.results.groups import GroupResults
from domix.results.record import INTERRUPTED
from domix.results.result import Disentanglement
from domix.util.checks import Rng
from domix.work.file import RecordFile
from domix.work.fingerprint import fingerprint
from domix.work.interrupt import Interrupt
from domix.work.journal import Journal


def open_journal(path: str | os.PathLike[str] | None, inputs: Inputs, rng: Rng) -> Journal | None:
    """Open the journal of an estimation; None if it keeps none."""
    if path is None:
        return None
    network = inputs.network
    seed = rng.bit_generator.state if isinstance(rng, np.random.Generator) else rng or 0
    named = (f.name for f in fields(inputs) if f.compare and f.name != "network")
    read = {name: getattr(inputs, name) for name in named}
    own = (network.states, network.parents, network.tables.values, network.flat_counts)
    header = {
        "version": f"{__version__}, NumPy {np.__version__}",
        "inputs": fingerprint([own, read, seed]),
    }
    return Journal(RecordFile(path, header))


def mark_interrupted(results: Results, interrupt: Interrupt, *, resumable: bool) -> Results:
    """Say of results that the estimation was interrupted, if it was.

    Warns
    -----
    DomixWarning
        It was interrupted.
    """
    if not interrupt.asked:
        return results
    where = f"during {interrupt.stage!r}"
    if interrupt.left_out:
        where += f"; left out: {', '.join(dict.fromkeys(interrupt.left_out))}"
    again = "with the same checkpoint" if resumable else "from the start"
    kept = "" if resumable else '; next time, checkpoint="FILE" keeps the work'
    warnings.warn(
        f"interrupted {where}. The result is what was found so far: targets may be missing, or "
        f"others than the true ones. To complete it, call again {again}{kept}",
        DomixWarning,
        stacklevel=3,
    )
    if isinstance(results, Disentanglement):
        return _mark(results, where, interrupt)
    return GroupResults(
        (group, _mark(result, where, interrupt)) for group, result in results.items()
    )


def _mark(result: Disentanglement, where: str, interrupt: Interrupt) -> Disentanglement:
    facts = {**result.facts, INTERRUPTED: where}
    if BOOTSTRAP in interrupt.left_out:
        facts.pop("intervals", None)
    return replace(result, facts=facts, converged=False)
