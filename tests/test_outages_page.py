"""The windows of PetShop are read as docs/data/outages.md says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

outages = pytest.importorskip("outages", reason="polars is not installed")

PAGE = Path(__file__).parents[1] / "docs" / "data" / "outages.md"
SITE, SEARCH = "PetSite", "PetSearch_AWS::ECS::Fargate"


@pytest.fixture(scope="module", params=outages.TRAFFICS)
def shop(request, data_dir):
    if not (data_dir / "petshop").is_dir():
        pytest.skip(f"no petshop/ in {data_dir}")
    return outages.read_shop(data_dir / "petshop", request.param)


def test_calls_are_turned_round(shop):
    assert f"{SEARCH} latency" in shop.parents[f"{SITE} latency"]
    assert f"{SEARCH} availability" in shop.parents[f"{SITE} availability"]
    assert f"{SITE} latency" not in shop.parents[f"{SEARCH} latency"]


def test_roots_of_all_issues_are_variables(shop):
    assert len(shop.roots) == 26
    assert {f"{root} latency" for root in shop.roots.values()} <= set(shop.parents)


def test_groups_are_five_windows(shop):
    assert len(shop.group) == len(shop.rows)
    assert all(shop.group.count(name) == outages.WINDOWS for name in set(shop.group))
    assert set(shop.roots) <= set(shop.group)


def test_balancers_are_children_of_their_services(shop):
    with_balancers = outages.add_balancers(shop)
    for balancer, service in outages.BALANCERS.items():
        added = f"{service} latency"
        assert added in with_balancers.parents[f"{balancer} latency"]
        assert added not in shop.parents[f"{balancer} latency"]


def test_figures_of_issues():
    from domix import Component, Disentanglement, Network, do

    states = dict.fromkeys(("A latency", "A availability", "B latency"), ("usual", "over"))
    net = Network({v: [] for v in states}, states, {v: [0.9, 0.1] for v in states})

    def found(*targets):
        parts = [Component(do(target), weight) for target, weight in targets]
        return Disentanglement(net, tuple(parts), "known", alpha=0.05)

    results = {
        "test/1": found(({"A latency": "over"}, 0.6), ({"B latency": "over"}, 0.4)),
        "test/2": found(({"A latency": "over", "A availability": "over"}, 1.0)),
        "test/3": found(({}, 1.0)),
        "quiet 0": found(({}, 0.5), ({"B latency": "over"}, 0.5)),
        "quiet 1": found(({}, 1.0)),
    }
    roots = {"test/1": "B", "test/2": "A", "test/3": "A"}
    shop = outages.Shop(None, None, [], {}, roots)
    assert outages.score(shop, results, "test") == ["3", "2", "1", "1", "1", "0.3"]
    assert outages.score_quiet(shop, results) == "1 of 2"
    lines = outages.describe(shop, results, "low")
    assert [line[-1] for line in lines] == [
        "A latency=over 0.6; B latency=over 0.4",
        "A latency=over, A availability=over 1.0",
        "do()",
    ]


def test_page_shows_every_issue():
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(r"\n## Issue by issue\n.*?```text\n(.*?)\n```", page, re.DOTALL)[1]
    assert len(re.findall(r"^low +(test|train)/issue_\d+ ", block, re.MULTILINE)) == 26
