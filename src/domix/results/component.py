"""One recovered intervention, and several as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from domix.core.intervention import Intervention
from domix.options.contrast import ContrastOptions
from domix.results.claims import TargetTest, UndetectedTarget
from domix.results.contrast import Relation, RelationKind
from domix.util.rational import brief
from domix.util.text_tables import p_text

HALVES = 2 * ContrastOptions().half_splits
"""Halves of the rows on which targets are tested again."""


LEAK_SHARE = 0.1
"""Largest weight of a leak, as a share of the other target's."""

MOST_ALTERNATIVES = 3
"""Alternatives of a target that a table names."""


@dataclass(frozen=True)
class Alternative:
    """A target that could stand in the place of a reported one.

    Attributes
    ----------
    intervention : Intervention
        The target.
    share : float
        Its posterior probability, among all that could stand there.

    Examples
    --------
    >>> from domix import Alternative, do
    >>> str(Alternative(do(A="low"), 0.625))
    'do(A=low) .62'
    """

    intervention: Intervention
    share: float

    def __str__(self) -> str:
        return f"{self.intervention} {share_text(self.share)}"


def share_text(share: float) -> str:
    """Return a share with two digits.

    Examples
    --------
    >>> share_text(0.625), share_text(0.9999), share_text(0.001)
    ('.62', '>.99', '<.01')
    """
    if share >= 0.995:
        return ">.99"
    return "<.01" if share < 0.005 else f"{share:.2f}"[1:]


@dataclass(frozen=True)
class Component:
    """One recovered intervention.

    Attributes
    ----------
    intervention : Intervention
        The intervention.
    weight : float or Fraction
        Its share of the rows, or of the distribution.
    std_error : float or None
        Standard error of the weight, with the set of targets taken as known; None from a
        distribution.
    interval : tuple of float or None
        95 % interval of the weight of this target with its undetected neighbours, the set of
        targets taken as known. Of the only target of a result, down to what would not have been
        seen of another.
    p_value : float or None
        p-value of the likelihood-ratio test of the mixture without this target against the one with
        it, corrected for the number of targets that could have been reported. It is at most
        ``alpha`` for every reported target, unless the user included it. A small one shows that a
        target is needed, not that it is this one rather than a look-alike.
    known : bool
        Whether the user included it; then it is reported whatever its p-value.
    relation : Relation or None
        Another target of the result of which this one may be a trace, where the model is not
        exactly right. None if there is none, or if the rows were not compared with control rows.
    reproduced : int or None
        On how many of four random halves of the rows the target passes the test again; None if
        control rows do not contradict the model.
    test : TargetTest or None
        What the p-value was computed from; None from a distribution.
    undetected : tuple of UndetectedTarget
        Possible targets that differ from this one in one variable, are not reported, and would gain
        4 nats or more: the weight may be theirs in part. By falling gain.
    hull : tuple of float or None
        Hull of the interval and those of the fits with one more target of a gain of 2 nats or more;
        None where it was not computed.
    alternatives : tuple of Alternative
        A 95 % credible set of what stands here, by falling share: this target itself, always, and
        the look-alikes that explain the rows nearly as well, until their shares sum to .95. Soft
        ones have fitted distributions, and differ in their variables or modes. Empty if it was not
        computed.
    exact : bool or None
        Whether the target is exactly this one: with probability ``alpha`` at most is any target
        called exact false. If not, it is this one or a look-alike. None if it was not computed, in
        a soft answer, or if control rows contradict the model.

    Examples
    --------
    >>> from domix import Component, do
    >>> Component(do(A="low"), 0.25, std_error=0.01).weight
    0.25
    """

    intervention: Intervention
    weight: float | Fraction
    std_error: float | None = None
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    known: bool = False
    relation: Relation | None = None
    reproduced: int | None = None
    test: TargetTest | None = None
    undetected: tuple[UndetectedTarget, ...] = ()
    hull: tuple[float, float] | None = None
    alternatives: tuple[Alternative, ...] = ()
    exact: bool | None = None

    def __repr__(self) -> str:
        # As dataclasses do it, but fractions can have more digits than Python prints.
        shown = (
            f"{name}={brief(value) if isinstance(value, Fraction) else repr(value)}"
            for name, value in vars(self).items()
        )
        return f"Component({', '.join(shown)})"


def by_weight(components: Iterable[Component]) -> tuple[Component, ...]:
    """Sort by falling weight, then by the text of the intervention, so that the order is unique."""
    return tuple(sorted(components, key=lambda c: (-c.weight, str(c.intervention))))


def tabulate(components: Sequence[Component]) -> dict[str, list[Any]]:
    """Return the columns of a data frame, one row per component."""
    return {
        "intervention": [str(c.intervention) for c in components],
        "weight": [float(c.weight) for c in components],
        "std_error": [c.std_error for c in components],
        "low": [None if c.interval is None else c.interval[0] for c in components],
        "high": [None if c.interval is None else c.interval[1] for c in components],
        "p_value": [c.p_value for c in components],
        "known": [c.known for c in components],
        "relation": [None if c.relation is None else str(c.relation) for c in components],
        "reproduced": [c.reproduced for c in components],
        "drop_cost": [None if c.test is None else c.test.drop_cost for c in components],
        "log_count": [None if c.test is None else c.test.log_count for c in components],
        "critical_value": [None if c.test is None else c.test.critical_value for c in components],
        "undetected": ["; ".join(str(u.intervention) for u in c.undetected) for c in components],
        "hull_low": [None if c.hull is None else c.hull[0] for c in components],
        "hull_high": [None if c.hull is None else c.hull[1] for c in components],
        "exact": [c.exact for c in components],
        "alternatives": ["; ".join(map(str, c.alternatives)) or None for c in components],
    }


def tabulate_text(components: Sequence[Component]) -> tuple[list[str], list[list[str]]]:
    """Return head and body of a table to be read; without tests it has two columns."""
    tested = any(c.p_value is not None for c in components)
    head = ["weight", *(["std.err", "95 % interval", "p-value"] if tested else []), "target"]
    body, doubtful = [], list_doubtful(components)
    for c in components:
        row = [brief(c.weight) if isinstance(c.weight, Fraction) else f"{c.weight:.4f}"]
        if tested:
            row += [
                "" if c.std_error is None else f"{c.std_error:.4f}",
                "" if c.interval is None else f"{c.interval[0]:.4f} to {c.interval[1]:.4f}",
                "" if c.p_value is None else p_text(c.p_value),
            ]
        remarks = _remarks(c)
        if c in doubtful:
            remarks.append(describe_alternatives(c))
        body.append([*row, ", ".join([str(c.intervention), *remarks])])
    return head, body


def _remarks(component: Component) -> list[str]:
    remarks = ["known"] if component.known else []
    relation, reproduced = component.relation, component.reproduced
    # Where control rows fit the model, a refinement is nearly always a true target; no leak is.
    if relation is not None and (relation.kind is RelationKind.LEAK or reproduced is not None):
        remarks.append(str(relation))
    if reproduced is not None:
        remarks.append(f"on {reproduced} of {HALVES} halves")
    if component.undetected:
        first, more = component.undetected[0].intervention, len(component.undetected) - 1
        remarks.append(f"perhaps with {first}" + (f" or {more} more" if more else ""))
    return remarks


def list_doubtful(components: Sequence[Component]) -> list[Component]:
    """List the targets of a result that may be others.

    They are not exact, or of a soft answer, in which none is called exact, and have alternatives.
    """
    soft = any(c.intervention != c.intervention.mode for c in components)
    return [
        c
        for c in components
        if c.exact is False or (soft and c.exact is None and len(c.alternatives) > 1)
    ]


def describe_alternatives(component: Component) -> str:
    """Describe what a target that is not exact could be instead.

    Examples
    --------
    >>> from domix import Alternative, do
    >>> alternatives = (Alternative(do(A=1), 0.7), Alternative(do(A=1, B=0), 0.28))
    >>> describe_alternatives(Component(do(A=1), 0.3, alternatives=alternatives, exact=False))
    'this (.70) or a look-alike: do(A=1, B=0) .28'
    """
    own = [a for a in component.alternatives if a.intervention == component.intervention]
    others = [str(a) for a in component.alternatives if a not in own]
    named = ", ".join(others[:MOST_ALTERNATIVES])
    more = len(others) - MOST_ALTERNATIVES
    return (
        "this"
        + "".join(f" ({share_text(a.share)})" for a in own)
        + " or a look-alike"
        + (f": {named}" if named else "")
        + (f" and {more} more" if more > 0 else "")
    )


def relate(components: Sequence[Component]) -> tuple[Component, ...]:
    """Set the relation of each component to the others."""
    return tuple(replace(c, relation=_relation(c, components)) for c in components)


def _relation(component: Component, components: Sequence[Component]) -> Relation | None:
    own = component.intervention
    others = [c for c in components if c.intervention and c.intervention != own] if own else []
    others.sort(key=lambda c: (-c.weight, str(c.intervention)))
    for other in others:
        if component.weight <= LEAK_SHARE * other.weight and _differ_in_one(
            own, other.intervention
        ):
            return Relation(RelationKind.LEAK, other.intervention)
    for other in others:
        if other.intervention.items() < own.items():
            return Relation(RelationKind.REFINEMENT, other.intervention)
    return None


def _differ_in_one(one: Intervention, other: Intervention) -> bool:
    return len({variable for variable, _ in one.items() ^ other.items()}) == 1
