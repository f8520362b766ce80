"""What stands folded below: satisfaction, what customers say, resolution, every figure by channel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from app.messages import understood
from app.shared import components, filters, tiles
from app.shared import format as fmt
from app.shared.kpi import Kpi
from app.shared.language import _
from app.today import files, queries, trends
from app.today.queries import FoundTopic, TopicCount
from app.today.shown import Shown

LATER = ("first_response_minutes_median", "resolution_minutes_median", "one_touch_rate", "reopens")
SATISFACTION = ("csat_rate", "nps", "rating_mean")
SAID = ("net_sentiment", "neutral_rate")
TOPICS, FEW_SAID = 8, 5


def draw(shown: Shown) -> None:
    """Draw what is folded."""
    kpis, now = shown.kpis, shown.now
    with st.expander(_("Satisfaction"), icon=":material/sentiment_satisfied:"):
        st.caption(_("what customers answered to surveys and wrote in reviews in the period"))
        _tiles("satisfaction", SATISFACTION, shown)
        _table("satisfaction", [kpis[name] for name in SATISFACTION], "satisfaction-by-channel", shown)
    if now["net_sentiment"].n:
        with st.expander(_("What customers say"), icon=":material/chat:"):
            _what_customers_say(shown)
    _undeclared()
    with st.expander(_("Resolution, and what is still open"), icon=":material/task_alt:"):
        _tiles("later", ("waits_open", *LATER), shown)
    with st.expander(_("Every figure by channel and over time"), icon=":material/table:"):
        st.caption(_("response times in {clock}", clock=shown.columns[1].clock_words))
        _table("service", [*shown.columns, *(kpis[name] for name in LATER)], "by-channel", shown)
        trends.chart(kpis["answered_rate"], shown.points, components.colours(shown.extent.channels), {})
        files.figures("trend", shown.columns, tiles.with_any(shown.columns, shown.points), shown.view)
    tiles.meanings([*shown.columns, *(kpis[name] for name in (*LATER, *SATISFACTION, *SAID))])


def _tiles(key: str, names: Sequence[str], shown: Shown) -> None:
    tiles.tiles(key, shown.kpis, names, shown.now, before=shown.former, why=shown.why)


def _table(name: str, kpis: list[Kpi], testid: str, shown: Shown) -> None:
    there = tiles.with_any(kpis, shown.rows)
    tiles.table(kpis, there, shown.extent.channels, testid)
    files.figures(name, kpis, there, shown.view)


def _what_customers_say(shown: Shown) -> None:
    st.caption(_("as their messages were understood; noise is left out"))
    _tiles("said", SAID, shown)
    found = queries.top_topics(shown.view, TOPICS)
    if not found:
        return
    most = found[0].messages
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(_search(each.topic))}" target="_self">'
        f"{escape(understood.topic(each))}</a></th>"
        f'<td class="v-bar"><i style="width:{100 * each.messages / most:.0f}%"></i></td>'
        f"<td>{fmt.count(each.messages)}</td><td>{fmt.count(each.accounts)}</td>"
        f"<td>{fmt.count(each.complaints)}</td><td>{_feeling(each)}</td></tr>"
        for each in found
    )
    heads = (_("Topic"), "", _("Messages"), _("Accounts"), _("Complaints"), _("Net sentiment"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    st.html(
        '<div class="v-scroll" tabindex="0" data-testid="topics"><table class="v-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _undeclared() -> None:
    """What many wrote about lately that the company's list has no topic for."""
    found = queries.found_topics(TOPICS)
    if not found:
        return
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(_alike(each))}" target="_self">{escape(each.name)}</a></th>'
        f"<td>{fmt.count(each.messages)}</td><td>{fmt.count(each.accounts)}</td>"
        f"<td>{fmt.count(each.complaints)}</td><td>{fmt.count(each.last_week)}"
        f"<small>{escape(_('before: {n}', n=fmt.count(each.week_before)))}</small></td></tr>"
        for each in found
    )
    heads = (_("Theme"), _("Messages"), _("Accounts"), _("Complaints"), _("Last 7 days"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    with st.expander(_("What nobody declared"), icon=":material/lightbulb:"):
        st.caption(_("themes of the 30 days before the newest message, on all channels"))
        st.html(
            '<div class="v-scroll" tabindex="0" data-testid="found-topics"><table class="v-table">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def _alike(found: FoundTopic) -> str:
    asked = filters.link(tab="all", q=found.name.replace(" · ", " "), by="meaning")
    return "answer?" + urlencode(asked)


def _search(topic: str) -> str:
    return "answer?" + urlencode(filters.link(tab="all", topic=topic))


def _feeling(topic: TopicCount) -> str:
    n = _("n = {n}", n=fmt.count(topic.n))
    if topic.n < FEW_SAID or topic.net_sentiment is None:
        return f'<span class="v-few">{escape(_("too few: n = {n}", n=fmt.count(topic.n)))}</span>'
    return f"<span>{fmt.score(topic.net_sentiment)}</span><small>{escape(n)}</small>"
