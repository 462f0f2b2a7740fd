"""Results as JSON: the round trip, and the place that an error names."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import (
    Alternative,
    Component,
    Disentanglement,
    FormatError,
    Network,
    disentangle,
    do,
)
from domix.results.claims import TargetTest, UndetectedTarget
from domix.results.contrast import ContrastReport, Relation, RelationKind, WeightedTarget
from domix.results.groups import GroupResults
from strategies import networks, soft_mixtures


@pytest.fixture
def result(chain):
    components = (
        Component(do(), 0.75, 0.01, (0.73, 0.77), 0.0),
        Component(do(A="on", B="mid"), 0.25, 0.01, (0.23, 0.27), 1e-9),
    )
    return Disentanglement(chain, components, "likelihood", rows=100.0, alpha=0.05)


def changed(result, path, value):
    document = json.loads(result.to_json())
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return json.dumps(document)


def test_a_result_round_trips(result):
    again = Disentanglement.from_json(result.to_json())
    assert again.to_json() == result.to_json()
    assert again.components == result.components
    assert again.network == result.network


@pytest.mark.parametrize(
    "third", [Fraction(1, 3), Fraction(1, 3 * 10**6000)], ids=["short", "long"]
)
def test_fractions_stay_fractions(third):
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [third, 1 - third]})
    parts = (Component(do(), 1 - third), Component(do(A=0), third))
    exact = Disentanglement(net, parts, "population", facts={"a": "b"})
    again = Disentanglement.from_json(exact.to_json())
    assert again.components == exact.components
    assert again.network == net
    assert again.facts == {"a": "b"}


@given(st.data())
def test_soft_components_round_trip(data):
    mix = data.draw(networks(most=3).flatmap(soft_mixtures))
    parts = zip(mix.interventions, mix.weights.tolist(), strict=True)
    result = Disentanglement(mix.network, tuple(itertools.starmap(Component, parts)), "likelihood")
    again = Disentanglement.from_json(result.to_json())
    assert again.components == result.components
    assert again.to_json() == result.to_json()
    for own, read in zip(result.components, again.components, strict=True):
        assert repr(own.intervention) == repr(read.intervention)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"drawn": [["on", 0.5]]}, r"components\[1\].intervention.A.drawn: .* sum to 0.5"),
        ({"drawn": [["on", 0.5], ["on", 0.5]]}, r"A.drawn\[1\]\[0\]: duplicate state 'on'"),
        ({"drawn": [["on", "x"]]}, r"A.drawn\[0\]\[1\]: 'x' is not a number"),
        ({"drawn": 1}, "A.drawn: expected a list"),
        ({"set": "on"}, "A: the key 'read' is missing"),
    ],
)
def test_distributions_are_checked(result, value, message):
    text = changed(result, ["components", 1, "intervention", "A"], value)
    with pytest.raises(FormatError, match=message):
        Disentanglement.from_json(text)


def test_the_repr_of_a_component_shortens_fractions():
    part = "intervention=do(A=0), weight=1e-6000, std_error=None, interval=None"
    shown = repr(Component(do(A=0), Fraction(1, 10**6000)))
    rest = "relation=None, reproduced=None, test=None, undetected=(), hull=None"
    rest += ", alternatives=(), exact=None"
    assert shown == f"Component({part}, p_value=None, known=False, {rest})"
    part = "intervention=do(), weight=0.25, std_error=0.01, interval=(0.2, 0.3)"
    shown = repr(Component(do(), 0.25, 0.01, (0.2, 0.3), 0.0))
    assert shown == f"Component({part}, p_value=0.0, known=False, {rest})"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["format"], "other", "format"),
        (["version"], 2, "version 2"),
        (["rows"], "many", "rows: expected a number"),
        (["exact"], 0, "exact: expected true or false"),
        (["components", 1, "weight"], None, r"components\[1\].weight"),
        (["components", 0, "weight"], 0.9, "components: the weights sum to"),
        (["components", 1, "intervention"], {"Z": "on"}, "unknown variable 'Z'"),
        (["components", 1, "intervention"], ["A"], r"components\[1\].intervention"),
        (["components", 1, "interval"], [0.1], "interval: 1 entries where 2 are needed"),
        (["components", 1, "colour"], "red", "unknown key 'colour'"),
        (["unexplained"], [-1], r"unexplained\[0\]"),
        (["facts"], {"a": 1}, "facts.a"),
        (["network", "variables", 0, "table"], [1], "network"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(result, path, value, words):
    with pytest.raises(FormatError, match=words):
        Disentanglement.from_json(changed(result, path, value))


@pytest.mark.parametrize("document", [None, 3, True, b"{}", ["{}"], {}])
def test_a_value_that_is_not_text_is_refused(document):
    with pytest.raises(FormatError, match=f"expected a text, not {type(document).__name__}"):
        Disentanglement.from_json(document)


def test_a_duplicate_key_is_refused_with_its_place(result):
    text = result.to_json().replace('"p_value": 0.0', '"p_value": 0.0, "p_value": 0.5')
    with pytest.raises(FormatError, match=r"^result: components\[0\]\.p_value: duplicate key"):
        Disentanglement.from_json(text)


def test_text_that_is_not_json_is_refused_with_its_line(result):
    with pytest.raises(FormatError, match="result:1:2"):
        Disentanglement.from_json("{")


@pytest.fixture
def examined(chain):
    components = (
        Component(
            do(A="on"),
            0.75,
            0.01,
            (0.7, 0.8),
            1e-9,
            test=TargetTest(25.5, 4.25, 6, 7.5),
            undetected=(
                UndetectedTarget(do(), 5.5),
                UndetectedTarget(do(A="on", B="mid"), 4.25),
            ),
            hull=(0.6, 0.8),
        ),
        Component(do(A="off"), 0.25, p_value=0.0, test=TargetTest(math.inf, 0.0, 1, 1.35)),
    )
    return Disentanglement(chain, components, "likelihood")


def test_claims_round_trip(examined):
    text = examined.to_json()
    assert Disentanglement.from_json(text).components == examined.components
    first, second = json.loads(text)["components"]
    assert first["test"]["factor"] == 6
    assert second["test"]["drop_cost"] is None
    assert "undetected" not in second
    assert "hull" not in second


def test_documents_without_claims_are_read(examined):
    document = json.loads(examined.to_json())
    for component in document["components"]:
        for key in ("test", "undetected", "hull"):
            component.pop(key, None)
    again = Disentanglement.from_json(json.dumps(document)).components
    assert [(c.test, c.undetected, c.hull) for c in again] == [(None, (), None)] * 2


def test_claims_have_columns_and_a_remark(examined):
    frame = examined.to_frame("polars")
    assert frame["drop_cost"].to_list() == [25.5, math.inf]
    assert frame["critical_value"].to_list() == [7.5, 1.35]
    assert frame["undetected"].to_list() == ["do(); do(A=on, B=mid)", ""]
    assert frame["hull_low"].to_list() == [0.6, None]
    assert "do(A=on), perhaps with do() or 1 more" in examined.summary()


@pytest.fixture
def contrasted(chain):
    relation = Relation(RelationKind.LEAK, do(A="on"))
    components = (
        Component(do(A="on"), 0.75, reproduced=4),
        Component(do(A="off"), 0.25, relation=relation, reproduced=0),
    )
    report = ContrastReport(
        80.5,
        background=(WeightedTarget(do(A="off", B="mid"), 0.1),),
        explained=(WeightedTarget(do(C="no"), 0.05), WeightedTarget(do(B="low"), 0.01)),
    )
    return Disentanglement(chain, components, "likelihood", contrast=report)


@pytest.mark.parametrize("drift", [80.5, math.inf])
def test_what_control_rows_say_round_trips(contrasted, drift):
    contrasted = replace(contrasted, contrast=replace(contrasted.contrast, drift=drift))
    again = Disentanglement.from_json(contrasted.to_json())
    assert again.contrast == contrasted.contrast
    assert again.components == contrasted.components
    assert again.to_json() == contrasted.to_json()


def test_alternatives_round_trip(chain):
    own, other = do(A="on"), do(A="on", B="low")
    alternatives = (Alternative(own, 0.75), Alternative(other, 0.25))
    components = (
        Component(own, 0.75, alternatives=alternatives, exact=False),
        Component(do(), 0.25, alternatives=(Alternative(do(), 1.0),), exact=True),
    )
    result = Disentanglement(chain, components, "likelihood")
    again = Disentanglement.from_json(result.to_json())
    assert again.components == components
    assert again.to_json() == result.to_json()
    frame = result.to_frame()
    assert list(frame["exact"]) == [False, True]
    assert list(frame["alternatives"]) == [
        "do(A=on) .75; do(A=on, B=low) .25",
        "do() >.99",
    ]
    assert "do(A=on), this (.75) or a look-alike: do(A=on, B=low) .25" in result.summary()
    with pytest.raises(FormatError, match=r"components\[0\].alternatives\[0\].share"):
        Disentanglement.from_json(
            changed(result, ["components", 0, "alternatives", 0, "share"], "")
        )


def test_parts_of_an_answer_round_trip(chain):
    components = (
        Component(do(A="on"), 0.75, exact=False),
        Component(do(), 0.25, alternatives=(Alternative(do(), 1.0),)),
    )
    result = Disentanglement(chain, components, "likelihood")
    assert Disentanglement.from_json(result.to_json()).components == components
    assert "do(A=on), this or a look-alike\n" in result.summary()


def test_results_without_a_contrast_have_no_key_for_it(result):
    document = json.loads(result.to_json())
    assert "contrast" not in document
    absent = {"relation", "reproduced", "alternatives", "exact"}
    assert not absent & document["components"][0].keys()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["contrast", "drift"], "much", r"contrast.drift: expected a number"),
        (["contrast", "background"], None, r"contrast.background"),
        (["contrast", "explained", 0, "weight"], None, r"contrast.explained\[0\].weight"),
        (["contrast", "explained", 1, "size"], 1, "unknown key 'size'"),
        (["components", 1, "relation", "kind"], "cousin", r"components\[1\].relation.kind"),
        (["components", 1, "relation"], {}, r"components\[1\].relation"),
        (["components", 1, "reproduced"], -1, r"components\[1\].reproduced"),
    ],
)
def test_a_wrong_contrast_is_refused_with_the_place(contrasted, path, value, words):
    with pytest.raises(FormatError, match=words):
        Disentanglement.from_json(changed(contrasted, path, value))


def test_what_control_rows_say_is_in_frame_and_summary(contrasted):
    frame = contrasted.to_frame()
    assert list(frame["relation"]) == [None, "leak of do(A=on)"]
    assert list(frame["reproduced"]) == [4, 0]
    summary = contrasted.summary()
    assert "do(A=off), leak of do(A=on), on 0 of 4 halves" in summary
    assert "as control rows explain them as well: do(C=no) (0.050), do(B=low) (0.010)" in summary


def test_a_document_of_groups_says_how_to_read_one():
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    results = disentangle(net, [[0], [1]] * 20, groups=["a", "b"] * 20)
    text = results.to_json()
    with pytest.raises(FormatError, match="result: holds results of the groups 'a', 'b'; ") as info:
        Disentanglement.from_json(text)
    assert "GroupResults.from_json" in str(info.value)
    again = GroupResults.from_json(text)
    assert again.to_json() == text
    assert list(again) == ["a", "b"]
    with pytest.raises(FormatError, match=r"is one result.*Disentanglement\.from_json"):
        GroupResults.from_json(results["a"].to_json())
