"""Simulation studies: random instances, estimators side by side, scores and tables.

:func:`run_study` does what the command ``domix study`` does.
"""

from domix.study.cells import Cell
from domix.study.instances.generator import Instance, random_instance
from domix.study.instances.planted import plant
from domix.study.run import run_study
from domix.study.scoring.metrics import Scores, compare, recall_of
from domix.study.scoring.oracle import detectable, oracle_mixture, oracle_weights
from domix.study.studies import STUDIES

__all__ = [
    "STUDIES",
    "Cell",
    "Instance",
    "Scores",
    "compare",
    "detectable",
    "oracle_mixture",
    "oracle_weights",
    "plant",
    "random_instance",
    "recall_of",
    "run_study",
]
