"""The answer of :func:`domix.diagnose`, and its text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from domix.core.guarantees import Equality, Exclusion, Positivity
from domix.core.intervention import Intervention
from domix.core.space import Label, assignment_text
from domix.identifiability.soft import SoftReport
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.rational import brief
from domix.util.text_tables import NO_MATH, aligned, html_notes, html_table, shorten_rows

MAX_NUMBER = 15
"""Characters of a number in the summary."""

MAX_LINES = 12
"""Lines of a list in the summary; a table may have three times as many."""


@dataclass(frozen=True)
class ZeroRow:
    """A row of a CPT with entries that are 0.

    Attributes
    ----------
    variable : str
    given : mapping of str to state
        The parents' states.
    states : tuple of state
        The states of ``variable`` that are impossible, given these.
    """

    variable: str
    given: Mapping[str, Label]
    states: tuple[Label, ...]

    def __str__(self) -> str:
        given = assignment_text(self.given)
        states = " or ".join(map(str, self.states))
        return f"P({self.variable}={states}{' | ' if given else ''}{given}) = 0"


@dataclass(frozen=True)
class ExhaustedVariable:
    """A variable on which exclusion fails.

    Attributes
    ----------
    variable : str
    targets : tuple of Intervention
        Together they use every state of ``variable``.
    """

    variable: str
    targets: tuple[Intervention, ...]

    def __str__(self) -> str:
        targets = ", ".join(_shorten([str(target) for target in self.targets]))
        return f"every state of {self.variable} is used, by {targets}"


@dataclass(frozen=True, eq=False)
class Explanations:
    """All sets of targets and weights that have the distribution of a mixture.

    Attributes
    ----------
    free : tuple of str
        Variables on which exclusion is given up: targets may use all of their states.
    kept : mapping of str to state
        Every other variable, to the state that no target uses.
    targets : tuple of Intervention
        All that have weight in some explanation.
    intervals : mapping of Intervention to (Fraction, Fraction)
        Target to its least and its largest weight in any explanation.
    directions : tuple of mapping of Intervention to Fraction
        Each maps targets to changes of their weights that keep the distribution. All changes that
        do are linear combinations of these.
    vertices : tuple of Mixture or None
        The explanations of which all others are mixtures; None if there are too many to be listed.
    """

    free: tuple[str, ...]
    kept: Mapping[str, Label]
    targets: tuple[Intervention, ...]
    intervals: Mapping[Intervention, tuple[Fraction, Fraction]]
    directions: tuple[Mapping[Intervention, Fraction], ...]
    vertices: tuple[Mixture, ...] | None


@dataclass(frozen=True, eq=False)
class TwinLine:
    """The line through a mixture and the equivalent one that is found from its distribution.

    Attributes
    ----------
    mixture : Mixture
    twin : Mixture
        The equivalent mixture.
    reach : (Fraction, Fraction)
        The shares between which no weight is negative; 0 is ``mixture``, 1 is ``twin``.
    """

    mixture: Mixture
    twin: Mixture
    reach: tuple[Fraction, Fraction]

    def at(self, share: Fraction | int) -> Mixture:
        """Return the mixture at a place on the line.

        Parameters
        ----------
        share : Fraction or int
            The weights are ``1 - share`` times those of ``mixture`` plus ``share`` times those of
            ``twin``.

        Returns
        -------
        Mixture
            Over the same network, with the same distribution.

        Raises
        ------
        InterventionError
            ``share`` is beyond ``reach``: a weight would be negative.
        """
        weights = dict.fromkeys(
            [*self.mixture.interventions, *self.twin.interventions], Fraction(0)
        )
        for end, part in ((self.mixture, 1 - Fraction(share)), (self.twin, Fraction(share))):
            for target, weight in zip(end.interventions, end.weights, strict=True):
                weights[target] += part * weight
        return Mixture(self.mixture.network, {t: w for t, w in weights.items() if w})


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The assumptions of identification, and what they leave undecided.

    Attributes
    ----------
    network : Network
        Exact.
    zeros : tuple of ZeroRow
        Every row of a CPT with an entry that is 0, by variable.
    constant : tuple of str
        Variables with one state: setting such a variable has no effect.
    positivity : Positivity
        ``"everywhere"``: no CPT entry is 0. Of a mixture: ``"where needed"``: entries that are 0 do
        not affect the answer; ``"weak"``: states that no target uses may be impossible, and the
        answer holds among the mixtures whose unused states are possible; ``"not"``: an unused state
        is impossible where the answer needs it. Of a network alone: ``"not everywhere"``.
    converted : bool
        Whether floats were read as the decimals that they print as.
    mixture : Mixture or None
        Exact; None if only a network was given. From a distribution, it is the mixture that
        :func:`disentangle_population` finds or, if that function refuses, an explanation that uses
        every state of as few variables as possible.
    exclusion : Exclusion or None
        ``"global"``: every variable has a state that no target uses. ``"per prefix"``: it has one
        among the targets that agree on the variables before it in ``network.order``. ``"broken"``.
    used_up : tuple of ExhaustedVariable
        Where exclusion fails: first among targets that agree on the variables before, then among
        all targets.
    unused : mapping of str to tuple of state, or None
        Variable to the states that no target uses.
    unique : bool or None
        Whether no other mixture that respects exclusion has this distribution, on ``free``
        variables too. If this mixture breaks exclusion, or positivity is ``"not"``: whether there
        is only one explanation. None if that is unknown because of a limit.
    lookalikes : tuple of (Intervention, Intervention)
        A target, and another with the same distribution, because a value that one of them sets is
        certain under the other.
    explanations : Explanations or None
        None because of a limit, or without a mixture.
    line : TwinLine or None
        To the equivalent mixture that :func:`disentangle_population` finds: it respects exclusion,
        and its unused states are possible. None if this mixture does so too, or there is no such
        mixture.
    limit : str or None
        The limit that was exceeded, and what is missing for that reason.
    equality : str or None
        How far the mixture was compared with the distribution that it was computed from, if any:
        see :func:`disentangle_population`.
    refusal : str or None
        Why :func:`disentangle_population` finds no mixture with the distribution given.
    soft : SoftReport or None
        What is determined of drawn values, if the mixture has soft components. All else is about
        ``mixture``, in which they are expanded into hard ones.
    """

    network: Network
    zeros: tuple[ZeroRow, ...]
    constant: tuple[str, ...]
    positivity: Positivity
    converted: bool = False
    mixture: Mixture | None = None
    exclusion: Exclusion | None = None
    used_up: tuple[ExhaustedVariable, ...] = ()
    unused: Mapping[str, tuple[Label, ...]] | None = None
    unique: bool | None = None
    lookalikes: tuple[tuple[Intervention, Intervention], ...] = ()
    explanations: Explanations | None = None
    line: TwinLine | None = None
    limit: str | None = None
    equality: str | None = None
    refusal: str | None = None
    soft: SoftReport | None = None

    def summary(self) -> str:
        """Return everything as text."""
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
            parts.append(html_notes([title]) + html_table(head, body))
        for title, lines in self._lists():
            items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
            parts.append(f"{html_notes([title])}<ul {NO_MATH}>{items}</ul>")
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
            facts.append(("one state", f"{_names(self.constant)}: setting it has no effect"))
        if self.converted:
            facts.append(("numbers", "floats, read as the decimals that they print as"))
        if self.limit is not None:
            facts.append(("not listed", self.limit))
        return facts

    def _exclusion_text(self) -> str:
        if self.exclusion is Exclusion.PER_PREFIX:
            return f"{self.exclusion}, in the order {_names(self.network.order)}"
        if self.exclusion is Exclusion.GLOBAL:
            return f"{self.exclusion}: every variable has a state that no target uses"
        return str(self.exclusion)

    def _positivity_text(self) -> str:
        return {
            Positivity.EVERYWHERE: "everywhere: no table entry is 0",
            Positivity.WHERE_NEEDED: "where needed: table entries that are 0 do not matter",
            Positivity.WEAK: "weak: states that no target uses are impossible under some parents",
            Positivity.VIOLATED: "not where needed: a state that no target uses is impossible",
            Positivity.NOT_EVERYWHERE: f"not everywhere: {len(self.zeros)} table rows hold a 0",
        }[self.positivity]

    def _unique_text(self) -> str:
        if self.unique is None:
            return "not known"
        if not self.unique:
            return "no: other targets and weights have the same distribution"
        if self.exclusion is Exclusion.BROKEN or self.positivity is Positivity.VIOLATED:
            among = "mixtures that leave unused what this one does"
        elif self.exclusion is Exclusion.PER_PREFIX:
            among = "mixtures that respect exclusion per prefix, in this order"
        else:
            among = "mixtures that respect exclusion"
        weak = self.positivity is Positivity.WEAK
        condition = ", if their unused states are possible" if weak else ""
        return f"yes, among {among}{condition}{self._without_exclusion_text()}"

    def _without_exclusion_text(self) -> str:
        """State that there are more explanations than those among which this one is unique."""
        explanations = self.explanations
        if explanations is None or not (explanations.free and explanations.directions):
            return ""
        return f"; no, with exclusion given up on {_names(explanations.free)}"

    def _equality_text(self) -> str:
        if self.equality == Equality.STRUCTURAL:
            return f"{self.equality}: the targets and weights are those given"
        if self.equality == Equality.EVERYWHERE:
            return f"{self.equality}: the distribution is the one given"
        return f"{self.equality}: the distribution is the one given, if that is of any such mixture"

    def _tables(self) -> Iterable[tuple[str, list[str], list[Sequence[str]]]]:
        if self.explanations is None or self.mixture is None:
            return
        weights = dict(zip(self.mixture.interventions, self.mixture.weights, strict=True))
        body = [
            [_number(weights.get(target, Fraction(0))), _number(low), _number(high), str(target)]
            for target, (low, high) in self.explanations.intervals.items()
        ]
        if any(low != high for low, high in self.explanations.intervals.values()):
            free = _names(self.explanations.free)
            title = "All explanations" + (f", exclusion given up on {free}" if free else "")
            yield title, ["weight", "least", "largest", "target"], shorten_rows(body, 3 * MAX_LINES)

    def _lists(self) -> Iterable[tuple[str, list[str]]]:
        if self.refusal is not None:
            yield "Disentangling fails", [self.refusal]
        if self.soft is not None:
            yield from self.soft.lists()
        if self.used_up:
            title = "Exclusion fails" + ("" if self.exclusion is Exclusion.BROKEN else " globally")
            yield title, _shorten([str(place) for place in self.used_up])
        if self.explanations is not None and self.explanations.directions:
            lines = [_equation(direction) for direction in self.explanations.directions]
            yield "Weight can move between the sides of", _shorten(lines)
            if self.explanations.vertices is not None:
                lines = [_sum(v.interventions, v.weights) for v in self.explanations.vertices]
                yield "Every explanation is a mixture of", _shorten(lines)
        if self.line is not None:
            other = _sum(self.line.twin.interventions, self.line.twin.weights)
            low, high = map(_number, self.line.reach)
            broken = self.exclusion is Exclusion.BROKEN
            kind = "exclusion" if broken else "unused states that are possible"
            yield (
                f"The same distribution, with {kind}",
                [
                    other,
                    f"(1 - s) times the mixture + s times this one, for s from {low} to {high}",
                ],
            )
        if self.lookalikes:
            lines = [f"{one} = {other}" for one, other in self.lookalikes]
            yield "Look-alikes, because a state is certain", _shorten(lines)
        if self.zeros:
            yield "Rows of the tables that hold a 0", _shorten([str(row) for row in self.zeros])


def _two_columns(facts: Sequence[tuple[str, str]]) -> str:
    width = max(len(key) for key, _ in facts)
    return "\n".join(f"{key:{width}}  {text}" for key, text in facts)


def _names(names: Iterable[str]) -> str:
    return ", ".join(_shorten(list(names)))


def _number(x: Fraction) -> str:
    return brief(x, MAX_NUMBER)


def _sum(targets: Sequence[Intervention], weights: Iterable[Fraction]) -> str:
    return " + ".join(
        str(target) if weight == 1 else f"{_number(weight)} {target}"
        for target, weight in zip(targets, weights, strict=True)
        if weight
    )


def _equation(direction: Mapping[Intervention, Fraction]) -> str:
    """Write a direction as an equation between distributions, each side a mixture."""
    increases = {target: change for target, change in direction.items() if change > 0}
    decreases = {target: -change for target, change in direction.items() if change < 0}
    sides = []
    for side in (increases, decreases):
        total = sum(side.values())
        sides.append(_sum(list(side), [change / total for change in side.values()]))
    return " = ".join(sides)


def _shorten(lines: list[str]) -> list[str]:
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[: MAX_LINES - 1], f"... ({len(lines)} in all)"]
