"""Exact mode: certificates of single results, and the uniqueness theorem for all tables at once.

``prove`` takes a small DAG and proves, with the table entries as free positive symbols, that
targets and weights are unique. sympy is imported only while a proof is being made.
"""

from domix.exact.theorem import prove

__all__ = ["prove"]
