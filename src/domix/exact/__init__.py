"""Exact mode: certificates of single results, and the uniqueness theorem for all positive tables.

``certify`` records every lift that leads from a distribution to its mixture, so that ``check`` can
verify the answer without trusting the search. ``prove`` takes a small DAG and proves, with its
table entries as free positive symbols, that targets and weights are unique. ``reverse_edge`` and
``prove_orientation`` show, for one network and for all tables, that likelihood does not orient a
covered edge without other parents, while the number of targets does. sympy is imported only
when something is proved or solved.
"""

from domix.exact.certificate import Certificate
from domix.exact.certifier import certify
from domix.exact.checker.check import check
from domix.exact.orientation import reverse_edge
from domix.exact.theorem.orientation import prove_orientation
from domix.exact.theorem.prove import prove

__all__ = ["Certificate", "certify", "check", "prove", "prove_orientation", "reverse_edge"]
