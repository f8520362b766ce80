"""A key that is touched while models run is seen by some builds only: whoever touches it comes between them.

A stage ends before the next begins; within one, what depends on what says the order.
"""

from __future__ import annotations

from typing import Any

from flows.warehouse.refresh.stages import STAGES

# Keys that models touch in a hook, beside what `touches` and `touches_changed` hand on.
IN_HOOKS = {"int_account_profiles": {"node"}}


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


def touched_late(node: dict[str, Any]) -> set[str]:
    """Kinds of keys that a model touches for others."""
    meta = node["config"]["meta"]
    return IN_HOOKS.get(node["name"], set()) | {*meta.get("touches", {}), *meta.get("touches_changed", {})}


def test_models_built_by_a_key_that_is_touched_late_are_built_before_or_after(manifest: dict[str, Any]) -> None:
    nodes = models(manifest)
    late = {key: touched_late(node) for key, node in nodes.items() if touched_late(node)}
    assert len(late) > 8
    unordered = [
        (nodes[key]["name"], kind, node["name"])
        for key, kinds in late.items()
        for kind in kinds
        for other, node in nodes.items()
        if (node["config"].get("unique_key") or "").removesuffix("_id") == kind
        and stages_of(node) == stages_of(nodes[key])
        and other not in family(manifest, nodes[key]["name"])
    ]

    assert unordered == []
