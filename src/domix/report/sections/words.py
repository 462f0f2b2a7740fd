"""A small glossary of the words that a report uses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domix.report.blocks import Definitions, Section, texts

WORDS = {
    "alpha": "the chance, at most, of reporting any target where none is needed",
    "component": "a target with its weight",
    "conditional probability table": "how probable each state of a variable is, given the states "
    "of its parents in the graph",
    "control row": "a row to which nothing was done",
    "do(A=low)": "the target that sets the variable A to its state low, whatever usually causes "
    "it; do() sets nothing",
    "drift": "differences between the tables of the control rows and those of the mixture",
    "exact": "said of a target that is hardly anything else: the number of false ones to expect "
    "among the exact targets is alpha at most",
    "interval": "the weights that the rows do not exclude, with a confidence of 95 %",
    "leak": "a target that differs from another in one variable and has at most a tenth of its "
    "weight, as where values are misread",
    "look-alike": "a target whose rows look so much like those of a reported one that either can "
    "stand in that place",
    "mixture": "rows of several targets, without a note which row is of which",
    "nat": "the unit of log-likelihoods: by 1 nat, rows are 2.72 times as likely",
    "neighbour": "a target that differs in one variable from a reported one; an undetected one "
    "is not reported, and may be there all the same",
    "p-value": "the chance of rows that ask for a target at least as clearly as these, if it is "
    "not needed; corrected for all targets that could have been reported",
    "refinement": "a target that sets what another one sets, and more",
    "soft": "said of a target that draws a variable's value, or whose value is misread",
    "state": "a value that a variable can have",
    "target": "what an intervention sets: variables, and the states to which it sets them",
    "weight": "the share of the rows that are under a target",
}
"""Word to what it means here; it is listed if the report uses it."""

ALWAYS = ("do(A=low)",)


def list_words(sections: Sequence[Section]) -> Section:
    """Return the glossary of the words that sections use."""
    used = " ".join(text for section in sections for text in texts(section.blocks))
    pairs = [
        (word, meaning)
        for word, meaning in WORDS.items()
        if word in ALWAYS or re.search(rf"\b{re.escape(word)}s?\b", used, re.IGNORECASE)
    ]
    return Section("words", "Words", [Definitions(pairs)])
