"""Several Vigies at one Prefect server: what tells one's work pool, deployments and runs from the other's.

`prefect.yaml` says nothing of it. On the way to the server its work pool becomes the installation's own (a worker
runs what is in its pool, with its own warehouse), each deployment gets a tag, and what waits for runs of `collect`
waits for those with that tag.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flows.errors import ForeignError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

TAG = "vigie"
POOL = "vigie"  # in prefect.yaml, and at the server before installations were told apart
PAGE = 200  # what Prefect's server gives at once
OTHERS = re.compile(r"vigie-[0-9a-f]{8}")


def of_installation(file: dict[str, Any], name: str) -> dict[str, Any]:
    """prefect.yaml as the installation of that name deploys it."""
    file = copy.deepcopy(file)
    for deployment in file["deployments"]:
        deployment["tags"] = [*dict.fromkeys([*deployment.get("tags", []), TAG, name])]
        pool = deployment.get("work_pool", {})
        if pool.get("name") == POOL:
            pool["name"] = name
        for trigger in deployment.get("triggers", []):
            related = trigger.get("match_related")
            if related == {"prefect.resource.role": "flow", "prefect.resource.name": "collect"}:
                ours = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{name}"}
                trigger["match_related"] = [related, ours]
    return file


def deployments(client: SyncPrefectClient, **filters: Any) -> Iterator[DeploymentResponse]:
    """All deployments that Prefect's filters let through, a page at a time."""
    for offset in itertools.count(0, PAGE):
        found = client.read_deployments(**filters, limit=PAGE, offset=offset)
        yield from found
        if len(found) < PAGE:
            return


def refuse_taken(client: SyncPrefectClient, names: list[str], name: str, *, adopt: bool) -> None:
    """Raise ForeignError where a deployment that we would write, as `flow/deployment`, is not ours.

    `adopt` takes over what an older Vigie made, which has our tag and no installation's.
    """
    from prefect.exceptions import ObjectNotFound

    taken = []
    for wanted in names:
        try:
            tags = client.read_deployment_by_name(wanted).tags
        except ObjectNotFound:
            continue
        other = next(filter(OTHERS.fullmatch, tags), None)
        if name in tags or (adopt and TAG in tags and other is None):
            continue
        taken.append(f"{wanted} (made by {other or ('an older Vigie' if TAG in tags else 'somebody else')})")
    if taken:
        raise ForeignError(
            f"Prefect's server has {', '.join(taken)}, this Vigie is {name}: use other names in prefect.yaml or a "
            "Prefect server of its own (VIGIE_PREFECT_PORT); what an older Vigie made for this warehouse is taken "
            "over with --adopt. Nothing was deployed"
        )
