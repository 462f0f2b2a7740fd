"""Exact mode: what is found over the rationals, with proofs that can be checked."""

from domix.exact.certificate import Certificate
from domix.exact.certify import certify
from domix.exact.check import check

__all__ = ["Certificate", "certify", "check"]
