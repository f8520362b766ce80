"""prefect.yaml: what it must have so that no wake-up is lost and nothing runs twice at once."""

from __future__ import annotations

from flows import deploying
from flows.settings import PROJECT
from flows.sources.registry import read_config
from flows.tenants import POOL, TAG


def test_every_deployment_runs_a_flow_there_is_and_carries_our_tag() -> None:
    for deployment in deploying.declared():
        file, _, name = deployment["entrypoint"].partition(":")
        assert f"def {name}(" in (PROJECT / file).read_text(encoding="utf-8")
        assert TAG in deployment["tags"]
        assert deployment["work_pool"]["name"] == POOL


def test_every_schedule_has_a_slug() -> None:
    for deployment in deploying.declared():
        for schedule in deployment.get("schedules", []):
            assert schedule["slug"]


def test_refresh_runs_alone_after_every_collect_and_on_a_schedule_besides() -> None:
    (refresh,) = [d for d in deploying.declared() if deploying.flow_of(d) == "refresh"]
    assert refresh["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    (trigger,) = refresh["triggers"]
    assert trigger["expect"] == ["prefect.flow-run.Completed"]
    assert trigger["match_related"]["prefect.resource.name"] == "collect"
    assert [s["interval"] for s in refresh["schedules"]] == [600]


def test_every_source_has_a_valid_configuration_and_is_found_by_name() -> None:
    sources = [d for d in deploying.declared() if deploying.flow_of(d) == "collect"]
    assert sources
    for deployment in sources:
        config = read_config(deployment["parameters"]["source"])
        assert deploying.source_parameters(config.name) == deployment["parameters"]["source"]
    assert deploying.source_parameters("nobody") is None
