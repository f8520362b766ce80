"""A key that is touched while models run is seen by some builds only: whoever touches it comes between them.

A stage ends before the next begins; within one, what depends on what says the order.
"""

from __future__ import annotations

from typing import Any

import pytest

from flows.warehouse.refresh.stages import STAGES

# Models that touch keys for others in a hook, beside what `touches` hands on: what they touch.
LATE = {"int_account_profiles": {"node_id"}, "int_crm_latest": {"node_id"}}


def family(manifest: dict[str, Any], name: str) -> set[str]:
    """All ancestors and descendants of a model, and itself."""
    node = f"model.vigie.{name}"
    found = {node}
    for relation in ("parent_map", "child_map"):
        queue = [node]
        while queue:
            for other in manifest[relation][queue.pop()]:
                if other not in found:
                    found.add(other)
                    queue.append(other)
    return found


def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def stages_of(node: dict[str, Any]) -> list[str]:
    return [stage for stage in STAGES if stage in node["tags"]]


def test_each_model_belongs_to_one_stage(manifest: dict[str, Any]) -> None:
    assert {key: stages for key, node in models(manifest).items() if len(stages := stages_of(node)) != 1} == {}


def test_no_model_reads_one_of_a_later_stage(manifest: dict[str, Any]) -> None:
    stage = {key: STAGES.index(stages_of(node)[0]) for key, node in models(manifest).items()}

    assert set(stage.values()) == set(range(len(STAGES)))
    assert [
        (key, parent)
        for key in stage
        for parent in manifest["parent_map"][key]
        if stage.get(parent, 0) > stage[key]
    ] == []


@pytest.mark.parametrize("name", LATE)
def test_models_built_by_a_key_that_is_touched_late_are_built_before_or_after(
    manifest: dict[str, Any], name: str
) -> None:
    nodes = models(manifest)
    stage = stages_of(nodes[f"model.vigie.{name}"])
    keyed = {
        key
        for key, node in nodes.items()
        if node["config"].get("unique_key") in LATE[name] and stages_of(node) == stage
    }

    assert sorted(keyed - family(manifest, name)) == []
