"""Interventions as JSON: variables to states, or to the distributions that stand in their place.

A variable whose value is drawn has an object ``{"drawn": [[state, probability], ...]}``, and one
that is misread ``{"set": state, "read": [[state, probability], ...]}``. Probabilities are numbers
or, if they are fractions, strings such as ``"1/3"``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from domix.core.intervention import Intervention, do
from domix.core.soft.values import Misread, Probability, Stochastic, Value, ValueLike
from domix.core.space import Label
from domix.errors import InterventionError
from domix.formats.numbers import read_fraction
from domix.util.rational import rational_text
from domix.util.strict_json import Node


def intervention_document(intervention: Intervention) -> dict[str, Any]:
    """Return an intervention as plain values, which :func:`read_intervention` reads.

    Examples
    --------
    >>> intervention_document(do(A="low", B={"low": 0.75, "mid": 0.25}))
    {'A': 'low', 'B': {'drawn': [['low', 0.75], ['mid', 0.25]]}}
    """
    return {name: _value_document(value) for name, value in intervention.items()}


def _value_document(value: Value) -> Any:
    if isinstance(value, Stochastic):
        return {"drawn": _distribution_document(value)}
    if isinstance(value, Misread):
        return {"set": value.state, "read": _distribution_document(value.read)}
    return value


def _distribution_document(drawn: Stochastic) -> list[list[Any]]:
    return [
        [state, rational_text(p) if isinstance(p, Fraction) else p] for state, p in drawn.items()
    ]


def read_intervention(node: Node) -> Intervention:
    """Read an intervention.

    Raises
    ------
    DomixError
        It does not have this form; of the type, and with the place, of the document's errors.
    """
    values = {name: _read_value(value) for name, value in node.entries().items()}
    try:
        return do(values)
    except InterventionError as error:
        node.fail(error.message)


def _read_value(node: Node) -> ValueLike:
    if not isinstance(node.value, dict):
        return node.label()
    if "drawn" in node.value:
        return _read_distribution(node.fields(["drawn"])["drawn"])
    fields = node.fields(["set", "read"])
    return Misread(fields["set"].label(), _read_distribution(fields["read"]))


def _read_distribution(node: Node) -> Stochastic:
    probabilities: dict[Label, Probability] = {}
    for entry in node.items():
        state, p = entry.items(length=2)
        label = state.label()
        if label in probabilities:
            state.fail(f"duplicate state {label!r}; keep one")
        exact = isinstance(p.value, str)
        probabilities[label] = p.convert(read_fraction) if exact else p.number()
    try:
        return Stochastic(probabilities)
    except InterventionError as error:
        node.fail(error.message)
