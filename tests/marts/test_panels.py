"""The KPIs of a period count what the reader chose: channels, sources, and sources by their tags."""

from __future__ import annotations

import pytest

from tests.helpers.house import House
from tests.helpers.kpis import by_bucket, of_period, values
from tests.marts.test_customers import messages, said, write

PERIOD = ("2026-11-01", "2026-11-30")
# Source: channel, tags, waits of one message each.
SOURCES = {
    "daily": ("press", ["press", "national"], 1),
    "weekly": ("press", ["press"], 2),
    "board": ("forum", ["forums"], 4),
    "plain": ("forum", [], 8),
}
SCOPES = [
    (None, None, None, 15),
    (["forum"], None, None, 12),
    (None, ["board", "daily"], None, 5),
    (["forum"], ["board", "daily"], None, 4),
    (None, None, ["press"], 3),
    (None, None, ["forums", "national"], 5),
    (["forum"], None, ["press"], 0),
    (None, ["weekly", "board"], ["press"], 2),
    (None, None, ["nobody has it"], 0),
    (None, None, [], 0),
]


@pytest.fixture(scope="module")
def tagged(module_warehouse: House) -> House:
    house = module_warehouse
    for name, (channel, panel, number) in SOURCES.items():
        rows = [said(f"u{n}", id=f"m{n}", channel=channel) for n in range(number)]
        messages(house, name, *rows, panel=panel)
        survey = {"id": "s", "account": "u0", "channel": channel, "kind": "nps", "value": "9",
                  "asked_at": "2026-11-03T10:00:00Z"}  # fmt: skip
        write(house, [survey], "ratings", f"{name}.nps", panel=panel)
    house.refresh()
    return house


Choice = list[str] | None


@pytest.mark.parametrize(("channels", "sources", "panels", "expected"), SCOPES)
def test_every_kind_of_facts_counts_within_its_scope(
    tagged: House, channels: Choice, sources: Choice, panels: Choice, expected: int
) -> None:
    scope = {"channels": channels, "sources": sources, "panels": panels}

    period = of_period(tagged, *PERIOD, **scope)
    by_month = by_bucket(tagged, *PERIOD, "month", ["waits_opened"], **scope)
    summed = sum(figures["waits_opened"].n for (_, channel), figures in by_month.items() if channel)

    counted = ("waits_opened", "conversations_opened", "messages", "n:nps_response_rate")
    *of_messages, surveys = values(period, *counted)
    assert (*of_messages, summed) == (expected,) * 4
    if sources is None:
        named = [panel for channel, panel, _ in SOURCES.values() if not channels or channel in channels]
        assert surveys == sum(panels is None or bool({*panel} & {*panels}) for panel in named)


def test_daily_figures_are_filtered_by_a_join_with_their_sources(tagged: House) -> None:
    query = "select sum(k.n) from marts.kpi_channel_daily as k inner join marts.dim_sources as d"
    query += " on k.source = d.source where 'press' = any(d.panel) and k.kpi = 'waits_opened'"

    assert tagged.value(query) == 3
    known = tagged.query("select source, channels, panel from marts.dim_sources where source not like '%%.nps'")
    assert {s: (c, p) for s, c, p in known} == {s: ([c], p) for s, (c, p, _) in SOURCES.items()}
