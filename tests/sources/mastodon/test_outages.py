"""Four days of hourly runs, some of them cut off, over a server that forgets statuses for hours: who is gone?"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.servers.json_server import NOT_FOUND, Request
from tests.sources.mastodon.conftest import World
from tests.sources.mastodon.instance import Instance
from tests.sources.running import NOW

HOUR = timedelta(hours=1)


def talks(instance: Instance) -> list[str]:
    """Thirty questions, each with an answer that no list shows."""
    for number in range(30):
        at = NOW - (30 - number) * HOUR
        asked = instance.write(at, f"Question {number} #fabel", f"customer{number}")
        instance.write(at + HOUR / 2, "An answer", "fabel", in_reply_to_id=asked)
    return list(instance.statuses)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_deleted_is_gone_and_what_was_forgotten_is_not(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.instance.has_batches = chance.random() < 0.5
    every = talks(world.instance)
    world.run()
    whole = world.server.answers
    share = chance.choice([0.3, 0.5, 1])
    forgotten = set(chance.sample(every, round(len(every) * share)))
    begins, lasts = chance.randrange(1, 30), chance.randrange(2, 30)

    def forgetful(request: Request) -> tuple[int, Any]:
        match request.path.strip("/").split("/"):
            case ["api", "v1", "statuses", native, *_] if native in forgotten:
                return NOT_FOUND
            case ["api", "v1", "statuses"]:
                status, found = whole(request)
                return status, [one for one in found if one["id"] not in forgotten] if status == 200 else found
        return whole(request)

    deleted, gone = [], []
    for hour in range(100):
        if hour in {3, 17, 40}:
            deleted.append(chance.choice(list(world.instance.statuses)))
            world.instance.delete(deleted[-1])
        world.server.answers = forgetful if begins <= hour < begins + lasts else whole
        ran = world.run(later=HOUR, most=chance.choice([None, None, 1, 2, 5]))
        gone += [one.record_id for one in ran.tombstones]

    assert len(set(gone)) == len(gone)
    assert set(deleted) <= set(gone)
    wrong = set(gone) - set(deleted)
    assert len(wrong) <= (0 if share > 0.4 else 5), "few of few that were asked for in a day may be believed"
