"""The files for Prometheus and Grafana ask for figures that exist, and say where to read what to do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from clinic.run import ROOT
from clinic.watching.server import PartsCollector

FOLDER = ROOT / "deploy" / "monitoring"
NAME = re.compile(r"clinic_\w+")


def read_alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


def read_questions() -> Iterator[str]:
    for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (rule["expr"] for rule in read_alerts())


@pytest.mark.django_db
def test_every_figure_that_is_asked_for_is_there() -> None:
    ours = [*PartsCollector().collect(), *REGISTRY.collect()]
    # A counter's samples end in _total, a histogram's in _bucket; without labels yet there are none.
    there = {metric.name + ending for metric in ours for ending in ("", "_total", "_bucket")}

    asked = {name for question in read_questions() for name in NAME.findall(question)}

    assert asked - there == set()
    assert len(asked) >= 9


def test_each_alert_says_how_bad_it_is_and_leads_to_what_to_do() -> None:
    for rule in read_alerts():
        path, _, heading = rule["annotations"]["runbook"].partition("#")
        text = (ROOT / path).read_text()
        anchors = [
            re.sub(r"\W+", "-", line.strip("# ").lower()) for line in text.splitlines() if line[:1] == "#"
        ]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert not heading or heading in anchors


def test_panels_do_not_lie_on_each_other() -> None:
    places = [panel["gridPos"] for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert all(x < 24 for x, _ in cells)
