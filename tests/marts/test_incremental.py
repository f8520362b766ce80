"""An incremental refresh equals a full rebuild, row by row, whatever arrived in whatever order."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from flows.warehouse.understanding import versions
from tests.conftest import MakeHouse
from tests.helpers import rules
from tests.helpers.house import House, assert_same_rows, differences
from tests.marts.histories import (
    History,
    Tables,
    both,
    gone,
    nothing,
    of_site,
    random_forests,
    replay,
    rows,
    statuses,
)

Understood: TypeAlias = Callable[[House], Callable[[int], None]]

HISTORIES = [
    History(
        "late-parents",
        [
            rows({"id": "c", "parent": "b", "minute": 9}),
            rows({"id": "b", "parent": "a", "minute": 5, "account": "bob"}),
            rows({"id": "a", "minute": 1}),
            rows({"id": "r", "parent": "c", "minute": 20, "account": "desk", "role": "brand"}),
        ],
        threads={"a": "a", "b": "a", "c": "a", "r": "a"},
        waits=[("a", "r"), ("b", None)],
    ),
    History(
        "new-parent",
        [
            rows({"id": "a"}, {"id": "b"}, {"id": "c", "parent": "a", "minute": 3}, {"id": "d", "parent": "c"}),
            rows({"id": "c", "parent": "b", "minute": 3}),
        ],
        threads={"a": "a", "b": "b", "c": "b", "d": "b"},
    ),
    History(
        "new-author",
        [
            rows({"id": "a"}, {"id": "b", "parent": "a", "minute": 3, "account": "bob"}),
            rows({"id": "b", "parent": "a", "minute": 3, "account": "desk", "role": "brand"}),
        ],
        threads={"a": "a", "b": "a"},
        waits=[("a", "b")],
    ),
    History(
        "new-text",
        [
            rows({"id": "a"}, {"id": "b", "parent": "a", "minute": 1, "account": "bob"},
                 {"id": "r", "parent": "b", "minute": 9, "account": "desk", "role": "brand", "body": "@bob yes"}),
            rows({"id": "r", "parent": "b", "minute": 9, "account": "desk", "role": "brand", "body": "@ann yes"}),
        ],
        waits=[("a", "r"), ("b", "r")],
    ),
    History(
        "there-and-back",
        [
            rows({"id": "a"}, {"id": "b", "parent": "a"}),
            rows({"id": "b", "parent": "x"}),
            rows({"id": "b", "parent": "a"}),
        ],
        threads={"a": "a", "b": "a"},
    ),
    History(
        "middle-gone",
        [
            rows({"id": "a"}, {"id": "b", "parent": "a", "minute": 2, "account": "desk", "role": "brand"},
                 {"id": "c", "parent": "b", "minute": 4}),
            gone("b"),
        ],
        threads={"a": "a", "c": "a"},
        waits=[("a", None)],
    ),
    History(
        "opening-gone-and-back",
        [
            rows({"id": "a"}, {"id": "b", "parent": "a", "minute": 2}),
            gone("a"),
            rows({"id": "a"}),
            gone("a", "b"),
        ],
        threads={},
        waits=[],
    ),
    History(
        "ring",
        [
            rows({"id": "b", "parent": "c"}, {"id": "c", "parent": "d"}, {"id": "e", "parent": "b"}),
            rows({"id": "d", "parent": "b"}),
            rows({"id": "self", "parent": "self"}, {"id": "f", "parent": "d"}),
            rows({"id": "d"}),
        ],
        threads={"b": "d", "c": "d", "d": "d", "e": "d", "f": "d", "self": "self"},
    ),
    History(
        "native-thread-late",
        [
            rows({"id": "c", "parent": "b", "minute": 4}, {"id": "x", "thread": "t", "minute": 1}),
            rows({"id": "b", "parent": "a", "thread": "t", "minute": 2}),
            rows({"id": "b", "parent": "a", "thread": "u", "minute": 2}),
        ],
        threads={"c": "u", "b": "u", "x": "t"},
    ),
    History(
        "policy",
        [
            rows({"id": "a", "body": "nobody in particular"}, {"id": "b", "body": "@desk help", "account": "bob"},
                 {"id": "r", "minute": 9, "parent": "b", "account": "desk", "role": "brand"},
                 {"id": "c", "minute": 11, "parent": "r", "account": "bob"}, answerable="all"),
            rows(answerable="addressed"),
        ],
        waits=[("b", "r"), ("c", None)],
    ),
    History(
        "parent-in-another-thread",
        [
            rows({"id": "r", "thread": "t", "account": "desk", "role": "brand"}, answerable="addressed"),
            rows({"id": "q", "thread": "u", "parent": "r", "minute": 3}, answerable="addressed"),
            rows({"id": "r", "thread": "t", "account": "bob"}, answerable="addressed"),
        ],
        threads={"r": "t", "q": "u"},
    ),
    History(
        "ties",
        [
            rows({"id": "q1", "parent": "q0", "minute": 5},
                 {"id": "r1", "parent": "q1", "minute": 5, "account": "desk", "role": "brand"},
                 {"id": "q2", "parent": "q0", "minute": 5}),
            rows({"id": "q0", "minute": 5, "account": "bob"}),
        ],
        waits=[("q1", "r1"), ("q2", None), ("q0", None)],
    ),
    History(
        "desk",
        [
            both(statuses(("a", "resolved", 30, 0)), rows({"id": "c", "parent": "a", "minute": 4})),
            rows({"id": "a", "minute": 1, "account": "bob"}),
            statuses(("a", "open", 40, 0), ("b", "resolved", 50, 0)),
            both(rows({"id": "d", "parent": "a", "minute": 60}), rows({"id": "b", "minute": 2})),
        ],
        threads={"a": "a", "b": "b", "c": "a", "d": "a"},
    ),
    History("quiet", [rows({"id": "a"}), nothing, nothing]),
]  # fmt: skip

for number, history in enumerate(HISTORIES):
    history.day = number
FORESTS = random_forests(seed=1, first_day=len(HISTORIES))


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Understood]:
    """Let a house understand what texts say; in its third round a new version comes, accepted in the fourth."""
    with rules.installed(tmp_path_factory.mktemp("packages")), pytest.MonkeyPatch.context() as patch:

        def reading(house: House) -> Callable[[int], None]:
            patch.delenv(rules.VERSION, raising=False)
            house.reading()

            def before(round_: int) -> None:
                if round_ == 2:
                    patch.setenv(rules.VERSION, "2")
                if round_ == 3:
                    versions.accept(house.connection, house.settings)

            return before

        yield reading


@pytest.fixture(scope="module")
def replayed(
    make_house: MakeHouse, built: str, understood: Understood
) -> tuple[list[Tables], list[Tables], dict[str, object]]:
    """All histories, refreshed incrementally and, from the start, by building everything each time."""
    with make_house(built) as house:
        incremental = replay(house, HISTORIES + FORESTS, full=False, before=understood(house))
        found = {
            "threads": house.query("select site, message_id, thread_id from marts.fct_messages"),
            "waits": house.query("select opening_message_id, closing_message_id from marts.fct_waits"),
        }
    with make_house(built) as house:
        rebuilt = replay(house, HISTORIES + FORESTS, full=True, before=understood(house))
    return incremental, rebuilt, found


@pytest.mark.parametrize("history", HISTORIES, ids=lambda h: h.site)
def test_after_every_round_the_incremental_marts_equal_rebuilt_ones(replayed, history: History) -> None:
    incremental, rebuilt, _ = replayed
    for round_, (left, right) in enumerate(zip(incremental, rebuilt, strict=True), 1):
        assert_same_rows(of_site(left, history), of_site(right, history), f"{history.site}, round {round_}")


@pytest.mark.parametrize("history", [h for h in HISTORIES if h.threads], ids=lambda h: h.site)
def test_threads_end_where_the_last_version_leads(replayed, history: History) -> None:
    threads = {
        message.removeprefix(f"{site}:"): thread.removeprefix(f"{site}:")
        for site, message, thread in replayed[2]["threads"]
        if site == history.site
    }

    assert threads == history.threads


@pytest.mark.parametrize("history", [h for h in HISTORIES if h.waits is not None], ids=lambda h: h.site)
def test_waits_are_those_of_the_messages_that_still_stand(replayed, history: History) -> None:
    site = f"{history.site}:"
    waits = {
        (opening.removeprefix(site), closing and closing.removeprefix(site))
        for opening, closing in replayed[2]["waits"]
        if opening.startswith(site)
    }

    assert waits == set(history.waits or ())


def test_histories_leave_no_rows_that_belong_to_none(replayed) -> None:
    incremental, rebuilt, _ = replayed

    assert differences(incremental[-1], rebuilt[-1]) == []


def test_random_forests_equal_rebuilt_ones_after_every_round(replayed) -> None:
    incremental, rebuilt, _ = replayed
    for round_, (left, right) in enumerate(zip(incremental, rebuilt, strict=True), 1):
        for forest in FORESTS:
            assert_same_rows(of_site(left, forest), of_site(right, forest), f"{forest.site}, round {round_}")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 13))
def test_random_forests_read_in_random_batches_equal_a_rebuild(make_house, built, understood, seed: int) -> None:
    forests = random_forests(seed)

    with make_house(built) as house:
        incremental = replay(house, forests, full=False, before=understood(house))
        house.refresh(full=True, as_of=house.as_of.replace(day=house.as_of.day + 3))
        rebuilt = house.built(named=True)

    for forest in forests:
        assert_same_rows(of_site(incremental[-1], forest), of_site(rebuilt, forest), f"seed {seed}, {forest.site}")
    assert differences(incremental[-1], rebuilt) == []


def parts_of(path: Path, pieces: int, seed: int, folder: Path) -> list[Path]:
    """The rows of a CSV file in a random order, cut at random places into files."""
    random_ = random.Random(seed)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = csv.reader(file)
    random_.shuffle(lines)
    cuts = [0, *sorted(random_.sample(range(1, len(lines)), pieces - 1)), len(lines)]
    parts = [folder / f"part-{n}.csv" for n in range(pieces)]
    for part, begin, end in zip(parts, cuts, cuts[1:], strict=False):
        with part.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *lines[begin:end]])
    return parts


@pytest.mark.parametrize(
    ("seed", "pieces"),
    [pytest.param(seed, 6, marks=pytest.mark.slow) for seed in range(11, 16)],
)
def test_the_archive_in_random_pieces_and_order_equals_a_rebuild(
    warehouse: House, data: Path, seed: int, pieces: int
) -> None:
    # Given the archive's rows shuffled and cut into files
    parts = parts_of(data / "twcs/twcs_complete.csv", pieces, seed, warehouse.folder)

    # When they arrive one by one with a refresh between
    for part in parts:
        warehouse.load(part, name="twcs", mapping="twitter-support-archive")
        warehouse.refresh()

    # Then nothing shows it
    warehouse.assert_equals_rebuild(f"seed {seed}")
    assert warehouse.query(
        "select count(*), count(first_response_at), count(distinct thread_id) from marts.fct_conversations"
    ) == [(498, 471, 464)]
