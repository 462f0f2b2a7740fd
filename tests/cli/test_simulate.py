"""Components of a mixture on the command line: ``PKC=high,Raf=low@0.3``."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.cli.simulate import parse_component
from domix.core.intervention import do
from domix.errors import InterventionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PKC=high,Raf=low@0.3", (do(PKC="high", Raf="low"), 0.3)),
        ("@0.7", (do(), 0.7)),
        (" PKC = high @ 1/3 ", (do(PKC="high"), 1 / 3)),
        (r"a\,b=c\=d,e\@f=g\\h@1", (do({"a,b": "c=d", "e@f": "g\\h"}), 1.0)),
        ("A=-1@1e-3", (do(A="-1"), 0.001)),
        ("one two=1@1", (do({"one two": "1"}), 1.0)),
    ],
)
def test_components_are_parsed(text, expected):
    assert parse_component(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PKC=high", "no weight"),
        ("PKC=high@0.3@0.7", "more than one @"),
        ("PKC=high@lots", "the weight 'lots' is not a number"),
        ("PKC=high@", "the weight '' is not a number"),
        ("PKC=high@1/0", "the weight '1/0' is not a number"),
        ("PKC=high@nan", "the weight 'nan' is not a number"),
        ("PKC=high@1e999", "the weight '1e999' is not a number"),
        ("PKC@1", "'PKC' is not name=state"),
        ("PKC=@1", "'PKC=' is not name=state"),
        ("=high@1", "'=high' is not name=state"),
        ("PKC=high,@1", "'' is not name=state"),
        ("PKC=high,PKC=low@1", "'PKC' is set twice"),
        ("", "no weight"),
    ],
)
def test_invalid_components_are_quoted(text, message):
    with pytest.raises(InterventionError, match=re.escape(message)) as error:
        parse_component(text)
    assert repr(text) in str(error.value)


labels = st.text(min_size=1).filter(lambda text: text == text.strip())


@given(st.dictionaries(labels, labels))
def test_any_label_can_be_escaped(assignment):
    def escape(label):
        return re.sub(r"([,=@\\])", r"\\\1", label)

    text = ",".join(f"{escape(name)}={escape(state)}" for name, state in assignment.items())
    assert parse_component(text + "@1") == (do(assignment), 1.0)
