"""A key that is touched while models run is seen by some builds only: whoever touches it comes between them."""

from __future__ import annotations

from typing import Any

import pytest

# Models that touch keys for others in a hook, beside what `touches` hands on: what they touch.
LATE = {"customer_accounts": {"thread_id", "account_id"}, "int_customers_joined": {"node_id", "customer_id"}}


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


@pytest.mark.parametrize("name", LATE)
def test_models_built_by_a_key_that_is_touched_late_are_built_before_or_after(
    manifest: dict[str, Any], name: str
) -> None:
    keyed = {
        node_id
        for node_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["config"].get("unique_key") in LATE[name]
    }

    assert sorted(keyed - family(manifest, name)) == []
