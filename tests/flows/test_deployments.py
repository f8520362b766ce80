"""prefect.yaml: what it must have so that no wake-up is lost and nothing runs twice at once."""

from __future__ import annotations

import re
from pkgutil import resolve_name
from typing import Any

import pytest
import yaml

from flows import deploying
from flows.errors import SettingError
from flows.parameters import refuse_invalid
from flows.settings import PROJECT
from flows.sources.registry import SOURCES, read_config
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
    assert trigger["expect"] == ["vigie.collected"]
    assert trigger["match"] == {"prefect.resource.id": "vigie.collected.*"}
    assert trigger["match_related"]["prefect.resource.name"] == "collect"
    assert [s["interval"] for s in refresh["schedules"]] == [600]


def test_every_source_has_a_valid_configuration_and_is_found_by_name() -> None:
    sources = [d for d in deploying.declared() if deploying.flow_of(d) == "collect"]
    assert sources
    for deployment in sources:
        config = read_config(deployment["parameters"]["source"])
        assert deploying.source_parameters(config.name) == deployment["parameters"]["source"]
    assert deploying.source_parameters("nobody") is None


def exports(source: Any, **more: Any) -> list[dict[str, Any]]:
    """The deployment of the guide, with another source."""
    return [{"name": "exports", "entrypoint": "flows/collect.py:collect", "parameters": {"source": source}, **more}]


FILES = {"name": "exports", "path": "/srv/exports/*.csv", "mapping": "messages"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"name": "exports", "mapping": "messages"}, "source.files.path: Field required"),
        (FILES | {"type": "rss"}, "source: Input tag 'rss'"),
        (FILES | {"every": 5}, "source.files.every: Extra inputs are not permitted"),
    ],
)
def test_parameters_that_the_flow_would_refuse_are_not_deployed(source: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=rf"^prefect\.yaml, exports: {said}.* Nothing was deployed$"):
        refuse_invalid([*deploying.declared(), *exports(source)])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_runs_by_itself_has_all_that_its_flow_needs_and_a_form_need_not() -> None:
    (form,) = exports(None)
    del form["parameters"]
    refuse_invalid([form])
    with pytest.raises(SettingError, match=r"exports: source: Field required"):
        refuse_invalid([form | {"schedules": [{"slug": "hourly", "cron": "5 * * * *"}]}])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_prefect_gives_its_value_when_the_run_begins_is_left_to_it() -> None:
    refuse_invalid(exports({"__prefect_kind": "workspace_variable", "variable_name": "exports"}))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_source_of_no_type_is_one_of_files_for_the_flow_as_for_the_command_line() -> None:
    refuse_invalid(exports(FILES))
    from flows.collect import collect

    assert collect.validate_parameters({"source": FILES})["source"] == read_config(FILES)


GUIDE = (PROJECT / "docs" / "data-engineers.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_deployment_of_the_guide_can_run() -> None:
    (written,) = re.findall(r"```yaml\n(.*?)```", section("A source on a schedule"), re.S)
    (deployment,) = yaml.safe_load(written.replace("*work_pool", "{}"))
    refuse_invalid([deployment])


def test_the_guide_knows_whose_past_can_be_read() -> None:
    text = section("A period of the past")
    (written,) = re.findall(r"```yaml\n *source: (.*?)```", text, re.S)
    source = read_config(yaml.safe_load(written))
    assert f"vigie collect {source.name} --since" in text
    with_past, without = (set(re.findall(r"`(\w+)`", part)) & set(SOURCES) for part in text.rsplit("have a", 1))
    assert source.type in with_past
    assert {name: name in with_past for name in SOURCES} == {
        name: hasattr(resolve_name(place), "back_fill") for name, place in SOURCES.items()
    }
    assert with_past | without == set(SOURCES)
