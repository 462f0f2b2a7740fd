"""What :func:`domix.diagnose` returns: facts, and how they read."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.rational import brief
from domix.util.text_tables import aligned, html_table

__all__ = ["Diagnosis", "Explanations", "TwinLine", "UsedUp", "ZeroRow"]

LONGEST_NUMBER = 15
MOST_LINES = 12


@dataclass(frozen=True)
class ZeroRow:
    """A table row with entries that are 0.

    Attributes
    ----------
    variable
    given
        The parents' states.
    states
        Those of ``variable`` that are impossible then.
    """

    variable: str
    given: Mapping[str, Label]
    states: tuple[Label, ...]

    def __str__(self) -> str:
        given = ", ".join(f"{name}={state}" for name, state in self.given.items())
        states = " or ".join(map(str, self.states))
        return f"P({self.variable}={states}{' | ' if given else ''}{given}) = 0"


@dataclass(frozen=True)
class UsedUp:
    """A place where exclusion fails.

    Attributes
    ----------
    variable
        All of its states are used.
    targets
        By these.
    """

    variable: str
    targets: tuple[Intervention, ...]

    def __str__(self) -> str:
        targets = ", ".join(_cut([str(target) for target in self.targets]))
        return f"every state of {self.variable} is used, by {targets}"


@dataclass(frozen=True, eq=False)
class Explanations:
    """All sets of targets and weights that have the mixture's distribution.

    Attributes
    ----------
    free : tuple of str
        Variables on which exclusion is given up: targets may use all of their states.
    kept : mapping
        Any other variable, to the state that no target uses.
    targets : tuple of Intervention
        All that have weight in some explanation. Any other target has none in any.
    intervals : mapping
        Target to the least and the largest weight that it has in any explanation.
    directions : tuple of mapping
        Target to a change of its weight. These changes keep the distribution, and any other change
        that does is a combination of them.
    vertices : tuple of Mixture or None
        The explanations that all others are mixtures of; None if they are too many to be listed.
    """

    free: tuple[str, ...]
    kept: Mapping[str, Label]
    targets: tuple[Intervention, ...]
    intervals: Mapping[Intervention, tuple[Fraction, Fraction]]
    directions: tuple[Mapping[Intervention, Fraction], ...]
    vertices: tuple[Mixture, ...] | None


@dataclass(frozen=True, eq=False)
class TwinLine:
    """The line through a mixture and the one that is found from its distribution.

    Attributes
    ----------
    mixture
    twin
    reach : tuple of Fraction
        How far weights stay non-negative: 0 is the mixture, 1 the twin.
    """

    mixture: Mixture
    twin: Mixture
    reach: tuple[Fraction, Fraction]

    def at(self, share: Fraction | int) -> Mixture:
        """The mixture at a place on the line; raises InterventionError beyond ``reach``."""
        weights = dict.fromkeys(
            [*self.mixture.interventions, *self.twin.interventions], Fraction(0)
        )
        for end, part in ((self.mixture, 1 - Fraction(share)), (self.twin, Fraction(share))):
            for target, weight in zip(end.interventions, end.weights, strict=True):
                weights[target] += part * weight
        return Mixture(self.mixture.network, {t: w for t, w in weights.items() if w})


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What identification rests on, and what stays open.

    Attributes
    ----------
    network : Network
        Exact.
    mixture : Mixture or None
        Exact; None if only a network was given. From a distribution: the one that
        :func:`disentangle_population` finds, or if it refuses, one of the explanations that use
        every state of as few variables as possible.
    converted : bool
        Whether floats were read as the decimals that they print as.
    zeros : tuple of ZeroRow
        Every table row that holds a 0, by variable.
    constant : tuple of str
        Variables with one state: to set one is to do nothing.
    exclusion : str or None
        ``"global"``: every variable has a state that no target uses. ``"per prefix"``: among the
        targets that agree on the variables before it, in ``network.order``, it has. ``"broken"``.
    used_up : tuple of UsedUp
        Where exclusion fails: among targets that agree on the variables before, or else among all.
    unused : mapping
        Variable to the states that no target uses.
    positivity : str
        ``"everywhere"``: no table holds a 0. Of a mixture: ``"where needed"``: the zeros do not
        matter. ``"weak"``: they would, if they were at states that no target uses; what is said
        holds among mixtures whose unused states are possible. ``"not"``: they do matter. Of a
        network alone: ``"not everywhere"``.
    unique : bool or None
        Whether no other mixture that respects exclusion has this distribution, on ``free``
        variables too. Where this one does not, or zeros matter: whether there is one explanation
        only. None if that was not found out.
    lookalikes : tuple of pairs of Intervention
        A target, and another with the same distribution, because what the one sets is certain under
        the other.
    explanations : Explanations or None
        None if a limit was passed.
    line : TwinLine or None
        To the mixture that respects exclusion, or whose unused states are possible, if this one's
        do not or are not, and there is one: what :func:`disentangle_population` finds.
    limit : str or None
        What is missing because a limit was passed, and which one.
    equality : str or None
        How far the mixture was compared with what it comes from, if that is a distribution: see
        :func:`disentangle_population`.
    refusal : str or None
        Why :func:`disentangle_population` finds no mixture with the distribution given.
    """

    network: Network
    zeros: tuple[ZeroRow, ...]
    constant: tuple[str, ...]
    positivity: str
    converted: bool = False
    mixture: Mixture | None = None
    exclusion: str | None = None
    used_up: tuple[UsedUp, ...] = ()
    unused: Mapping[str, tuple[Label, ...]] | None = None
    unique: bool | None = None
    lookalikes: tuple[tuple[Intervention, Intervention], ...] = ()
    explanations: Explanations | None = None
    line: TwinLine | None = None
    limit: str | None = None
    equality: str | None = None
    refusal: str | None = None

    def summary(self) -> str:
        """Everything in words."""
        parts = [("", _two_columns(self._facts()))]
        for title, head, body in self._tables():
            parts.append((title, aligned(head, body, ">" * (len(head) - 1) + "<")))
        parts.extend(
            (title, "\n".join(f"  {line}" for line in lines)) for title, lines in self._lists()
        )
        return "\n\n".join(f"{title}\n{text}" if title else text for title, text in parts)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        if self.mixture is None:
            return f"<Diagnosis: positivity {self.positivity}>"
        return f"<Diagnosis: exclusion {self.exclusion}, positivity {self.positivity}>"

    def _repr_html_(self) -> str:
        parts = [html_table([], [[key, text] for key, text in self._facts()])]
        for title, head, body in self._tables():
            parts.append(f"<p>{html.escape(title)}</p>{html_table(head, body)}")
        for title, lines in self._lists():
            items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
            parts.append(f"<p>{html.escape(title)}</p><ul>{items}</ul>")
        return "".join(parts)

    def _facts(self) -> list[tuple[str, str]]:
        facts = []
        if self.mixture is not None:
            facts.append(("exclusion", self._exclusion_text()))
        facts.append(("positivity", self._positivity_text()))
        if self.mixture is not None:
            facts.append(("unique", self._unique_text()))
        if self.equality is not None:
            facts.append(("equality", self._equality_text()))
        if self.constant:
            names = ", ".join(_cut(list(self.constant)))
            facts.append(("one state", f"{names}: to set it is to do nothing"))
        if self.converted:
            facts.append(("numbers", "floats, read as the decimals that they print as"))
        if self.limit is not None:
            facts.append(("not listed", self.limit))
        return facts

    def _exclusion_text(self) -> str:
        if self.exclusion == "global":
            return "global: every variable has a state that no target uses"
        if self.exclusion == "per prefix":
            order = ", ".join(_cut(list(self.network.order)))
            return f"per prefix, in the order {order}"
        return "broken"

    def _positivity_text(self) -> str:
        return {
            "everywhere": "everywhere: no table entry is 0",
            "where needed": "where needed: table entries that are 0 do not matter",
            "weak": "weak: states that no target uses are impossible under some parents",
            "not": "not where needed: a state that no target uses is impossible",
            "not everywhere": f"not everywhere: {len(self.zeros)} table rows hold a 0",
        }[self.positivity]

    def _unique_text(self) -> str:
        if self.unique is None:
            return "not known"
        if not self.unique:
            return "no: other targets and weights have the same distribution"
        among = {
            "global": "mixtures that respect exclusion",
            "per prefix": "mixtures that respect exclusion per prefix, in this order",
            "broken": "mixtures that leave unused what this one does",
        }["broken" if self.positivity == "not" else self.exclusion or "global"]
        weak = ", if their unused states are possible" if self.positivity == "weak" else ""
        return f"yes, among {among}{weak}{self._beyond_text()}"

    def _beyond_text(self) -> str:
        """That all explanations are more than those among which this one is unique, if so."""
        shown = self.explanations
        if shown is None or not (shown.free and shown.directions):
            return ""
        return f"; no, with exclusion given up on {', '.join(_cut(list(shown.free)))}"

    def _equality_text(self) -> str:
        if self.equality == "structural":
            return "structural: the targets and weights are those given"
        if self.equality == "everywhere":
            return "everywhere: the distribution is the one given"
        return f"{self.equality}: the distribution is the one given, if that is of any such mixture"

    def _tables(self) -> Iterable[tuple[str, list[str], list[list[str]]]]:
        if self.explanations is None or self.mixture is None:
            return
        here = dict(zip(self.mixture.interventions, self.mixture.weights, strict=True))
        body = [
            [_number(here.get(target, Fraction(0))), _number(low), _number(high), str(target)]
            for target, (low, high) in self.explanations.intervals.items()
        ]
        if any(low != high for low, high in self.explanations.intervals.values()):
            free = ", ".join(_cut(list(self.explanations.free)))
            title = "All explanations" + (f", exclusion given up on {free}" if free else "")
            yield title, ["weight", "least", "largest", "target"], _cut_rows(body)

    def _lists(self) -> Iterable[tuple[str, list[str]]]:
        if self.refusal is not None:
            yield "Disentangling fails", [self.refusal]
        if self.used_up:
            title = "Exclusion fails" + ("" if self.exclusion == "broken" else " globally")
            yield title, _cut([str(place) for place in self.used_up])
        if self.explanations is not None and self.explanations.directions:
            lines = [_equation(direction) for direction in self.explanations.directions]
            yield "Weight can move between the sides of", _cut(lines)
            if self.explanations.vertices is not None:
                lines = [_sum(v.interventions, v.weights) for v in self.explanations.vertices]
                yield "Every explanation is a mixture of", _cut(lines)
        if self.line is not None:
            twin = _sum(self.line.twin.interventions, self.line.twin.weights)
            low, high = map(_number, self.line.reach)
            kind = "exclusion" if self.exclusion == "broken" else "unused states that are possible"
            yield (
                f"The same distribution, with {kind}",
                [twin, f"(1 - s) times the mixture + s times this one, for s from {low} to {high}"],
            )
        if self.lookalikes:
            lines = [f"{one} = {other}" for one, other in self.lookalikes]
            yield "Alike, because a state is certain", _cut(lines)
        if self.zeros:
            yield "Rows of the tables that hold a 0", _cut([str(row) for row in self.zeros])


def _two_columns(facts: Sequence[tuple[str, str]]) -> str:
    """Names and texts in two columns."""
    width = max(len(key) for key, _ in facts)
    return "\n".join(f"{key:{width}}  {text}" for key, text in facts)


def _number(x: Fraction) -> str:
    return brief(x, LONGEST_NUMBER)


def _sum(targets: Sequence[Intervention], weights: Iterable[Fraction]) -> str:
    return " + ".join(
        str(target) if weight == 1 else f"{_number(weight)} {target}"
        for target, weight in zip(targets, weights, strict=True)
        if weight
    )


def _equation(direction: Mapping[Intervention, Fraction]) -> str:
    """A direction as an equation between distributions, each side a mixture."""
    given = {target: change for target, change in direction.items() if change > 0}
    taken = {target: -change for target, change in direction.items() if change < 0}
    sides = []
    for side in (given, taken):
        total = sum(side.values())
        sides.append(_sum(list(side), [change / total for change in side.values()]))
    return " = ".join(sides)


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[: MOST_LINES - 1], f"... ({len(lines)} in all)"]


def _cut_rows(body: list[list[str]]) -> list[list[str]]:
    most = 3 * MOST_LINES
    if len(body) <= most:
        return body
    return [*body[: most - 1], ["", "", "", f"... ({len(body)} in all)"]]
