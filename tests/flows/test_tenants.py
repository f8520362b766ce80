"""Two Vigies at one Prefect server: each deploys, runs and removes its own, and nothing of the other's."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import yaml

from flows import deploying
from flows import tenants as names_in_prefect
from flows.errors import ForeignError
from flows.settings import Settings
from flows.tenants import of_installation
from flows.warehouse.database import connect
from flows.warehouse.ownership import installation_of
from tests.helpers.databases import SCRATCH, Server

FILE = yaml.safe_load(deploying.FILE.read_text(encoding="utf-8"))


@dataclass
class Tenant:
    """A Vigie: its warehouse, its name in Prefect, and the deployments that its prefect.yaml has."""

    config: Settings
    name: str
    file: Path

    def says(self, *names: str, **renamed: str) -> None:
        """Write prefect.yaml with these deployments, some under other names."""
        kept = [copy.deepcopy(d) for d in FILE["deployments"] if d["name"] in names]
        for deployment in kept:
            deployment["name"] = renamed.get(deployment["name"], deployment["name"])
        self.file.write_text(yaml.safe_dump(FILE | {"deployments": kept, "definitions": {}}), encoding="utf-8")

    def deploy(self, *, adopt: bool = False) -> list[str]:
        with patch.object(deploying, "FILE", self.file), patch.dict(os.environ):
            return deploying.deploy(self.config, adopt=adopt).removed


@pytest.fixture(scope="module")
def tenants(
    server: Server, migrated: str, prefect: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Two Vigies, each with a database of its own on one Postgres, at one Prefect server."""
    from prefect.settings import PREFECT_API_URL

    address = urlsplit(str(PREFECT_API_URL.value()))
    made = []
    for letter in "ab":
        url = server.create(f"{SCRATCH}_{letter}").database_url
        there = {"host": address.hostname, "prefect_port": address.port, "database_url": url}
        home = tmp_path_factory.mktemp(letter)
        config = Settings(home=home, **there)
        with connect(config) as connection:
            made.append(Tenant(config, installation_of(connection).name, home / "file.yaml"))
    yield made
    for letter in "ab":
        server.drop(f"{SCRATCH}_{letter}")


def client() -> Any:
    from prefect.client.orchestration import get_client

    return get_client(sync_client=True)


def deployments() -> dict[str, Any]:
    with client() as prefect:
        return {found.name: found for found in prefect.read_deployments()}


def plant(name: str, *tags: str, flow: str = "collect") -> None:
    """Deploy something as another would, or as an older Vigie did."""
    with client() as prefect:
        prefect.create_deployment(flow_id=prefect.create_flow_from_name(flow), name=name, tags=list(tags))


def heard_by(name: str) -> list[Any]:
    """Triggers of a deployment, as the server has them."""
    from prefect.server.events.schemas.automations import EventTrigger

    with client() as prefect:
        found = prefect.request("POST", "/automations/filter", json={}).json()
    return [EventTrigger.model_validate(a["trigger"]) for a in found if a["name"].startswith(f"{name}__")]


def collected(*tags: str) -> tuple[Any, Any]:
    """What a run of `collect` with some tags says when it ends."""
    from prefect.server.events.schemas.events import RelatedResource, Resource

    flow = {"prefect.resource.role": "flow", "prefect.resource.id": "prefect.flow.1"}
    related = [flow | {"prefect.resource.name": "collect"}]
    related += [{"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{tag}"} for tag in tags]
    resource = Resource.model_validate({"prefect.resource.id": "vigie.collected.demo"})
    return resource, [RelatedResource.model_validate(one) for one in related]


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_two_vigies_at_one_prefect_server(tenants: list[Tenant]) -> None:
    ann, bob = tenants
    assert ann.name != bob.name
    ann.says("marts", "demo", "petit-journal")
    assert ann.deploy() == []
    mine = deployments()
    assert {found.work_pool_name for found in mine.values()} == {ann.name}
    assert all({"vigie", ann.name} <= set(found.tags) for found in mine.values())

    bob.says("marts", "demo")
    with pytest.raises(ForeignError, match=rf"refresh/marts \(made by {ann.name}\), collect/demo \(made by"):
        bob.deploy(adopt=True)
    assert deployments() == mine

    bob.says("marts", "demo", marts="their-marts", demo="their-demo")
    plant("by-hand")
    plant("older", "vigie")
    plant("bobs", "vigie", bob.name)
    assert bob.deploy() == ["bobs"]
    both = deployments()
    assert {name: both[name] for name in mine} == mine
    assert {found.work_pool_name for name, found in both.items() if name.startswith("their-")} == {bob.name}

    ann.says("marts", "demo")
    assert ann.deploy() == ["petit-journal"]
    assert set(deployments()) == {"marts", "demo", "their-marts", "their-demo", "by-hand", "older"}

    ann.says("marts", "demo", demo="older")
    with pytest.raises(ForeignError, match=r"collect/older \(made by an older Vigie\).*--adopt"):
        ann.deploy()
    assert ann.deploy(adopt=True) == ["demo"]
    assert ann.name in deployments()["older"].tags

    for deployment, wakes, sleeps in (("marts", ann, bob), ("their-marts", bob, ann)):
        (trigger,) = heard_by(deployment)
        assert trigger.covers_resources(*collected("vigie", "source", wakes.name))
        assert not trigger.covers_resources(*collected("vigie", "source", sleeps.name))


def test_a_pool_and_a_trigger_of_ones_own_stay_as_they_are() -> None:
    other = {"type": "event", "match_related": {"prefect.resource.role": "flow", "prefect.resource.name": "mine"}}
    file = {"deployments": [{"name": "x", "work_pool": {"name": "cluster"}, "triggers": [other]}]}

    (made,) = of_installation(file, "vigie-12345678")["deployments"]

    assert made == {**file["deployments"][0], "tags": ["vigie", "vigie-12345678"]}


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_what_left_the_file_is_found_on_every_page_and_under_another_flow(
    tenants: list[Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names_in_prefect, "PAGE", 2)  # for the 200 that Prefect gives at once
    ann = tenants[0]
    ann.says("demo", demo="paged")
    for n in range(3):
        plant(f"gone-{n}", "vigie", ann.name)
    plant("paged", "vigie", ann.name, flow="refresh")

    assert {"gone-0", "gone-1", "gone-2", "paged"} <= set(ann.deploy())

    with client() as prefect:
        ours = [one for one in prefect.read_deployments() if ann.name in one.tags]
        assert [(one.name, one.entrypoint) for one in ours] == [("paged", "flows/collect.py:collect")]
