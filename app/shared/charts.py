"""How figures move over time, drawn so that five channels stay readable and a gap stays a gap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from app.shared import format as fmt
from app.shared.channels import channel_name
from app.shared.kpi import Figures, Kpi
from app.shared.language import N_, THIN, _, current

ALL = N_("all channels")
ALL_COLOUR = "#7c8a8f"
HEIGHT = 240
PADDING = {"left": 0, "right": 0, "top": 8, "bottom": 0}
TICKS = [1, 5, 15, 60, 240, 720, 1440, 4320, 10080, 43200, 129600]
SHARES = [0, 0.25, 0.5, 0.75, 1]
_COUNTS = {"en": "format(datum.value, ',d')", "fr": f"replace(format(datum.value, ',d'), /,/g, '{THIN}')"}


def _labels(labels: Mapping[str, str]) -> str:
    """Vega's way to write each place of an axis as we write it: its own months and commas are English."""
    return f"({json.dumps(labels)})[datum.value]"


def frame(points: Sequence[Figures], kpi: Kpi) -> pd.DataFrame:
    """One row a bucket and series; the value is missing where there is none or it stands on too few."""
    rows = [
        {
            "begins": point.first.isoformat(),
            "days": fmt.days(point.first, point.last),
            "series": point.channel or _(ALL),
            "named": channel_name(point.channel) if point.channel else _(ALL),
            "value": None if kpi.is_hidden(point) else point[kpi.name].value,
            "text": kpi.text(point),
            "n": fmt.count(point[kpi.name].n),
        }
        for point in points
    ]
    found = pd.DataFrame(rows, columns=["begins", "days", "series", "named", "value", "text", "n"])
    return found.astype({"value": "float64"})


def hidden(points: Sequence[Figures], kpi: Kpi) -> tuple[int, int]:
    """How many points of a chart are not drawn since they stand on too few, and how many there are."""
    return sum(kpi.is_hidden(point) for point in points), sum(point[kpi.name].n > 0 for point in points)


def _across(frame: pd.DataFrame) -> alt.X:
    days = list(dict.fromkeys(frame["begins"]))
    named = {day: fmt.day_and_month(date.fromisoformat(day)) for day in days}
    every = -(-len(days) // 8)
    # Buckets are places, not instants: no browser's zone can move a day.
    return alt.X(
        "begins:O",
        title=None,
        scale=alt.Scale(domain=days),
        axis=alt.Axis(
            values=days[::every], labelExpr=_labels(named), labelAngle=0, grid=False, ticks=False, labelPadding=6
        ),
    )


def _colour(frame: pd.DataFrame, colours: dict[str, str]) -> alt.Color:
    shown = [name for name in dict.fromkeys(frame["series"]) if name in colours or name == _(ALL)]
    scale = alt.Scale(domain=shown, range=[colours.get(name, ALL_COLOUR) for name in shown])
    return alt.Color("series:N", title=None, scale=scale, legend=None)


def lines(
    points: Sequence[Figures], kpi: Kpi, colours: dict[str, str], promised: Mapping[str, float] | None = None
) -> alt.LayerChart | alt.FacetChart:
    """A line a channel, and a wide pale one of all of them; pointing at one brings it forward.

    What a channel has `promised` is a dashed line of its colour.
    """
    data = frame(points, kpi)
    shown = {name: value for name, value in (promised or {}).items() if name in set(data["series"])}
    near = alt.selection_point(fields=["series"], on="pointerover", clear="pointerout")
    if kpi.unit == "share":
        scale = alt.Scale(domain=[0, 1], nice=False)
        shares = _labels({str(share): fmt.rate(share, 0) for share in SHARES})
        axis = alt.Axis(values=SHARES, labelExpr=shares, domain=False, ticks=False)
    else:
        # Channels differ by a factor of a hundred: equal steps are equal factors, and nought has its place.
        top = max([60.0, *data["value"].dropna(), *shown.values()])
        ticks = [tick for tick in TICKS if tick <= top * 1.4]
        scale = alt.Scale(type="symlog", constant=5, domain=[0, top * 1.4], nice=False)
        ages = _labels({str(tick): fmt.minutes(tick) for tick in (0, *ticks)})
        axis = alt.Axis(values=[0, *ticks], labelExpr=ages, labelOverlap="greedy", domain=False, ticks=False)
    base = alt.Chart(data).encode(
        x=_across(data),
        y=alt.Y("value:Q", title=None, scale=scale, axis=axis),
        color=_colour(data, colours),
        opacity=alt.when(near).then(alt.value(1)).otherwise(alt.value(0.15)),
        tooltip=_tip(kpi),
    )
    whole, one = alt.datum.series == _(ALL), alt.datum.series != _(ALL)
    dashed = pd.DataFrame({"series": list(shown), "value": list(shown.values())})
    rules = alt.Chart(dashed).mark_rule(strokeDash=[4, 4], strokeWidth=1.5, opacity=0.7)
    return alt.layer(
        *([rules.encode(y=alt.Y("value:Q", scale=scale), color=_colour(data, colours))] if shown else []),
        base.transform_filter(whole).mark_line(strokeWidth=6, strokeCap="round", strokeOpacity=0.35),
        base.transform_filter(whole).mark_circle(size=70, fillOpacity=0.9),
        base.transform_filter(one).mark_line(strokeWidth=2),
        base.transform_filter(one).mark_circle(size=55, fillOpacity=1).add_params(near),
    ).properties(height=HEIGHT, background="transparent", padding=PADDING)


def _tip(kpi: Kpi) -> list[Any]:
    return [
        alt.Tooltip("named:N", title=_("Channel")),
        alt.Tooltip("days:N", title=_("Opened")),
        alt.Tooltip("text:N", title=kpi.title),
        alt.Tooltip("n:N", title=f"n, {kpi.counted}"),
    ]


def bars(points: Sequence[Figures], kpi: Kpi, colours: dict[str, str]) -> alt.Chart:
    """Counts stacked by channel; a bucket without any keeps its place."""
    data = frame(points, kpi)
    stacked = data[data["series"] != _(ALL)].fillna({"value": 0})
    top = max([4.0, *stacked.groupby("begins")["value"].sum()])
    chart: alt.Chart = (
        alt.Chart(stacked)
        .mark_bar()
        .encode(
            x=_across(data),
            y=alt.Y(
                "value:Q",
                title=None,
                scale=alt.Scale(domain=[0, top], nice=True),
                axis=alt.Axis(tickCount=4, tickMinStep=1, labelExpr=_COUNTS[current()], domain=False, ticks=False),
            ),
            color=_colour(stacked, colours),
            tooltip=_tip(kpi)[:3],
        )
        .properties(height=130, background="transparent", padding=PADDING)
    )
    return chart
