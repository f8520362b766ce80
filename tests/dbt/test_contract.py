"""Every figure that managers were promised has a model, words in the docs and a test; what lacks is listed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from flows.settings import PROJECT

TESTS = PROJECT / "tests"
# By what it is called: its model (of a KPI, its name in `kpis`), and tests that count it another way.
THERE: dict[str, tuple[list[str], list[str]]] = {
    "first response time": (["kpis.first_response_minutes_median"], ["marts/test_promise_page.py"]),
    "first answer time": (["kpis.first_answer_minutes_median"], ["marts/test_promise_page.py"]),
    "response time": (["kpis.response_minutes_median", "kpis.response_minutes_p90"], ["marts/reference.py"]),
    "open wait age": (["open_waits"], ["dbt/test_build.py"]),
    "answered rate": (
        ["kpis.answered_rate", "kpis.waits_helped_by_peers"],
        ["marts/reference.py", "marts/test_turnarounds.py"],
    ),
    "promise kept": (["kpis.promise_kept_rate"], ["marts/reference.py"]),
    "clock": (["kpis.response_open_minutes_median"], ["marts/test_promise_page.py"]),
    "resolution time": (["kpis.resolution_minutes_median"], ["marts/test_resolutions.py"]),
    "reopens": (["kpis.reopens"], ["marts/test_resolutions.py"]),
    "one-touch": (["kpis.one_touch_rate"], ["marts/test_resolutions.py"]),
    "continuity": (["continuity", "waits_moved"], ["marts/test_promise_page.py"]),
    "public promise page": (["promise_page"], ["marts/test_promise_page.py"]),
    "net sentiment": (
        ["kpis.net_sentiment", "kpis.net_sentiment_polar", "kpis.neutral_rate"],
        ["marts/test_voice.py"],
    ),
    "CSAT": (["kpis.csat_rate", "kpis.csat_response_rate"], ["marts/test_satisfaction.py"]),
    "NPS": (["kpis.nps", "kpis.nps_response_rate"], ["marts/test_satisfaction.py"]),
    "rating": (["kpis.rating_mean"], ["marts/test_satisfaction.py"]),
    "turnaround": (["kpis.turnaround_rate", "kpis.conversations_recovered"], ["marts/test_turnarounds.py"]),
    "silent sufferers": (["silent_sufferers"], ["marts/test_silent_customers.py"]),
    "advocates": (["advocates"], ["marts/test_silent_customers.py"]),
    "freshness": (["source_health"], ["marts/test_source_health.py"]),
    "share of voice": (["share_of_voice"], ["marts/test_voice.py"]),
    "connectors": (["voice_concentration"], ["marts/test_voice.py"]),
    "mavens": (["voice_concentration"], ["marts/test_voice.py"]),
    "audience": (["voice_concentration"], ["marts/test_voice.py"]),
    "influence": (["influence"], ["marts/test_turnarounds.py"]),
    "contact pressure": (
        ["contact_pressure", "fct_contacts"],
        ["marts/test_silent_customers.py", "marts/test_proactive.py"],
    ),
    "affected but silent": (
        ["affected_silent", "affected_left_out", "fct_service_events"],
        ["marts/test_proactive.py"],
    ),
    "contacted before first complaint": (["service_event_outcomes"], ["marts/test_proactive.py"]),
    "burst": (["fct_bursts", "standing_alerts"], ["marts/test_bursts.py", "marts/test_burst_scores.py"]),
}
NOT_YET: dict[str, str] = {}  # what lacks a model, and what it needs; the docs name it as planned
SECTION = re.compile(r"^## Planned, not there yet\n(.*?)(?=^## |\Z)", re.M | re.S)


@pytest.fixture(scope="module")
def docs() -> str:
    return "\n".join((PROJECT / "docs" / name).read_text(encoding="utf-8") for name in ("kpis.md", "bursts.md"))


@pytest.mark.parametrize("name", THERE)
def test_a_figure_has_a_model_words_and_a_test(name: str, manifest: dict[str, Any], docs: str) -> None:
    models, tests = THERE[name]
    known = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    for model, _, kpi in (model.partition(".") for model in models):
        assert model in known and known[model]["description"]
        assert re.search(rf"`{kpi or model}[`(]", docs), f"{kpi or model} is in no docs"
    written = "\n".join((TESTS / test).read_text(encoding="utf-8") for test in tests)
    lacking = [model for model in models if not any(part in written for part in model.split(".")[-1:])]
    assert not lacking, f"no test of {tests} names {lacking}"


def test_what_is_not_there_yet_is_said_to_be_planned() -> None:
    planned = SECTION.search((PROJECT / "docs" / "kpis.md").read_text(encoding="utf-8"))

    assert planned
    missing = [name for name in NOT_YET if name not in planned[1].lower()]
    said = [name for name in THERE if re.search(rf"\b{re.escape(name.lower())}\b", planned[1].lower())]
    assert (missing, said) == ([], [])
    assert not THERE.keys() & NOT_YET.keys()
